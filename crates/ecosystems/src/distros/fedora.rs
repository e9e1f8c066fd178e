//! Fedora Linux. Ends of life: docs.fedoraproject.org/en-US/releases/eol, fedorapeople.org/groups/schedule for those
//! to come.

use plimsoll_model::PackageFamily;

use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["Fedora release", "Fedora Linux release", "Fedora Core release"],
    releases: &[
        Release::new("17").ends(2013, 7, 30),
        Release::new("18").ends(2014, 1, 14),
        Release::new("19").ends(2015, 1, 6),
        Release::new("20").ends(2015, 6, 23),
        Release::new("21").ends(2015, 12, 1),
        Release::new("22").ends(2016, 7, 19),
        Release::new("23").ends(2016, 12, 20),
        Release::new("24").ends(2017, 8, 8),
        Release::new("25").ends(2017, 12, 12),
        Release::new("26").ends(2018, 5, 29),
        Release::new("27").ends(2018, 11, 30),
        Release::new("28").ends(2019, 5, 28),
        Release::new("29").ends(2019, 11, 26),
        Release::new("30").ends(2020, 5, 26),
        Release::new("31").ends(2020, 11, 24),
        Release::new("32").ends(2021, 5, 25),
        Release::new("33").ends(2021, 11, 30),
        Release::new("34").ends(2022, 6, 7),
        Release::new("35").ends(2022, 12, 13),
        Release::new("36").ends(2023, 5, 16),
        Release::new("37").ends(2023, 12, 5),
        Release::new("38").ends(2024, 5, 21),
        Release::new("39").ends(2024, 11, 26),
        Release::new("40").ends(2025, 5, 13),
        Release::new("41").ends(2025, 12, 15),
        Release::new("42").ends(2026, 5, 13),
        Release::new("43").ends(2026, 12, 9),
        Release::new("44"),
    ],
    ..Distro::new(
        "fedora",
        "Fedora Linux",
        PackageFamily::Rpm,
        Manager::YumBefore(22),
        ReleaseKey::Major,
    )
};
