//! Alibaba Cloud Linux, once Aliyun Linux. Ends of life: Alibaba Cloud's life-cycle page.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["alibaba", "aliyun"],
    release_lines: &["Alibaba Cloud Linux", "Aliyun Linux"],
    releases: &[
        Release::new("2").ends(2024, 3, 31),
        Release::new("3").ends(2029, 4, 30),
        Release::new("4"),
    ],
    ..Distro::new(
        "alinux",
        "Alibaba Cloud Linux",
        PackageFamily::Rpm,
        Manager::YumBefore(3),
        ReleaseKey::Major,
    )
};
