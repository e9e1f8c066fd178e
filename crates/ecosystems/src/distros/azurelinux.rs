//! Azure Linux, the successor of CBL-Mariner from 3.0 on.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["Microsoft Azure Linux", "Azure Linux"],
    releases: &[Release::new("3.0")],
    ..Distro::new(
        "azurelinux",
        "Azure Linux",
        PackageFamily::Rpm,
        Manager::Tdnf,
        ReleaseKey::MajorMinor,
    )
};
