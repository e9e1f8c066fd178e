//! .NET: the dependency files that `dotnet publish` and the runtime bring, and NuGet's lock files.

use std::collections::BTreeMap;

use plimsoll_model::{FileError, LayerFile, Package, PackageEvidence, PackageKind};
use serde::Deserialize;
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package, set_required_by};

#[cfg(test)]
mod tests;

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "dotnet",
    name: ".NET",
    kinds: &[PackageKind::Nuget],
    osv: &["NuGet"],
    files: &[
        FileForm {
            name: "*.deps.json",
            evidence: PackageEvidence::Installed,
            note: "of programs and of the shared runtime, whose own packages bear the runtime's version",
        },
        FileForm { name: "packages.lock.json", evidence: PackageEvidence::LockFile, note: "" },
        FileForm { name: "packages.config", evidence: PackageEvidence::Manifest, note: "" },
    ],
};

enum Role {
    Deps,
    Lock,
    Config,
}

fn role(path: &str) -> Option<Role> {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "packages.lock.json" => Some(Role::Lock),
        "packages.config" => Some(Role::Config),
        _ => name.ends_with(".deps.json").then_some(Role::Deps),
    }
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    match role {
        Role::Deps => deps(file.bytes, found),
        Role::Lock => lock(file.bytes, found),
        Role::Config => {
            config(file.bytes, found);
            Ok(())
        }
    }
}

#[derive(Deserialize)]
struct Deps {
    #[serde(default)]
    libraries: BTreeMap<String, Library>,
    #[serde(default)]
    targets: BTreeMap<String, BTreeMap<String, Target>>,
}

#[derive(Deserialize)]
struct Library {
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct Target {
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
}

fn deps(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let deps: Deps = json(bytes)?;
    let mut packages: Vec<Package> = Vec::new();
    let mut projects: Vec<String> = Vec::new();
    let needs = |key: &str| {
        let targets = deps.targets.values().filter_map(|target| target.get(key));
        let names = targets.flat_map(|target| target.dependencies.keys().cloned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.dedup();
        names
    };
    for (key, library) in &deps.libraries {
        let Some((name, version)) = key.split_once('/') else { continue };
        if library.kind.eq_ignore_ascii_case("project") {
            projects.extend(needs(key));
            continue;
        }
        // What a self-contained program carries of the runtime.
        let name = name.strip_prefix("runtimepack.").unwrap_or(name);
        let mut package = package(PackageKind::Nuget, name, version, PackageEvidence::Installed);
        package.depends = needs(key);
        packages.push(package);
    }
    set_required_by(&mut packages);
    for mut package in packages {
        if let Some(app) = package.app.as_mut().filter(|_| !projects.is_empty()) {
            app.is_direct = Some(projects.contains(&package.name));
        }
        found.push(package);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    dependencies: BTreeMap<String, BTreeMap<String, Locked>>,
}

#[derive(Deserialize)]
struct Locked {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    resolved: String,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
}

fn lock(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let lock: Lock = json(bytes)?;
    // A package stands under each target framework.
    let mut packages: BTreeMap<(String, String), Package> = BTreeMap::new();
    for (name, locked) in lock.dependencies.into_values().flatten() {
        if locked.kind.eq_ignore_ascii_case("project") {
            continue;
        }
        let mut package =
            package(PackageKind::Nuget, &name, &locked.resolved, PackageEvidence::LockFile);
        package.depends = locked.dependencies.into_keys().collect();
        if let Some(app) = &mut package.app {
            app.is_direct = Some(locked.kind.eq_ignore_ascii_case("direct"));
        }
        packages.entry((name, locked.resolved)).or_insert(package);
    }
    let mut packages: Vec<Package> = packages.into_values().collect();
    set_required_by(&mut packages);
    packages.into_iter().for_each(|package| found.push(package));
    Ok(())
}

/// `<package id="…" version="…" />`: flat XML whose only elements are these.
fn config(bytes: &[u8], found: &mut Found) {
    let text = String::from_utf8_lossy(bytes);
    for element in text.split("<package ").skip(1) {
        let element = element.split('>').next().unwrap_or_default();
        if let (Some(id), Some(version)) = (attribute(element, "id"), attribute(element, "version"))
        {
            found.push(package(PackageKind::Nuget, id, version, PackageEvidence::Manifest));
        }
    }
}

fn attribute<'t>(element: &'t str, name: &str) -> Option<&'t str> {
    let at = element.match_indices(name).find(|(at, _)| {
        let before = element.as_bytes().get(at.wrapping_sub(1));
        before.is_none_or(u8::is_ascii_whitespace)
    });
    let rest = element.get(at?.0 + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split(quote).next()
}
