//! Photon OS. Ends of life: VMware's product life-cycle matrix; it announced that of 4.0 for March
//! 2026, and none of 5.0.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["VMware Photon", "VMware Photon OS", "VMware Photon Linux"],
    release_lines: &["VMware Photon OS", "VMware Photon Linux", "VMware Photon", "Photon"],
    releases: &[
        Release::new("1.0").ends(2022, 2, 28),
        Release::new("2.0").ends(2022, 12, 31),
        Release::new("3.0").ends(2024, 3, 1),
        Release::new("4.0").ends(2026, 3, 31),
        Release::new("5.0"),
    ],
    ..Distro::new("photon", "Photon OS", PackageFamily::Rpm, Manager::Tdnf, ReleaseKey::MajorMinor)
};
