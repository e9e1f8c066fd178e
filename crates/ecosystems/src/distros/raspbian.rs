//! Raspbian: Debian's sources rebuilt for another ARM, with Debian's versions (some with `+rpi1` behind them), so
//! Debian's advisories hold.

use plimsoll_model::{Namespace, PackageFamily};

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    parent: Some(|os| Some(Namespace::new("debian", &os.release))),
    ..Distro::new("raspbian", "Raspbian", PackageFamily::Dpkg, Manager::Apt, ReleaseKey::Major)
};
