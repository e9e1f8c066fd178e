//! openEuler. A release key is the year and month with the stage: `20.03-LTS-SP4`, `23.09`; each service pack
//! has an end of its own. Ends of life: openeuler.org/en/download/archive, by way of endoflife.date (MIT); the last day of
//! the month that it names.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["openEuler release", "openEuler"],
    refine: Some(refine),
    releases: &[
        Release::new("20.03-LTS").ends(2021, 3, 31),
        Release::new("20.03-LTS-SP1").ends(2022, 12, 31),
        Release::new("20.03-LTS-SP2").ends(2022, 4, 30),
        Release::new("20.03-LTS-SP3").ends(2023, 12, 31),
        Release::new("20.03-LTS-SP4").ends(2025, 11, 30),
        Release::new("22.03-LTS").ends(2024, 3, 31),
        Release::new("22.03-LTS-SP1").ends(2024, 12, 31),
        Release::new("22.03-LTS-SP2").ends(2024, 3, 31),
        Release::new("22.03-LTS-SP3").ends(2025, 12, 31),
        Release::new("22.03-LTS-SP4").ends(2026, 6, 30),
        Release::new("23.03").ends(2023, 9, 30),
        Release::new("23.09").ends(2024, 3, 31),
        Release::new("24.03-LTS").ends(2026, 5, 31),
        Release::new("24.03-LTS-SP1").ends(2026, 12, 31),
        Release::new("24.03-LTS-SP2").ends(2026, 3, 31),
        Release::new("24.03-LTS-SP3").ends(2027, 12, 31),
        Release::new("24.03-LTS-SP4").ends(2027, 3, 31),
        Release::new("24.09").ends(2025, 3, 31),
        Release::new("25.03").ends(2025, 9, 30),
        Release::new("25.09").ends(2026, 3, 31),
        Release::new("26.09").ends(2027, 3, 31),
    ],
    ..Distro::new("openeuler", "openEuler", PackageFamily::Rpm, Manager::Dnf, ReleaseKey::Whole)
};

/// `VERSION="22.03 (LTS-SP3)"`, or `openEuler release 22.03 (LTS-SP3)`.
fn refine(draft: &mut Draft, files: &Files<'_>) {
    let text = draft.fields.get("VERSION").or_else(|| files.first_line("etc/openEuler-release"));
    let stage = text.and_then(|t| t.split_once('(')).and_then(|(_, t)| t.split_once(')'));
    if let Some((stage, _)) = stage
        && stage.starts_with("LTS")
    {
        draft.release = format!("{}-{}", draft.version, stage.replace(' ', "-"));
    }
}
