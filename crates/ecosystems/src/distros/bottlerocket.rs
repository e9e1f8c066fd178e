//! Bottlerocket: an image without package database or package manager, replaced as a whole.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    ..Distro::new(
        "bottlerocket",
        "Bottlerocket",
        PackageFamily::None,
        Manager::None,
        ReleaseKey::Major,
    )
};
