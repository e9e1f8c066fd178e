//! Oracle Linux; its release 5 was called Enterprise Linux at first. Ends of life: Oracle's lifetime support policy.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["oracle", "oraclelinux", "OracleServer"],
    release_lines: &["Oracle Linux", "Enterprise Linux Enterprise Linux"],
    releases: &[
        Release::new("5").ends(2017, 6, 30).extended("Extended Support", 2020, 11, 30),
        Release::new("6").ends(2021, 3, 31).extended("Extended Support", 2024, 12, 31),
        Release::new("7").ends(2024, 12, 31).extended("Extended Support", 2028, 6, 30),
        Release::new("8").ends(2029, 7, 31).extended("Extended Support", 2032, 7, 31),
        Release::new("9").ends(2032, 6, 30).extended("Extended Support", 2035, 6, 30),
        Release::new("10").ends(2035, 6, 30).extended("Extended Support", 2038, 6, 30),
    ],
    ..Distro::new(
        "ol",
        "Oracle Linux",
        PackageFamily::Rpm,
        Manager::YumBefore(8),
        ReleaseKey::Major,
    )
};
