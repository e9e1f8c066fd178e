//! Pop!_OS: Ubuntu's archive with packages of its own on top; its versions are Ubuntu's.

use plimsoll_model::{Namespace, PackageFamily};

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    parent: Some(|os| Some(Namespace::new("ubuntu", &os.release))),
    ..Distro::new("pop", "Pop!_OS", PackageFamily::Dpkg, Manager::Apt, ReleaseKey::MajorMinor)
};
