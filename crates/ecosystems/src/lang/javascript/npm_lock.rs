//! `package-lock.json` and `npm-shrinkwrap.json`: a tree of names until version 1, a table of folders since.

use std::collections::BTreeMap;

use plimsoll_model::{DependencyScope, FileError, PackageEvidence, PackageKind};
use serde::Deserialize;
use serde_json::Value;

use crate::lang::{Found, json, package, set_required_by};

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    packages: BTreeMap<String, Entry>,
    #[serde(default)]
    dependencies: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    optional: bool,
    #[serde(default, rename = "devOptional")]
    dev_optional: bool,
    #[serde(default)]
    link: bool,
    license: Option<Value>,
    /// Version 1: false, or the names needed.
    #[serde(default)]
    requires: Value,
    /// Version 1: the packages below; since version 2 the names needed.
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
    #[serde(default, rename = "devDependencies")]
    dev_dependencies: BTreeMap<String, Value>,
}

impl Entry {
    fn scope(&self) -> DependencyScope {
        match self {
            Entry { dev: true, .. } | Entry { dev_optional: true, .. } => {
                DependencyScope::Development
            }
            Entry { optional: true, .. } => DependencyScope::Optional,
            _ => DependencyScope::Runtime,
        }
    }
}

pub(super) fn read(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let lock: Lock = json(bytes)?;
    let mut packages = Vec::new();
    if lock.packages.is_empty() {
        tree(lock.dependencies, &mut packages);
    } else {
        table(lock.packages, &mut packages);
    }
    set_required_by(&mut packages);
    packages.into_iter().for_each(|package| found.push(package));
    Ok(())
}

fn table(entries: BTreeMap<String, Entry>, out: &mut Vec<plimsoll_model::Package>) {
    let root = entries.get("");
    let asked: Vec<String> = root
        .map(|root| root.dependencies.keys().chain(root.dev_dependencies.keys()).cloned().collect())
        .unwrap_or_default();
    for (path, entry) in entries {
        // Folders outside `node_modules` are the project's own workspaces; links lead to them.
        let Some((_, folder)) = path.rsplit_once("node_modules/") else { continue };
        if entry.link {
            continue;
        }
        // A package under another name (`npm:` alias) says its own.
        let name = entry.name.as_deref().unwrap_or(folder);
        let version = entry.version.as_deref().unwrap_or_default();
        let mut package = package(PackageKind::Npm, name, version, PackageEvidence::LockFile);
        if let Some(app) = &mut package.app {
            app.scope = entry.scope();
            let is_top = path.strip_prefix("node_modules/") == Some(folder);
            app.is_direct = Some(is_top && asked.iter().any(|name| name == folder));
        }
        package.licenses.extend(entry.license.as_ref().and_then(Value::as_str).map(str::to_owned));
        package.depends = entry.dependencies.into_keys().collect();
        out.push(package);
    }
}

/// Version 1. Depth is limited by the parser of JSON.
fn tree(entries: BTreeMap<String, Entry>, out: &mut Vec<plimsoll_model::Package>) {
    let mut open: Vec<(String, Entry)> = entries.into_iter().collect();
    while let Some((name, mut entry)) = open.pop() {
        let below = std::mem::take(&mut entry.dependencies);
        open.extend(below.into_iter().filter_map(|(name, value)| {
            serde_json::from_value::<Entry>(value).ok().map(|entry| (name, entry))
        }));
        let version = entry.version.as_deref().unwrap_or_default();
        // `npm:real@1.0` for an alias; an address for what does not come from the registry.
        let (name, version) = match version.strip_prefix("npm:").and_then(|v| v.rsplit_once('@')) {
            Some((real, version)) if !real.is_empty() => (real, version),
            _ if version.contains([':', '/']) => (name.as_str(), ""),
            _ => (name.as_str(), version),
        };
        let mut package = package(PackageKind::Npm, name, version, PackageEvidence::LockFile);
        if let Some(app) = &mut package.app {
            app.scope = entry.scope();
        }
        if let Value::Object(requires) = &entry.requires {
            package.depends = requires.keys().cloned().collect();
        }
        out.push(package);
    }
}
