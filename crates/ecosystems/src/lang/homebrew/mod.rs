//! Homebrew: the receipts in its cellar.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "homebrew",
    name: "Homebrew",
    kinds: &[PackageKind::Brew],
    osv: &[],
    files: &[FileForm {
        name: "Cellar/*/*/INSTALL_RECEIPT.json",
        evidence: PackageEvidence::Installed,
        note: "name and version are those of the folders; no advisories are known for formulae",
    }],
};

fn role(path: &str) -> Option<(String, String)> {
    let mut parts = path.strip_suffix("/INSTALL_RECEIPT.json")?.rsplit('/');
    let (version, name, cellar) = (parts.next()?, parts.next()?, parts.next()?);
    (cellar == "Cellar").then(|| (name.to_owned(), version.to_owned()))
}

fn read(
    (name, version): (String, String),
    file: &LayerFile<'_>,
    found: &mut Found,
) -> Result<(), FileError> {
    let receipt: Value = json(file.bytes)?;
    let mut package = package(PackageKind::Brew, &name, &version, PackageEvidence::Installed);
    let needs = receipt.get("runtime_dependencies").and_then(Value::as_array).into_iter().flatten();
    package.depends =
        needs.filter_map(|d| Some(d.get("full_name")?.as_str()?.to_owned())).collect();
    if let Some(app) = &mut package.app {
        app.is_direct = receipt.get("installed_on_request").and_then(Value::as_bool);
    }
    found.push(package);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn a_formula_is_named_by_its_folders() {
        let path = "home/linuxbrew/.linuxbrew/Cellar/wget/1.21.3_1/INSTALL_RECEIPT.json";
        let text = r#"{"installed_on_request": true, "runtime_dependencies": [{"full_name": "openssl@3", "version": "3.0.7"}]}"#;
        let found = packages(&*language(), path, text);
        assert_eq!(names(&found), ["wget 1.21.3_1"]);
        assert_eq!(found[0].depends, ["openssl@3"]);
        assert_eq!(found[0].app.as_ref().unwrap().is_direct, Some(true));
    }
}
