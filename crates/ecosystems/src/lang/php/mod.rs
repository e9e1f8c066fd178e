//! PHP: what Composer and PEAR write where they install, and Composer's lock file.

use plimsoll_model::{
    DependencyScope, FileError, LayerFile, Package, PackageEvidence, PackageKind,
};
use serde::Deserialize;
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package, set_required_by};

mod pear;
#[cfg(test)]
mod tests;

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "php",
    name: "PHP",
    kinds: &[PackageKind::Composer, PackageKind::Pear],
    osv: &["Packagist"],
    files: &[
        FileForm {
            name: "composer/installed.json",
            evidence: PackageEvidence::Installed,
            note: "Composer 1 and 2",
        },
        FileForm {
            name: ".registry/**/*.reg",
            evidence: PackageEvidence::Installed,
            note: "PEAR and PECL; no advisories are known for them",
        },
        FileForm { name: "composer.lock", evidence: PackageEvidence::LockFile, note: "" },
    ],
};

enum Role {
    Installed,
    Lock,
    Pear,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "installed.json" if folder.ends_with("composer") => Some(Role::Installed),
        "composer.lock" => Some(Role::Lock),
        _ if name.ends_with(".reg") => {
            folder.split('/').any(|part| part == ".registry").then_some(Role::Pear)
        }
        _ => None,
    }
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    match role {
        Role::Installed => installed(file.bytes, found),
        Role::Lock => lock(file.bytes, found),
        Role::Pear => pear::read(file.bytes, found),
    }
}

#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    license: Vec<String>,
    /// A map of names, or an empty list where there are none.
    #[serde(default)]
    require: Value,
}

/// Composer 1 wrote the list alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Installed {
    Two {
        packages: Vec<Row>,
        #[serde(default, rename = "dev-package-names")]
        dev: Vec<String>,
    },
    One(Vec<Row>),
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    packages: Vec<Row>,
    #[serde(default, rename = "packages-dev")]
    dev: Vec<Row>,
}

fn installed(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let (rows, dev) = match json(bytes)? {
        Installed::Two { packages, dev } => (packages, dev),
        Installed::One(packages) => (packages, Vec::new()),
    };
    let packages = rows.into_iter().map(|row| {
        let is_dev = dev.contains(&row.name);
        convert(row, is_dev, PackageEvidence::Installed)
    });
    finish(packages.collect(), found);
    Ok(())
}

fn lock(bytes: &[u8], found: &mut Found) -> Result<(), FileError> {
    let Lock { packages, dev } = json(bytes)?;
    let runtime = packages.into_iter().map(|row| convert(row, false, PackageEvidence::LockFile));
    let dev = dev.into_iter().map(|row| convert(row, true, PackageEvidence::LockFile));
    finish(runtime.chain(dev).collect(), found);
    Ok(())
}

fn convert(row: Row, is_dev: bool, evidence: PackageEvidence) -> Package {
    // A branch (`dev-master`) is no version that could be compared.
    let version = if row.version.starts_with("dev-") { "" } else { row.version.as_str() };
    let version = match version.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => version,
    };
    let mut package = package(PackageKind::Composer, &row.name, version, evidence);
    package.licenses = row.license;
    if let Value::Object(require) = row.require {
        // `php` and `ext-…` are the platform.
        package.depends =
            require.into_iter().map(|(name, _)| name).filter(|n| n.contains('/')).collect();
    }
    if let Some(app) = package.app.as_mut().filter(|_| is_dev) {
        app.scope = DependencyScope::Development;
    }
    package
}

fn finish(mut packages: Vec<Package>, found: &mut Found) {
    set_required_by(&mut packages);
    for mut package in packages {
        if let Some(app) = &mut package.app {
            app.is_direct = app.required_by.is_empty().then_some(true);
        }
        found.push(package);
    }
}
