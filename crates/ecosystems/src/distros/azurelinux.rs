//! Azure Linux, the successor of CBL-Mariner from 3.0 on. End of life: learn.microsoft.com/azure/azure-linux says three
//! years, endoflife.date/azure-linux (MIT) which day.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["Microsoft Azure Linux", "Azure Linux"],
    releases: &[Release::new("3.0").ends(2027, 8, 31)],
    ..Distro::new(
        "azurelinux",
        "Azure Linux",
        PackageFamily::Rpm,
        Manager::Tdnf,
        ReleaseKey::MajorMinor,
    )
};
