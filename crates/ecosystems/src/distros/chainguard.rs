//! Chainguard OS, which has no releases; a part of its packages are Wolfi's.

use plimsoll_model::{Namespace, PackageFamily};

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    parent: Some(|_| Some(Namespace::new("wolfi", ""))),
    ..Distro::new("chainguard", "Chainguard", PackageFamily::Apk, Manager::Apk, ReleaseKey::Rolling)
};
