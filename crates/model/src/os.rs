//! The operating system that an image holds.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An identified operating system.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OperatingSystem {
    /// Stable id: os-release's `ID` where the system has one (`alpine`, `debian`, `rhel`, `sles`,
    /// `opensuse-leap`, `amzn`, `ol`, `wolfi` …), and the same for systems older than os-release.
    pub id: String,
    /// Name for people, without the version: `Alpine Linux`.
    pub name: String,
    /// The most precise version the image names: `3.9.0`, `10.4`, `7.9.2009`. Empty for rolling ones.
    pub version: String,
    /// The key under which advisories and end of life are kept: `3.9`, `10`, `18.04`, `7`, `15.6`,
    /// `edge`, or empty for a rolling system.
    pub release: String,
    /// Code name where there is one: `bookworm`, `noble`.
    pub codename: Option<String>,
    /// How this system installs packages.
    pub family: PackageFamily,
    /// Path of the file that says so, without a leading slash.
    pub evidence: String,
    /// Whether that file had been deleted by a later layer and was read from a lower one.
    pub evidence_deleted: bool,
    /// When the system's makers stop, or stopped, to mend it; `None` where that is not known.
    pub end_of_life: Option<EndOfLife>,
}

/// The end of a release's life.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct EndOfLife {
    /// The last day of public fixes (free long-term support included).
    #[schemars(with = "String")]
    pub date: Date,
    /// The last day of paid or separate support, and what it is called: `ESM`, `ELTS`, `LTSS`.
    #[schemars(with = "Option<(String, String)>")]
    pub extended: Option<(String, Date)>,
}

impl EndOfLife {
    /// Whether public fixes have ended by `today`.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        today > self.date
    }
}

/// The kind of package manager that a system uses.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum PackageFamily {
    /// Alpine's apk.
    Apk,
    /// dpkg and apt.
    Dpkg,
    /// RPM, whatever stands above it (yum, dnf, zypper, tdnf).
    Rpm,
    /// Arch Linux's pacman.
    Pacman,
    /// No package database (Bottlerocket, scratch).
    None,
}
