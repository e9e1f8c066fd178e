//! Ubuntu. Ends of life: Debian's distro-info-data (ISC); Expanded Security Maintenance needs Ubuntu Pro.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    refine: Some(refine),
    releases: &[
        Release::named("4.10", "warty").ends(2006, 4, 30),
        Release::named("5.04", "hoary").ends(2006, 10, 31),
        Release::named("5.10", "breezy").ends(2007, 4, 13),
        Release::named("6.06", "dapper").ends(2011, 6, 1),
        Release::named("6.10", "edgy").ends(2008, 4, 25),
        Release::named("7.04", "feisty").ends(2008, 10, 19),
        Release::named("7.10", "gutsy").ends(2009, 4, 18),
        Release::named("8.04", "hardy").ends(2013, 5, 9),
        Release::named("8.10", "intrepid").ends(2010, 4, 30),
        Release::named("9.04", "jaunty").ends(2010, 10, 23),
        Release::named("9.10", "karmic").ends(2011, 4, 30),
        Release::named("10.04", "lucid").ends(2015, 4, 30),
        Release::named("10.10", "maverick").ends(2012, 4, 10),
        Release::named("11.04", "natty").ends(2012, 10, 28),
        Release::named("11.10", "oneiric").ends(2013, 5, 9),
        Release::named("12.04", "precise").ends(2017, 4, 28).extended("ESM", 2019, 4, 26),
        Release::named("12.10", "quantal").ends(2014, 5, 16),
        Release::named("13.04", "raring").ends(2014, 1, 27),
        Release::named("13.10", "saucy").ends(2014, 7, 17),
        Release::named("14.04", "trusty").ends(2019, 4, 25).extended(
            "ESM with Legacy support",
            2026,
            4,
            28,
        ),
        Release::named("14.10", "utopic").ends(2015, 7, 23),
        Release::named("15.04", "vivid").ends(2016, 2, 4),
        Release::named("15.10", "wily").ends(2016, 7, 28),
        Release::named("16.04", "xenial").ends(2021, 4, 30).extended(
            "ESM with Legacy support",
            2028,
            4,
            25,
        ),
        Release::named("16.10", "yakkety").ends(2017, 7, 20),
        Release::named("17.04", "zesty").ends(2018, 1, 13),
        Release::named("17.10", "artful").ends(2018, 7, 19),
        Release::named("18.04", "bionic").ends(2023, 5, 31).extended(
            "ESM with Legacy support",
            2030,
            4,
            30,
        ),
        Release::named("18.10", "cosmic").ends(2019, 7, 18),
        Release::named("19.04", "disco").ends(2020, 1, 23),
        Release::named("19.10", "eoan").ends(2020, 7, 17),
        Release::named("20.04", "focal").ends(2025, 5, 29).extended(
            "ESM with Legacy support",
            2032,
            4,
            27,
        ),
        Release::named("20.10", "groovy").ends(2021, 7, 22),
        Release::named("21.04", "hirsute").ends(2022, 1, 20),
        Release::named("21.10", "impish").ends(2022, 7, 14),
        Release::named("22.04", "jammy").ends(2027, 6, 1).extended(
            "ESM with Legacy support",
            2034,
            4,
            25,
        ),
        Release::named("22.10", "kinetic").ends(2023, 7, 20),
        Release::named("23.04", "lunar").ends(2024, 1, 25),
        Release::named("23.10", "mantic").ends(2024, 7, 11),
        Release::named("24.04", "noble").ends(2029, 5, 31).extended(
            "ESM with Legacy support",
            2036,
            4,
            29,
        ),
        Release::named("24.10", "oracular").ends(2025, 7, 10),
        Release::named("25.04", "plucky").ends(2026, 1, 15),
        Release::named("25.10", "questing").ends(2026, 7, 9),
        Release::named("26.04", "resolute").ends(2031, 5, 29).extended(
            "ESM with Legacy support",
            2038,
            4,
            27,
        ),
    ],
    ..Distro::new("ubuntu", "Ubuntu", PackageFamily::Dpkg, Manager::Apt, ReleaseKey::MajorMinor)
};

/// `VERSION="18.04.6 LTS (Bionic Beaver)"` holds the point release.
fn refine(draft: &mut Draft, _files: &Files<'_>) {
    let text = draft.fields.get("VERSION").unwrap_or_default();
    let exact = text.split([' ', ',']).next().unwrap_or_default();
    if exact.strip_prefix(draft.version.as_str()).is_some_and(|more| more.starts_with('.')) {
        draft.version = exact.to_owned();
    }
}
