//! Core metadata: headers as in an e-mail, the description behind an empty line.

use plimsoll_model::{FileError, PackageEvidence, PackageKind};
use serde::Deserialize;

use crate::lang::{Found, package};

/// Reads `METADATA`, `PKG-INFO` or a file `*.egg-info`.
pub(super) fn read(bytes: &[u8], path: &str, found: &mut Found) -> Result<(), FileError> {
    let text = String::from_utf8_lossy(bytes);
    let (mut name, mut version) = (None, None);
    let (mut licenses, mut expression, mut depends) = (Vec::new(), None, Vec::new());
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t']))
        else {
            continue;
        };
        let value = value.trim();
        if value.is_empty() || value == "UNKNOWN" {
            continue;
        }
        match key {
            "Name" => name = name.or(Some(value)),
            "Version" => version = version.or(Some(value)),
            "License-Expression" => expression = Some(value),
            // A licence's whole text may stand here: only a name is of use.
            "License" if value.len() <= 80 => licenses.push(value.to_owned()),
            "Requires-Dist" => depends.extend(requirement_name(value)),
            _ => {}
        }
    }
    let Some(name) = name else {
        // Debian's and others' egg-info can be an empty file; its name then says as much.
        if bytes.is_empty() {
            return from_name(path, found);
        }
        return Err(FileError::malformed("no `Name` in the metadata of a Python package"));
    };
    let version = version.unwrap_or_default();
    let mut package = package(PackageKind::Pypi, name, version, PackageEvidence::Installed);
    if let Some(expression) = expression {
        licenses = vec![expression.to_owned()];
    }
    package.licenses = licenses;
    depends.sort();
    depends.dedup();
    package.depends = depends;
    found.push(package);
    Ok(())
}

/// `name-1.0-py3.11.egg-info`.
fn from_name(path: &str, found: &mut Found) -> Result<(), FileError> {
    let part = path.rsplit('/').find(|part| part.ends_with(".egg-info")).unwrap_or_default();
    let mut parts = part.trim_end_matches(".egg-info").split('-');
    match (parts.next(), parts.next()) {
        (Some(name), Some(version)) if !name.is_empty() => {
            found.push(package(PackageKind::Pypi, name, version, PackageEvidence::FileName));
            Ok(())
        }
        _ => Err(FileError::malformed("an empty egg-info whose name has no version")),
    }
}

/// The name of `name[extra]>=1.0; marker`; `None` for what only an extra asks for.
pub(super) fn requirement_name(text: &str) -> Option<String> {
    let (text, marker) = text.split_once(';').unwrap_or((text, ""));
    if marker.split(|c: char| !c.is_alphanumeric()).any(|word| word == "extra") {
        return None;
    }
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(text.len());
    text.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// PEP 610.
#[derive(Deserialize)]
struct DirectUrl {
    url: String,
    vcs_info: Option<VcsInfo>,
    dir_info: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct VcsInfo {
    vcs: String,
    commit_id: String,
}

/// Where a package was installed from, in pip's own words: `git+https://…@commit`.
pub(super) fn direct_url(bytes: &[u8]) -> Result<String, FileError> {
    let read: DirectUrl = crate::lang::json(bytes)?;
    // Credentials belong to no report.
    let url = match read.url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(host);
            let authority = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{authority}{path}")
        }
        None => read.url,
    };
    Ok(match (read.vcs_info, read.dir_info) {
        (Some(vcs), _) => format!("{}+{url}@{}", vcs.vcs, vcs.commit_id),
        (None, Some(_)) => format!("folder {url}"),
        (None, None) => url,
    })
}
