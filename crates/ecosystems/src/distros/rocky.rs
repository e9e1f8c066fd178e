//! Rocky Linux. Ends of life: wiki.rockylinux.org/rocky/version.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["rockylinux"],
    release_lines: &["Rocky Linux release"],
    releases: &[
        Release::new("8").ends(2029, 5, 31),
        Release::new("9").ends(2032, 5, 31),
        Release::new("10").ends(2035, 5, 31),
    ],
    ..Distro::new("rocky", "Rocky Linux", PackageFamily::Rpm, Manager::Dnf, ReleaseKey::Major)
};
