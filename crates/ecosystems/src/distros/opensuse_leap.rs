//! openSUSE Leap. Ends of life: en.opensuse.org/Lifetime.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    releases: &[
        Release::new("42.1").ends(2017, 5, 17),
        Release::new("42.2").ends(2018, 1, 26),
        Release::new("42.3").ends(2019, 7, 1),
        Release::new("15.0").ends(2019, 12, 3),
        Release::new("15.1").ends(2021, 2, 2),
        Release::new("15.2").ends(2022, 1, 4),
        Release::new("15.3").ends(2022, 12, 31),
        Release::new("15.4").ends(2023, 12, 7),
        Release::new("15.5").ends(2024, 12, 31),
        Release::new("15.6").ends(2026, 4, 30),
        Release::new("16.0").ends(2027, 10, 31),
    ],
    ..Distro::new(
        "opensuse-leap",
        "openSUSE Leap",
        PackageFamily::Rpm,
        Manager::Zypper,
        ReleaseKey::MajorMinor,
    )
};
