//! `conda-meta/<name>-<version>-<build>.json`: a file for each package of a conda environment.

use plimsoll_model::{FileError, PackageEvidence, PackageKind};
use serde::Deserialize;

use crate::lang::{Found, json, package};

#[derive(Deserialize)]
struct Record {
    name: String,
    version: String,
    #[serde(default)]
    license: Option<String>,
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    requested_spec: Option<String>,
}

pub(super) fn read(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let record: Record = json(bytes)?;
    let mut package =
        package(PackageKind::Conda, &record.name, &record.version, PackageEvidence::Installed);
    package.licenses.extend(record.license.filter(|license| !license.is_empty()));
    let names = record.depends.iter().filter_map(|spec| spec.split_whitespace().next());
    package.depends = names.map(str::to_owned).collect();
    if record.requested_spec.is_some_and(|spec| !spec.is_empty() && spec != "None")
        && let Some(app) = &mut package.app
    {
        app.is_direct = Some(true);
    }
    found.push(package);
    Ok(())
}
