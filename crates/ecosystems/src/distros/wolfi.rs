//! Wolfi, which has no releases.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    ..Distro::new("wolfi", "Wolfi", PackageFamily::Apk, Manager::Apk, ReleaseKey::Rolling)
};
