//! Who depends on an installed application package: told by its neighbours in the same place, as their
//! metadata names what they need.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{MAX_REQUIRED_BY, OwnedPackage, PackageKind};

/// Sets `required_by` where a lock file has not, and calls direct what nobody in the same place needs.
pub(super) fn set(packages: &mut [OwnedPackage]) {
    let mut wanted_by: BTreeMap<(PackageKind, String, String), BTreeSet<String>> = BTreeMap::new();
    for owned in packages.iter().filter(|owned| is_installed(owned)) {
        let package = &owned.package;
        for name in &package.depends {
            let key = (package.kind, place(owned).to_owned(), folded(package.kind, name));
            let names = wanted_by.entry(key).or_default();
            if names.len() < MAX_REQUIRED_BY {
                names.insert(format!("{}@{}", package.name, package.version));
            }
        }
    }
    for owned in packages.iter_mut().filter(|owned| is_installed(owned)) {
        let kind = owned.package.kind;
        let key = (kind, place(owned).to_owned(), folded(kind, &owned.package.name));
        let Some(app) = owned.package.app.as_mut().filter(|app| app.required_by.is_empty()) else {
            continue;
        };
        match wanted_by.get(&key) {
            Some(names) => app.required_by = names.iter().cloned().collect(),
            None => app.is_direct = app.is_direct.or(Some(true)),
        }
    }
}

fn is_installed(owned: &OwnedPackage) -> bool {
    matches!(owned.package.kind, PackageKind::Npm | PackageKind::Pypi | PackageKind::Conda)
        && owned.package.app.as_ref().is_some_and(|app| app.evidence.is_installed())
}

/// The folder within which names are looked up: that of `*.dist-info`, or the one that the outermost
/// `node_modules` is in.
fn place(owned: &OwnedPackage) -> &str {
    let path = owned.path.as_str();
    match owned.package.kind {
        PackageKind::Npm => {
            path.find("node_modules/").map_or("", |at| path.get(..at).unwrap_or(""))
        }
        _ => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            folder.rsplit_once('/').map_or("", |(folder, _)| folder)
        }
    }
}

/// PEP 503: case and the sort of separator say nothing.
fn folded(kind: PackageKind, name: &str) -> String {
    if kind != PackageKind::Pypi {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}
