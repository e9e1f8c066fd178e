//! `yarn.lock` (a format of its own until yarn 1, YAML since), yarn's cache, and `bun.lock` (JSON with
//! trailing commas).

use plimsoll_model::{Confidence, FileError, PackageEvidence, PackageKind};
use serde_json::Value;

use crate::lang::{Found, json, package, set_required_by, yaml};

pub(super) fn yarn(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let text = str::from_utf8(bytes).map_err(|error| crate::lang::malformed("UTF-8", &error))?;
    let mut packages = Vec::new();
    if text.contains("\n__metadata:") {
        berry(&yaml::parse(bytes)?, &mut packages);
    } else {
        classic(text, &mut packages);
    }
    set_required_by(&mut packages);
    packages.into_iter().for_each(|package| found.push(package));
    Ok(())
}

/// Blocks of `"name@range", "name@range":` with indented `key "value"` lines.
fn classic(text: &str, out: &mut Vec<plimsoll_model::Package>) {
    let mut name: Option<&str> = None;
    let mut in_dependencies = false;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        match indent {
            0 => {
                in_dependencies = false;
                let first = line.trim_end_matches(':').split(", ").next().unwrap_or_default();
                let first = first.trim_matches('"');
                name = split_descriptor(first).map(|(name, range)| {
                    // An alias: `name@npm:real@range`.
                    range
                        .strip_prefix("npm:")
                        .and_then(split_descriptor)
                        .map_or(name, |(real, _)| real)
                });
            }
            2 => {
                in_dependencies = matches!(line, "dependencies:" | "optionalDependencies:");
                if let (Some(name), Some(version)) = (name, line.strip_prefix("version ")) {
                    let version = version.trim_matches('"');
                    out.push(package(PackageKind::Npm, name, version, PackageEvidence::LockFile));
                }
            }
            _ if in_dependencies => {
                let name = match line.strip_prefix('"') {
                    Some(quoted) => quoted.split('"').next(),
                    None => line.split(' ').next(),
                };
                if let (Some(name), Some(package)) = (name, out.last_mut()) {
                    package.depends.push(name.to_owned());
                }
            }
            _ => {}
        }
    }
}

fn berry(lock: &Value, out: &mut Vec<plimsoll_model::Package>) {
    for entry in lock.as_object().into_iter().flat_map(|map| map.values()) {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let Some((name, range)) = text("resolution").and_then(split_descriptor) else { continue };
        // The project's own workspaces, and patched or linked copies of packages that have their own entry.
        if range.starts_with("workspace:")
            || range.starts_with("patch:")
            || range.starts_with("link:")
        {
            continue;
        }
        let version = text("version").filter(|_| range.starts_with("npm:")).unwrap_or_default();
        let mut package = package(PackageKind::Npm, name, version, PackageEvidence::LockFile);
        if let Some(map) = entry.get("dependencies").and_then(Value::as_object) {
            package.depends = map.keys().cloned().collect();
        }
        out.push(package);
    }
}

/// `@scope/name@range`.
fn split_descriptor(text: &str) -> Option<(&str, &str)> {
    let at = text.get(1..)?.find('@')? + 1;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// `@scope-name-npm-1.2.3-0123456789-8.zip`: name, version, and two digests.
pub(super) fn yarn_cache(file_name: &str, found: &mut Found) {
    let stem = file_name.strip_suffix(".zip").unwrap_or(file_name);
    let Some((name, rest)) = stem.split_once("-npm-") else { return };
    let mut parts = rest.rsplitn(3, '-');
    let (_, _, Some(version)) = (parts.next(), parts.next(), parts.next()) else { return };
    let scoped = name.strip_prefix('@').and_then(|name| name.split_once('-'));
    let name = scoped.map_or_else(|| name.to_owned(), |(scope, name)| format!("@{scope}/{name}"));
    let mut package = package(PackageKind::Npm, &name, version, PackageEvidence::FileName);
    if let Some(app) = &mut package.app {
        // A scope with a hyphen cannot be told from one without.
        app.confidence = if scoped.is_some() { Confidence::Low } else { Confidence::Medium };
    }
    found.push(package);
}

/// `"packages": {"key": ["name@1.0", "registry", {"dependencies": {…}}, "sha512-…"]}`.
pub(super) fn bun(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let lock: Value = json(&without_trailing_commas(bytes))?;
    let mut packages = Vec::new();
    for entry in
        lock.get("packages").and_then(Value::as_object).into_iter().flat_map(|m| m.values())
    {
        let first = entry.get(0).and_then(Value::as_str).and_then(split_descriptor);
        let Some((name, version)) = first else { continue };
        if version.starts_with("workspace:") {
            continue;
        }
        let version = if version.contains([':', '/']) { "" } else { version };
        let mut package = package(PackageKind::Npm, name, version, PackageEvidence::LockFile);
        let info = entry.as_array().into_iter().flatten().find(|value| value.is_object());
        if let Some(map) = info.and_then(|info| info.get("dependencies")?.as_object()) {
            package.depends = map.keys().cloned().collect();
        }
        packages.push(package);
    }
    set_required_by(&mut packages);
    packages.into_iter().for_each(|package| found.push(package));
    Ok(())
}

/// JSON out of bun's JSON: commas before a closing bracket are left out.
fn without_trailing_commas(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let (mut in_text, mut escaped) = (false, false);
    for &byte in bytes {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            in_text = true;
        } else if matches!(byte, b'}' | b']') {
            let end = out.iter().rposition(|b| !b.is_ascii_whitespace());
            if let Some(end) = end.filter(|end| out.get(*end) == Some(&b',')) {
                out.truncate(end);
            }
        }
        out.push(byte);
    }
    out
}
