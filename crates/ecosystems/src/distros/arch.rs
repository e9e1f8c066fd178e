//! Arch Linux, which has no releases.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["Arch Linux"],
    ..Distro::new("arch", "Arch Linux", PackageFamily::Pacman, Manager::Pacman, ReleaseKey::Rolling)
};
