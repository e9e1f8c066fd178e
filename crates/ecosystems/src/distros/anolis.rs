//! Anolis OS. End of life of 8: gitee.com/anolis/rnotes, life-cycle.md; the others have none there.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["openanolis"],
    release_lines: &["Anolis OS release"],
    releases: &[Release::new("7"), Release::new("8").ends(2031, 3, 31), Release::new("23")],
    ..Distro::new(
        "anolis",
        "Anolis OS",
        PackageFamily::Rpm,
        Manager::YumBefore(8),
        ReleaseKey::Major,
    )
};
