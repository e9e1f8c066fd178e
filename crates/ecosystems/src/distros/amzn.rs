//! Amazon Linux: the AMI (release key `1`, versions by year and month), 2, 2022 (a preview), 2023. Ends of life: the
//! distribution's FAQ pages.

use plimsoll_model::PackageFamily;

use super::detect::{Draft, Files};
use super::distro::{Distro, Manager, Release, ReleaseKey};

pub(super) static DISTRO: Distro = Distro {
    aliases: &["amazon", "AmazonLinux"],
    release_lines: &["Amazon Linux AMI release", "Amazon Linux release", "Amazon Linux"],
    refine: Some(refine),
    releases: &[
        Release::new("1").ends(2023, 12, 31),
        Release::named("2", "karoo").ends(2026, 6, 30),
        // Its final name is 2023, whose release ended the preview.
        Release::new("2022").ends(2023, 3, 15),
        Release::new("2023").ends(2029, 6, 30),
    ],
    ..Distro::new(
        "amzn",
        "Amazon Linux",
        PackageFamily::Rpm,
        Manager::YumBefore(2022),
        ReleaseKey::Major,
    )
};

/// The AMI's versions run from 2010.11 to 2018.03.
fn refine(draft: &mut Draft, _files: &Files<'_>) {
    if draft.release.starts_with("201") {
        "1".clone_into(&mut draft.release);
    }
}
