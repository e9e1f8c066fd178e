//! Distributions: how each is recognised, under which key its advisories are kept, when its releases end,
//! which package manager upgrades it. One file each; nothing here knows a package or an advisory.

mod detect;
mod distro;
pub mod os_release;
mod system_files;

mod alinux;
mod almalinux;
mod alpine;
mod amzn;
mod anolis;
mod arch;
mod azurelinux;
mod bottlerocket;
mod centos;
mod chainguard;
mod debian;
mod fedora;
mod linuxmint;
mod mariner;
mod ol;
mod openeuler;
mod opensuse;
mod opensuse_leap;
mod opensuse_tumbleweed;
mod photon;
mod pop;
mod raspbian;
mod rhel;
mod rocky;
mod sles;
mod ubuntu;
mod wolfi;

use plimsoll_model::{Namespace, OperatingSystem};

pub use detect::detect;
pub use distro::{Distro, Manager, Release, ReleaseKey};
pub use system_files::{SYSTEM_FILE_LIMIT, SystemFile, WELL_KNOWN, analyzer};

/// Every distribution, in alphabetical order of their ids.
static ALL: &[&Distro] = &[
    &alinux::DISTRO,
    &almalinux::DISTRO,
    &alpine::DISTRO,
    &amzn::DISTRO,
    &anolis::DISTRO,
    &arch::DISTRO,
    &azurelinux::DISTRO,
    &bottlerocket::DISTRO,
    &centos::DISTRO,
    &chainguard::DISTRO,
    &debian::DISTRO,
    &fedora::DISTRO,
    &linuxmint::DISTRO,
    &mariner::DISTRO,
    &ol::DISTRO,
    &openeuler::DISTRO,
    &opensuse::DISTRO,
    &opensuse_leap::DISTRO,
    &opensuse_tumbleweed::DISTRO,
    &photon::DISTRO,
    &pop::DISTRO,
    &raspbian::DISTRO,
    &rhel::DISTRO,
    &rocky::DISTRO,
    &sles::DISTRO,
    &ubuntu::DISTRO,
    &wolfi::DISTRO,
];

/// Every distribution that is known, in alphabetical order of their ids.
#[must_use]
pub fn all() -> &'static [&'static Distro] {
    ALL
}

/// The distribution with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Distro> {
    ALL.iter().find(|d| d.id == id).copied()
}

/// Where advisories for `os` are kept, the preferred place first: the distribution's own, then that of
/// the one whose packages it ships unchanged or rebuilds without changing them.
#[must_use]
pub fn namespaces(os: &OperatingSystem) -> Vec<Namespace> {
    let mut out = vec![Namespace::new(&os.id, &os.release)];
    if let Some(parent) = by_id(&os.id).and_then(|d| d.parent) {
        out.extend(parent(os));
    }
    out
}

/// Whether all of [`namespaces`] speak for a system, and not only the first one that has advisories: its own are
/// a part of its parent's.
#[must_use]
pub fn joins_parent(os: &OperatingSystem) -> bool {
    by_id(&os.id).is_some_and(|d| d.joins_parent)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_listed_once_and_in_order() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/distros");
        let not_distros = ["mod", "detect", "distro", "os_release", "system_files"];
        let files: BTreeSet<String> = std::fs::read_dir(dir)
            .unwrap()
            .filter_map(|e| {
                e.unwrap().file_name().into_string().unwrap().strip_suffix(".rs").map(str::to_owned)
            })
            .filter(|name| !not_distros.contains(&name.as_str()))
            .collect();
        let listed: Vec<String> = ALL.iter().map(|d| d.id.replace('-', "_")).collect();
        assert!(ALL.is_sorted_by(|a, b| a.id < b.id), "unsorted or repeated id");
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), files);
    }

    #[test]
    fn an_alias_belongs_to_one_distribution() {
        let mut seen = BTreeSet::new();
        for distro in ALL {
            for name in distro.aliases.iter().chain([&distro.id]) {
                assert!(seen.insert(name.to_ascii_lowercase()), "{name} is listed twice");
            }
        }
    }

    #[test]
    fn release_keys_are_unique_and_dates_in_order() {
        for distro in ALL {
            let mut seen = BTreeSet::new();
            for release in distro.releases {
                assert!(seen.insert(release.key), "{} {} twice", distro.id, release.key);
                if let (Some(end), Some((name, extended))) = (release.ends, release.extended) {
                    assert!(extended > end, "{} {}: {name} ends first", distro.id, release.key);
                }
            }
        }
    }
}
