//! CBL-Mariner, which became Azure Linux with 3.0. Ends of life: learn.microsoft.com/azure/azure-linux,
//! endoflife.date/azure-linux (MIT) for 1.0.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["CBL-Mariner", "Mariner"],
    releases: &[Release::new("1.0").ends(2023, 8, 31), Release::new("2.0").ends(2025, 7, 31)],
    ..Distro::new(
        "mariner",
        "CBL-Mariner",
        PackageFamily::Rpm,
        Manager::Tdnf,
        ReleaseKey::MajorMinor,
    )
};
