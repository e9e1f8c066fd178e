//! What a distribution's file declares.

use jiff::civil::Date;
use plimsoll_model::{EndOfLife, Namespace, OperatingSystem, PackageFamily};

use super::detect::{Draft, Files};
use crate::version::Scheme;

/// One distribution.
#[derive(Debug)]
pub struct Distro {
    /// os-release's `ID`, in lower case; also the ecosystem of its advisories.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Other values of os-release's `ID`, and of lsb-release's `DISTRIB_ID`, in any case.
    pub aliases: &'static [&'static str],
    /// How the first line of a `*-release` file starts on it.
    pub release_lines: &'static [&'static str],
    /// Package format.
    pub family: PackageFamily,
    /// What installs packages.
    pub manager: Manager,
    /// How the release key follows from the version.
    pub key: ReleaseKey,
    /// Mends what os-release says, where the general rules are wrong for this distribution.
    pub(super) refine: Option<fn(&mut Draft, &Files<'_>)>,
    /// Where advisories of the distribution are kept whose packages this one ships.
    pub(super) parent: Option<fn(&OperatingSystem) -> Option<Namespace>>,
    /// Whether the parent's advisories hold beside its own, and not only where it has none.
    pub(super) joins_parent: bool,
    /// Releases with their code names and ends of life.
    pub releases: &'static [Release],
}

impl Distro {
    /// A distribution that follows the general rules.
    pub(super) const fn new(
        id: &'static str,
        name: &'static str,
        family: PackageFamily,
        manager: Manager,
        key: ReleaseKey,
    ) -> Self {
        Self {
            id,
            name,
            aliases: &[],
            release_lines: &[],
            family,
            manager,
            key,
            refine: None,
            parent: None,
            joins_parent: false,
            releases: &[],
        }
    }

    /// The release with this key.
    #[must_use]
    pub fn release(&self, key: &str) -> Option<&'static Release> {
        self.releases.iter().find(|r| r.key == key)
    }

    /// The order of its versions.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        match self.family {
            PackageFamily::Apk => Some(Scheme::Apk),
            PackageFamily::Dpkg => Some(Scheme::Dpkg),
            // Bottlerocket has no package database, but its advisories carry RPM versions.
            PackageFamily::Rpm | PackageFamily::None => Some(Scheme::Rpm),
            PackageFamily::Pacman => Some(Scheme::Pacman),
        }
    }

    /// The key of the release with this code name.
    pub(super) fn key_of_codename(&self, codename: &str) -> Option<&'static str> {
        self.releases.iter().find(|r| r.codename == Some(codename)).map(|r| r.key)
    }
}

/// The program that installs packages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Manager {
    /// `apk`.
    Apk,
    /// `apt-get`.
    Apt,
    /// `dnf`, or `microdnf` where only that is installed.
    Dnf,
    /// `yum` before a release of this number, `dnf` from it on.
    YumBefore(u32),
    /// `pacman`.
    Pacman,
    /// `tdnf`.
    Tdnf,
    /// `zypper`.
    Zypper,
    /// None: the image is replaced as a whole.
    None,
}

/// How a release key follows from a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReleaseKey {
    /// The first number: `7.9` → `7`.
    Major,
    /// The first two numbers: `3.9.6` → `3.9`.
    MajorMinor,
    /// The version itself.
    Whole,
    /// None: the distribution has no releases.
    Rolling,
}

impl ReleaseKey {
    /// The key of `version`.
    pub(super) fn of(self, version: &str) -> String {
        let numbers = match self {
            ReleaseKey::Major => 1,
            ReleaseKey::MajorMinor => 2,
            ReleaseKey::Whole => return version.to_owned(),
            ReleaseKey::Rolling => return String::new(),
        };
        let parts: Vec<&str> = version.split('.').take(numbers).collect();
        parts.join(".")
    }
}

/// A release and its end of life.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// Release key.
    pub key: &'static str,
    /// Code name.
    pub codename: Option<&'static str>,
    /// Last day of public fixes.
    pub ends: Option<Date>,
    /// Name and last day of paid or separate support.
    pub extended: Option<(&'static str, Date)>,
}

impl Release {
    pub(super) const fn new(key: &'static str) -> Self {
        Self { key, codename: None, ends: None, extended: None }
    }

    pub(super) const fn named(key: &'static str, codename: &'static str) -> Self {
        Self { key, codename: Some(codename), ends: None, extended: None }
    }

    pub(super) const fn ends(self, year: i16, month: i8, day: i8) -> Self {
        Self { ends: Some(jiff::civil::date(year, month, day)), ..self }
    }

    pub(super) const fn extended(self, name: &'static str, year: i16, month: i8, day: i8) -> Self {
        Self { extended: Some((name, jiff::civil::date(year, month, day))), ..self }
    }

    /// The model's form, where the end is known.
    #[must_use]
    pub fn end_of_life(&self) -> Option<EndOfLife> {
        Some(EndOfLife {
            date: self.ends?,
            extended: self.extended.map(|(name, date)| (name.to_owned(), date)),
        })
    }
}
