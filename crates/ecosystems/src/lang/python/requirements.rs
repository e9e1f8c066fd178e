//! pip's requirements files. Only exact pins name a version.

use plimsoll_model::{PackageEvidence, PackageKind};

use super::metadata::requirement_name;
use crate::lang::{Found, package};

pub(super) fn read(bytes: &[u8], found: &mut Found) {
    let text = String::from_utf8_lossy(bytes);
    let mut logical = String::new();
    for line in text.lines() {
        let line = match line.strip_suffix('\\') {
            Some(open) => {
                logical.push_str(open);
                logical.push(' ');
                continue;
            }
            None if logical.is_empty() => line,
            None => {
                logical.push_str(line);
                logical.as_str()
            }
        };
        requirement(line, found);
        logical.clear();
    }
    requirement(&logical, found);
}

fn requirement(line: &str, found: &mut Found) {
    // A comment starts at the line's start or behind a space; `#egg=` of an address does not.
    let line = if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or_default() };
    let line = line.trim();
    if line.is_empty() || line.starts_with('-') {
        return;
    }
    let line = line.split(';').next().unwrap_or_default();
    let line = line.split(" --").next().unwrap_or_default();
    let Some(name) = requirement_name(line) else { return };
    let rest = line.get(name.len()..).unwrap_or_default().trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest).trim_start(),
        None => rest,
    };
    let pinned = rest.strip_prefix("===").or_else(|| rest.strip_prefix("=="));
    let Some(version) = pinned.map(str::trim) else { return };
    if version.is_empty() || version.contains(['*', ',', ' ']) {
        return;
    }
    let mut package = package(PackageKind::Pypi, &name, version, PackageEvidence::Manifest);
    if let Some(app) = &mut package.app {
        // `pip freeze` and pip-compile write transitive ones too: nothing tells them apart.
        app.is_direct = None;
    }
    found.push(package);
}
