//! Lock files: `Pipfile.lock` (JSON), `poetry.lock`, `uv.lock` and `pylock.toml` (TOML tables of packages).

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{DependencyScope, FileError, PackageEvidence, PackageKind};
use serde::Deserialize;
use toml::{Table, Value};

use crate::lang::{Found, json, package, set_required_by, toml as parse};

#[derive(Deserialize)]
struct Pipfile {
    #[serde(default)]
    default: BTreeMap<String, Pinned>,
    #[serde(default)]
    develop: BTreeMap<String, Pinned>,
}

#[derive(Deserialize)]
struct Pinned {
    #[serde(default)]
    version: String,
    /// Pipenv names the index only for what the Pipfile itself asks for.
    index: Option<String>,
}

pub(super) fn pipfile(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let lock: Pipfile = json(bytes)?;
    let runtime = lock.default.into_iter().map(|(name, pin)| (name, pin, DependencyScope::Runtime));
    let develop =
        lock.develop.into_iter().map(|(name, pin)| (name, pin, DependencyScope::Development));
    for (name, pin, scope) in runtime.chain(develop) {
        // Without a version it is taken from a repository or folder.
        let version = pin.version.trim_start_matches('=');
        let mut package = package(PackageKind::Pypi, &name, version, PackageEvidence::LockFile);
        if let Some(app) = &mut package.app {
            app.scope = scope;
            app.is_direct = pin.index.is_some().then_some(true);
        }
        found.push(package);
    }
    Ok(())
}

pub(super) fn toml(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let lock = parse(bytes)?;
    // `packages` in pylock.toml, `package` in the other two.
    let Some(Value::Array(rows)) = lock.get("package").or_else(|| lock.get("packages")) else {
        // A project without dependencies has a lock file without packages.
        return Ok(());
    };
    let mut roots: BTreeSet<String> = BTreeSet::new();
    let mut packages = Vec::new();
    for row in rows.iter().filter_map(Value::as_table) {
        let text = |key: &str| row.get(key).and_then(Value::as_str);
        let Some(name) = text("name") else { continue };
        let depends = dependencies(row);
        if is_project(row) {
            roots.extend(depends);
            continue;
        }
        let version = text("version").unwrap_or_default();
        let mut package = package(PackageKind::Pypi, name, version, PackageEvidence::LockFile);
        package.depends = depends;
        if let Some(app) = &mut package.app {
            app.scope = scope(row);
        }
        packages.push(package);
    }
    set_required_by(&mut packages);
    for mut package in packages {
        if let Some(app) = &mut package.app
            && roots.contains(&package.name)
        {
            app.is_direct = Some(true);
        }
        found.push(package);
    }
    Ok(())
}

/// Whether a row of `uv.lock` is the project itself.
fn is_project(row: &Table) -> bool {
    let source = row.get("source").and_then(Value::as_table);
    source.is_some_and(|s| s.contains_key("editable") || s.contains_key("virtual"))
}

/// Poetry writes a table of names, uv and PEP 751 a list of tables with a `name`.
fn dependencies(row: &Table) -> Vec<String> {
    let mut names: Vec<String> = match row.get("dependencies") {
        Some(Value::Table(table)) => table.keys().cloned().collect(),
        Some(Value::Array(list)) => {
            let name = |v: &Value| Some(v.get("name")?.as_str()?.to_owned());
            list.iter().filter_map(name).collect()
        }
        _ => Vec::new(),
    };
    names.sort();
    names.dedup();
    names
}

/// Poetry's `category` (until 1.4), `groups` (from 2.0) and `optional`.
fn scope(row: &Table) -> DependencyScope {
    if row.get("category").and_then(Value::as_str) == Some("dev") {
        return DependencyScope::Development;
    }
    if let Some(Value::Array(groups)) = row.get("groups") {
        let is_main = groups.iter().any(|group| group.as_str() == Some("main"));
        if !groups.is_empty() && !is_main {
            return DependencyScope::Development;
        }
    }
    if row.get("optional").and_then(Value::as_bool) == Some(true) {
        return DependencyScope::Optional;
    }
    DependencyScope::Runtime
}
