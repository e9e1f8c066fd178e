//! `pnpm-lock.yaml`. The key of a package was `/name/1.0_peers` until version 5, `/name@1.0(peers)` in 6,
//! and is `name@1.0` since 9, where what it depends on stands in `snapshots`.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{DependencyScope, FileError, Package, PackageEvidence, PackageKind};
use serde_json::{Map, Value};

use crate::lang::{Found, package, set_required_by, yaml};

pub(super) fn read(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let lock = yaml::parse(bytes)?;
    let table = |key: &str| lock.get(key).and_then(Value::as_object);
    let direct = direct(&lock);
    let mut packages: BTreeMap<(String, String), Package> = BTreeMap::new();
    for (key, entry) in table("packages").into_iter().flatten() {
        add(key, entry, &mut packages);
    }
    for (key, entry) in table("snapshots").into_iter().flatten() {
        add(key, entry, &mut packages);
    }
    let mut packages: Vec<Package> = packages.into_values().collect();
    set_required_by(&mut packages);
    for mut package in packages {
        if let Some(app) = &mut package.app {
            app.is_direct = Some(direct.contains(&package.name));
        }
        found.push(package);
    }
    Ok(())
}

/// Names that the project or one of its workspaces asks for.
fn direct(lock: &Value) -> BTreeSet<String> {
    let importers = lock.get("importers").and_then(Value::as_object);
    let projects = importers.into_iter().flat_map(Map::values).chain([lock]);
    projects
        .flat_map(|project| {
            ["dependencies", "devDependencies", "optionalDependencies"]
                .into_iter()
                .filter_map(|key| project.get(key)?.as_object())
                .flat_map(|map| map.keys().cloned())
        })
        .collect()
}

fn add(key: &str, entry: &Value, packages: &mut BTreeMap<(String, String), Package>) {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    // Packages from elsewhere than a registry say name and version themselves.
    let split = match (text("name"), text("version")) {
        (Some(name), Some(version)) => Some((name, version)),
        _ => split_key(key),
    };
    let Some((name, version)) = split else { return };
    // An address stands for what does not come from a registry.
    let version = if version.contains([':', '/']) { "" } else { version };
    let row = packages
        .entry((name.to_owned(), version.to_owned()))
        .or_insert_with(|| package(PackageKind::Npm, name, version, PackageEvidence::LockFile));
    if let Some(dependencies) = entry.get("dependencies").and_then(Value::as_object) {
        row.depends.extend(dependencies.keys().cloned());
        row.depends.sort();
        row.depends.dedup();
    }
    if let Some(app) = &mut row.app {
        if text("dev") == Some("true") {
            app.scope = DependencyScope::Development;
        } else if text("optional") == Some("true") {
            app.scope = DependencyScope::Optional;
        }
    }
}

fn split_key(key: &str) -> Option<(&str, &str)> {
    let old = key.strip_prefix('/');
    let key = old.unwrap_or(key);
    let key = key.split('(').next().unwrap_or_default();
    let scope = if key.starts_with('@') { key.find('/')? + 1 } else { 0 };
    // Version 5 has a slash behind the name, and a peer's `@` only after that.
    let end = key.get(scope..)?.find(['/', '@'])? + scope;
    let (name, version) = (key.get(..end)?, key.get(end + 1..)?);
    match key.as_bytes().get(end) {
        Some(b'/') if old.is_some() => Some((name, version.split('_').next().unwrap_or_default())),
        Some(b'@') => Some((name, version)),
        _ => None,
    }
}
