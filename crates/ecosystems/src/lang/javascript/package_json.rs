//! `package.json` of an installed package.

use plimsoll_model::{Confidence, FileError, PackageEvidence, PackageKind};
use serde::Deserialize;
use serde_json::Value;

use crate::lang::{Found, json, package};

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    name: Value,
    #[serde(default)]
    version: Value,
    #[serde(default)]
    private: Value,
    #[serde(default)]
    license: Value,
    #[serde(default)]
    licenses: Value,
    #[serde(default)]
    dependencies: Value,
}

/// Reads a `package.json`; `installed` where its place says that it is a package.
pub(super) fn read(
    bytes: &[u8],
    path: &str,
    installed: bool,
    found: &mut Found,
) -> Result<(), FileError> {
    let manifest: Manifest = match json(bytes) {
        Ok(manifest) => manifest,
        // Outside of `node_modules` templates and test files bear this name too: not being JSON, they are
        // no package's.
        Err(_) if !installed => return Ok(()),
        Err(error) => return Err(error),
    };
    let (name, version) = (text(&manifest.name), text(&manifest.version));
    if !installed && (name.is_none() || version.is_none() || manifest.private == Value::Bool(true))
    {
        return Ok(());
    }
    let Some(name) = name.or_else(|| folder_name(path).filter(|_| version.is_some())) else {
        return Ok(());
    };
    let version = version.unwrap_or_default();
    // npm takes `v1.2.3` and `=1.2.3` for 1.2.3.
    let version = version.trim().trim_start_matches(['v', '=']);
    let mut package = package(PackageKind::Npm, name, version, PackageEvidence::Installed);
    if let Some(app) = package.app.as_mut().filter(|_| !installed) {
        app.confidence = Confidence::Medium;
    }
    package.licenses = licenses(&manifest);
    if let Value::Object(dependencies) = manifest.dependencies {
        package.depends = dependencies.into_iter().map(|(name, _)| name).collect();
    }
    found.push(package);
    Ok(())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// `@scope/name` or `name`, out of the folders.
fn folder_name(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/package.json")?;
    let start = folder.rfind("node_modules/")? + "node_modules/".len();
    folder.get(start..)
}

/// `"license": "MIT"`, `{"type": "MIT"}`, and the list of such that npm gave up long ago.
fn licenses(manifest: &Manifest) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(name) => Some(name.clone()),
        Value::Object(map) => map.get("type").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    match (&manifest.license, &manifest.licenses) {
        (Value::Null, Value::Array(list)) => list.iter().filter_map(one).collect(),
        (Value::Null, value) | (value, _) => one(value).into_iter().collect(),
    }
}
