//! AlmaLinux. Ends of life: wiki.almalinux.org/release-notes.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["AlmaLinux release"],
    releases: &[
        Release::new("8").ends(2029, 5, 31),
        Release::new("9").ends(2032, 5, 31),
        Release::new("10").ends(2035, 5, 31),
    ],
    ..Distro::new("almalinux", "AlmaLinux", PackageFamily::Rpm, Manager::Dnf, ReleaseKey::Major)
};
