//! openSUSE before Leap: 10.0 (still called SUSE Linux) to 13.2. Ends of life: en.opensuse.org/Lifetime.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["suse linux"],
    refine: Some(refine),
    releases: &[
        Release::new("10.0").ends(2007, 11, 30),
        Release::new("10.1").ends(2008, 5, 31),
        Release::new("10.2").ends(2008, 11, 30),
        Release::new("10.3").ends(2009, 10, 31),
        Release::new("11.0").ends(2010, 7, 26),
        Release::new("11.1").ends(2011, 1, 14),
        Release::new("11.2").ends(2011, 5, 12),
        Release::new("11.3").ends(2012, 1, 20),
        Release::new("11.4").ends(2012, 11, 5),
        Release::new("12.1").ends(2013, 5, 15),
        Release::new("12.2").ends(2014, 1, 15),
        Release::new("12.3").ends(2015, 1, 29),
        Release::new("13.1").ends(2016, 2, 3),
        Release::new("13.2").ends(2017, 1, 17),
    ],
    ..Distro::new(
        "opensuse",
        "openSUSE",
        PackageFamily::Rpm,
        Manager::Zypper,
        ReleaseKey::MajorMinor,
    )
};

/// Leap 42 and the first Tumbleweed said `ID=opensuse` too.
fn refine(draft: &mut Draft, _files: &Files<'_>) {
    let name = draft.fields.get("NAME").unwrap_or_default().to_ascii_lowercase();
    let sibling = if draft.version.starts_with("42.") {
        &super::opensuse_leap::DISTRO
    } else if name.contains("tumbleweed") {
        &super::opensuse_tumbleweed::DISTRO
    } else {
        return;
    };
    sibling.id.clone_into(&mut draft.id);
    sibling.name.clone_into(&mut draft.name);
    draft.release = sibling.key.of(&draft.version);
}
