//! R: the `DESCRIPTION` of installed packages, and renv's lock file.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "r",
    name: "R",
    kinds: &[PackageKind::Cran],
    osv: &["CRAN", "Bioconductor"],
    files: &[
        FileForm {
            name: "library/*/DESCRIPTION, site-library/*/DESCRIPTION",
            evidence: PackageEvidence::Installed,
            note: "",
        },
        FileForm { name: "renv.lock", evidence: PackageEvidence::LockFile, note: "" },
    ],
};

enum Role {
    Installed,
    Lock,
}

fn role(path: &str) -> Option<Role> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "DESCRIPTION" => {
            let library = folder.rsplit('/').nth(1)?;
            library.ends_with("library").then_some(Role::Installed)
        }
        "renv.lock" => Some(Role::Lock),
        _ => None,
    }
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    if let Role::Lock = role {
        let lock: Value = json(file.bytes)?;
        for entry in
            lock.get("Packages").and_then(Value::as_object).into_iter().flat_map(|m| m.values())
        {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let evidence = PackageEvidence::LockFile;
            found.push(package(PackageKind::Cran, text("Package"), text("Version"), evidence));
        }
        return Ok(());
    }
    // Debian's control syntax: a field in each line, folded lines begin with a space.
    let text = String::from_utf8_lossy(file.bytes);
    let field = |key: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        value.map(str::trim).filter(|value| !value.is_empty())
    };
    let (Some(name), Some(version)) = (field("Package"), field("Version")) else {
        return Err(FileError::malformed(
            "no package and version in the DESCRIPTION of an R package",
        ));
    };
    let mut package = package(PackageKind::Cran, name, version, PackageEvidence::Installed);
    package.licenses.extend(field("License").map(str::to_owned));
    found.push(package);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{analyze, names, packages};

    #[test]
    fn installed_and_locked() {
        let text = "Package: curl\nType: Package\nVersion: 4.3.2\nLicense: MIT + file LICENSE\nDescription: x\n  Version: 9\n";
        let found = packages(&*language(), "usr/lib/R/site-library/curl/DESCRIPTION", text);
        assert_eq!(names(&found), ["curl 4.3.2"]);
        assert_eq!(found[0].licenses, ["MIT + file LICENSE"]);
        assert!(analyze(&*language(), "usr/lib/R/library/x/DESCRIPTION", b"x").is_err());
        let text = r#"{"R": {"Version": "4.1"}, "Packages": {"curl": {"Package": "curl", "Version": "4.3.2"}}}"#;
        assert_eq!(names(&packages(&*language(), "renv.lock", text)), ["curl 4.3.2"]);
    }
}
