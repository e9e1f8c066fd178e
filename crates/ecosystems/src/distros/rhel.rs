//! Red Hat Enterprise Linux, UBI images included. Ends of life: access.redhat.com/support/policy/updates/errata; the
//! extended date is that of the Extended Life Cycle Support add-on.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["redhat", "RedHatEnterpriseServer", "RedHatEnterprise", "RedHatEnterpriseLinux"],
    release_lines: &["Red Hat Enterprise Linux"],
    releases: &[
        Release::new("4").ends(2012, 2, 29).extended("ELS", 2017, 3, 31),
        Release::new("5").ends(2017, 3, 31).extended("ELS", 2020, 11, 30),
        Release::new("6").ends(2020, 11, 30).extended("ELS", 2024, 6, 30),
        Release::new("7").ends(2024, 6, 30).extended("ELS", 2028, 6, 30),
        Release::new("8").ends(2029, 5, 31).extended("ELS", 2032, 5, 31),
        Release::new("9").ends(2032, 5, 31).extended("ELS", 2035, 5, 31),
        Release::new("10").ends(2035, 5, 31).extended("ELS", 2038, 5, 31),
    ],
    ..Distro::new(
        "rhel",
        "Red Hat Enterprise Linux",
        PackageFamily::Rpm,
        Manager::YumBefore(8),
        ReleaseKey::Major,
    )
};
