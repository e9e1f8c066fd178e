//! Which application packages are not judged by the advisories of their language, and why. They stay in
//! the inventory with the reason.
//!
//! - A package whose file belongs to a package of the operating system is judged by the distribution's
//!   advisories: it mends flaws without raising the version, and one flaw is never reported twice. Where a
//!   later layer replaced the file, it no longer is what the system's package installed.
//! - What only a lock file or manifest names is not there: on an image, what is installed counts.
//! - What lies in the tests, examples or documentation of another dependency is never run.

use std::collections::HashMap;

use plimsoll_model::{OwnedPackage, SetAside};

/// Folders that hold other packages, below which [`FIXTURES`] are looked for.
const LIBRARIES: &[&str] =
    &["node_modules", "site-packages", "dist-packages", "gems", "vendor", "src", "mod"];

/// Folders of tests and examples inside a dependency.
const FIXTURES: &[&str] = &[
    "__fixtures__",
    "__tests__",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "test",
    "test-fixtures",
    "testdata",
    "tests",
];

/// Folders that merged into `/usr`: package databases may name them without it, archives with it.
const MERGED: &[&str] = &["bin/", "lib/", "lib32/", "lib64/", "libx32/", "sbin/"];

/// Marks the packages that are set aside.
pub(super) fn mark(packages: &mut [OwnedPackage]) {
    let mut wanted: HashMap<String, Option<(String, u32)>> = packages
        .iter()
        .filter(|owned| !owned.package.kind.is_system())
        .map(|owned| (owned.path.clone(), None))
        .collect();
    if wanted.is_empty() {
        return;
    }
    find_owners(packages, &mut wanted);
    for owned in packages.iter_mut().filter(|owned| !owned.package.kind.is_system()) {
        let is_installed = owned.package.app.as_ref().is_none_or(|app| app.evidence.is_installed());
        owned.set_aside = match wanted.get(&owned.path) {
            Some(Some((name, layer))) if owned.layer <= *layer => {
                Some(SetAside::OwnedBySystem(name.clone()))
            }
            _ if is_fixture(&owned.path) => Some(SetAside::Fixture),
            _ if !is_installed => Some(SetAside::NotInstalled),
            _ => None,
        };
    }
}

/// Fills in which package of the operating system owns each of the wanted paths, and the layer that brought it.
pub(super) fn find_owners(
    packages: &[OwnedPackage],
    wanted: &mut HashMap<String, Option<(String, u32)>>,
) {
    if wanted.is_empty() {
        return;
    }
    for owned in packages.iter().filter(|owned| owned.package.kind.is_system()) {
        for file in &owned.package.files {
            let slot = match wanted.get_mut(file.as_str()) {
                Some(slot) => Some(slot),
                None if MERGED.iter().any(|folder| file.starts_with(folder)) => {
                    wanted.get_mut(&format!("usr/{file}"))
                }
                None => None,
            };
            if let Some(slot) = slot {
                *slot = Some((owned.package.name.clone(), owned.layer));
            }
        }
    }
}

/// Whether the path leads through tests or examples of a dependency.
fn is_fixture(path: &str) -> bool {
    let mut inside = false;
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut parts = folders.split('/').peekable();
    while let Some(part) = parts.next() {
        if LIBRARIES.contains(&part) {
            inside = true;
            // What comes next is the package's own name, which may well be `test`.
            let name = parts.next();
            if name.is_some_and(|name| name.starts_with('@')) {
                parts.next();
            }
        } else if inside && FIXTURES.contains(&part) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{AppPackage, Package, PackageEvidence, PackageKind};

    use super::*;

    fn owned(kind: PackageKind, name: &str, path: &str, layer: u32) -> OwnedPackage {
        OwnedPackage {
            package: Package::new(kind, name, "1"),
            path: path.into(),
            layer,
            set_aside: None,
        }
    }

    fn with_files(mut owned: OwnedPackage, files: &[&str]) -> OwnedPackage {
        owned.package.files = files.iter().map(|&file| file.to_owned()).collect();
        owned
    }

    #[test]
    fn what_a_system_package_installed_is_its_own() {
        const URLLIB3: &str = "usr/lib/python3/dist-packages/urllib3-1.26.5.egg-info/PKG-INFO";
        const SIX: &str = "usr/lib/python3/dist-packages/six.egg-info";
        let system = owned(PackageKind::Deb, "python3-urllib3", "var/lib/dpkg/status", 1);
        let system = with_files(system, &[URLLIB3, "lib/python3/dist-packages/six.egg-info"]);
        let mut all = vec![
            system,
            owned(PackageKind::Pypi, "urllib3", URLLIB3, 1),
            owned(PackageKind::Pypi, "six", SIX, 1),
            owned(PackageKind::Pypi, "pip", "usr/local/lib/python3.11/site-packages/pip", 1),
        ];
        mark(&mut all);
        let own = SetAside::OwnedBySystem("python3-urllib3".into());
        let marks: Vec<_> = all.iter().map(|owned| owned.set_aside.clone()).collect();
        assert_eq!(marks, [None, Some(own.clone()), Some(own), None]);
    }

    #[test]
    fn a_file_that_a_later_layer_replaced_is_no_longer_the_systems() {
        let jar = "usr/share/java/log4j-core.jar";
        let system = owned(PackageKind::Deb, "liblog4j2-java", "var/lib/dpkg/status", 0);
        let mut all =
            vec![with_files(system, &[jar]), owned(PackageKind::Maven, "log4j-core", jar, 2)];
        mark(&mut all);
        assert_eq!(all[1].set_aside, None);
    }

    #[test]
    fn lock_files_and_fixtures_do_not_count() {
        let mut lock = owned(PackageKind::Npm, "lodash", "app/package-lock.json", 0);
        let evidence = PackageEvidence::LockFile;
        lock.package.app = Some(Box::new(AppPackage { evidence, ..AppPackage::default() }));
        let mut all = vec![
            lock,
            owned(
                PackageKind::Npm,
                "a",
                "app/node_modules/resolve/test/x/node_modules/a/p.json",
                0,
            ),
            owned(PackageKind::Npm, "test", "app/node_modules/test/package.json", 0),
            owned(PackageKind::Npm, "test", "app/node_modules/@x/test/package.json", 0),
            owned(PackageKind::Npm, "b", "test/node_modules/b/package.json", 0),
        ];
        mark(&mut all);
        let marks: Vec<_> = all.iter().map(|owned| owned.set_aside.clone()).collect();
        let (lock, fixture) = (SetAside::NotInstalled, SetAside::Fixture);
        assert_eq!(marks, [Some(lock), Some(fixture), None, None, None]);
    }
}
