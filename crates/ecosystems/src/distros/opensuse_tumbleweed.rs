//! openSUSE Tumbleweed, which has no releases.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    ..Distro::new(
        "opensuse-tumbleweed",
        "openSUSE Tumbleweed",
        PackageFamily::Rpm,
        Manager::Zypper,
        ReleaseKey::Rolling,
    )
};
