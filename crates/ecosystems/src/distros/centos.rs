//! CentOS Linux, and CentOS Stream under keys of its own (`9-stream`): the same numbers, other packages, other ends
//! of life. Source of those: centos.org.

use plimsoll_model::{Namespace, OperatingSystem, PackageFamily};

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    release_lines: &["CentOS Linux release", "CentOS Stream release", "CentOS release"],
    refine: Some(refine),
    parent: Some(red_hat),
    // The announcements of rebuilds name few flaws, and none that has no fix.
    joins_parent: true,
    releases: &[
        Release::new("5").ends(2017, 3, 31),
        Release::new("6").ends(2020, 11, 30),
        Release::new("7").ends(2024, 6, 30),
        Release::new("8").ends(2021, 12, 31),
        Release::new("8-stream").ends(2024, 5, 31),
        Release::new("9-stream").ends(2027, 5, 31),
        Release::new("10-stream").ends(2030, 5, 31),
    ],
    ..Distro::new("centos", "CentOS", PackageFamily::Rpm, Manager::YumBefore(8), ReleaseKey::Major)
};

fn refine(draft: &mut Draft, files: &Files<'_>) {
    let name = draft.fields.get("NAME");
    let line =
        files.first_line("etc/centos-release").or_else(|| files.first_line("etc/redhat-release"));
    let is_stream = |text: Option<&str>| text.is_some_and(|t| t.starts_with("CentOS Stream"));
    if is_stream(name) || (name.is_none() && is_stream(line)) {
        draft.release.push_str("-stream");
        "CentOS Stream".clone_into(&mut draft.name);
    }
}

/// CentOS Linux rebuilt Red Hat's packages; Stream gets them first, under the same versions.
fn red_hat(os: &OperatingSystem) -> Option<Namespace> {
    let major = os.release.strip_suffix("-stream").unwrap_or(&os.release);
    (!major.is_empty()).then(|| Namespace::new("rhel", major))
}
