//! Alpine Linux. Ends of life: alpinelinux.org/releases.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    refine: Some(refine),
    releases: &[
        Release::new("2.1").ends(2012, 11, 1),
        Release::new("2.2").ends(2013, 5, 1),
        Release::new("2.3").ends(2013, 11, 1),
        Release::new("2.4").ends(2014, 5, 1),
        Release::new("2.5").ends(2014, 11, 1),
        Release::new("2.6").ends(2015, 5, 1),
        Release::new("2.7").ends(2015, 11, 1),
        Release::new("3.0").ends(2016, 5, 1),
        Release::new("3.1").ends(2016, 11, 1),
        Release::new("3.2").ends(2017, 5, 1),
        Release::new("3.3").ends(2017, 11, 1),
        Release::new("3.4").ends(2018, 5, 1),
        Release::new("3.5").ends(2018, 11, 1),
        Release::new("3.6").ends(2019, 5, 1),
        Release::new("3.7").ends(2019, 11, 1),
        Release::new("3.8").ends(2020, 5, 1),
        Release::new("3.9").ends(2020, 11, 1),
        Release::new("3.10").ends(2021, 5, 1),
        Release::new("3.11").ends(2021, 11, 1),
        Release::new("3.12").ends(2022, 5, 1),
        Release::new("3.13").ends(2022, 11, 1),
        Release::new("3.14").ends(2023, 5, 1),
        Release::new("3.15").ends(2023, 11, 1),
        Release::new("3.16").ends(2024, 5, 23),
        Release::new("3.17").ends(2024, 11, 22),
        Release::new("3.18").ends(2025, 5, 9),
        Release::new("3.19").ends(2025, 11, 1),
        Release::new("3.20").ends(2026, 4, 1),
        Release::new("3.21").ends(2026, 11, 1),
        Release::new("3.22").ends(2027, 5, 1),
        Release::new("3.23").ends(2027, 11, 1),
        Release::new("edge"),
    ],
    ..Distro::new(
        "alpine",
        "Alpine Linux",
        PackageFamily::Apk,
        Manager::Apk,
        ReleaseKey::MajorMinor,
    )
};

/// Edge carries the number of the release to come with a date: `3.21.0_alpha20240923`. A release
/// candidate belongs to its release.
fn refine(draft: &mut Draft, _files: &Files<'_>) {
    let pretty = draft.fields.get("PRETTY_NAME").unwrap_or_default();
    if draft.version.contains("_alpha") || pretty.ends_with(" edge") || draft.version == "edge" {
        "edge".clone_into(&mut draft.release);
    } else if let Some((release, _)) = draft.release.split_once('_') {
        draft.release = release.to_owned();
    }
}
