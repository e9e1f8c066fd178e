//! Linux Mint: Ubuntu's archive with a desktop of its own on top, so Ubuntu's advisories hold for what comes from
//! there.

use plimsoll_model::{Namespace, OperatingSystem, PackageFamily};

use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    parent: Some(ubuntu),
    ..Distro::new("linuxmint", "Linux Mint", PackageFamily::Dpkg, Manager::Apt, ReleaseKey::Major)
};

fn ubuntu(os: &OperatingSystem) -> Option<Namespace> {
    let release = match os.release.as_str() {
        "17" => "14.04",
        "18" => "16.04",
        "19" => "18.04",
        "20" => "20.04",
        "21" => "22.04",
        "22" => "24.04",
        _ => return None,
    };
    Some(Namespace::new("ubuntu", release))
}
