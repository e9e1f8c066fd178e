//! openEuler. A release key is the year and month with the stage: `20.03-LTS-SP4`, `23.09`.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["openEuler release", "openEuler"],
    refine: Some(refine),
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
