//! Debian, distroless images included. Ends of life: Debian's distro-info-data (ISC); long-term support is
//! free and counts as public, extended support (ELTS) does not.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    refine: Some(refine),
    releases: &[
        Release::named("4", "etch").ends(2010, 2, 15),
        Release::named("5", "lenny").ends(2012, 2, 6),
        Release::named("6", "squeeze").ends(2016, 2, 29),
        Release::named("7", "wheezy").ends(2018, 5, 31).extended("ELTS", 2020, 6, 30),
        Release::named("8", "jessie").ends(2020, 6, 30).extended("ELTS", 2025, 6, 30),
        Release::named("9", "stretch").ends(2022, 6, 30).extended("ELTS", 2027, 6, 30),
        Release::named("10", "buster").ends(2024, 6, 30).extended("ELTS", 2029, 6, 30),
        Release::named("11", "bullseye").ends(2026, 8, 31).extended("ELTS", 2031, 6, 30),
        Release::named("12", "bookworm").ends(2028, 6, 30).extended("ELTS", 2033, 6, 30),
        Release::named("13", "trixie").ends(2030, 6, 30).extended("ELTS", 2035, 6, 30),
        Release::named("14", "forky"),
        Release::named("15", "duke"),
    ],
    ..Distro::new(
        "debian",
        "Debian GNU/Linux",
        PackageFamily::Dpkg,
        Manager::Apt,
        ReleaseKey::Major,
    )
};

/// `debian_version` holds the point release (`12.7`), or for what is not released yet its code name
/// (`forky/sid`), which testing and unstable share.
fn refine(draft: &mut Draft, files: &Files<'_>) {
    if draft.fields.get("PRETTY_NAME").is_some_and(|name| name.eq_ignore_ascii_case("distroless")) {
        "Debian GNU/Linux (distroless)".clone_into(&mut draft.name);
    }
    let Some(line) = files.first_line("etc/debian_version") else {
        return code_name(draft);
    };
    if line.starts_with(|c: char| c.is_ascii_digit()) {
        let release = DISTRO.key.of(line);
        if draft.release.is_empty() || draft.release == release {
            line.clone_into(&mut draft.version);
            draft.release = release;
        }
    } else if draft.release.is_empty() {
        line.clone_into(&mut draft.version);
        let codename = line.split('/').next().unwrap_or(line).to_ascii_lowercase();
        draft.codename.get_or_insert(codename);
        code_name(draft);
    }
}

/// The release key of an image that only names its code name.
fn code_name(draft: &mut Draft) {
    if draft.release.is_empty()
        && let Some(key) = draft.codename.as_deref().and_then(|name| DISTRO.key_of_codename(name))
    {
        key.clone_into(&mut draft.release);
    }
}
