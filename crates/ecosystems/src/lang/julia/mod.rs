//! Julia: `Manifest.toml`, of both formats.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};
use toml::{Table, Value};

use super::{Description, FileForm, Found, Language, TextFiles, package, set_required_by, toml};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "julia",
    name: "Julia",
    kinds: &[PackageKind::Julia],
    osv: &["Julia"],
    files: &[FileForm {
        name: "Manifest.toml, JuliaManifest.toml",
        evidence: PackageEvidence::LockFile,
        note: "standard libraries have no version in it and are left out",
    }],
};

fn role(path: &str) -> Option<()> {
    let name = path.rsplit('/').next().unwrap_or_default();
    matches!(name, "Manifest.toml" | "JuliaManifest.toml").then_some(())
}

fn read((): (), file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let manifest = toml(file.bytes)?;
    // Format 2 has a table `deps`, format 1 the packages at the top.
    let packages: &Table = match manifest.get("deps") {
        Some(Value::Table(table)) => table,
        _ => &manifest,
    };
    let mut all = Vec::new();
    for (name, entries) in packages {
        for entry in entries.as_array().into_iter().flatten().filter_map(Value::as_table) {
            let Some(version) = entry.get("version").and_then(Value::as_str) else { continue };
            let mut package = package(PackageKind::Julia, name, version, PackageEvidence::LockFile);
            package.depends = match entry.get("deps") {
                Some(Value::Array(list)) => {
                    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
                }
                Some(Value::Table(table)) => table.keys().cloned().collect(),
                _ => Vec::new(),
            };
            all.push(package);
        }
    }
    set_required_by(&mut all);
    all.into_iter().for_each(|package| found.push(package));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn both_formats() {
        let two = "manifest_format = \"2.0\"\n[[deps.HTTP]]\ndeps = [\"URIs\", \"Dates\"]\nuuid = \"0\"\nversion = \"1.0.0\"\n\
                   [[deps.URIs]]\nversion = \"1.4.0\"\n[[deps.Dates]]\nuuid = \"0\"\n";
        let found = packages(&*language(), "Manifest.toml", two);
        assert_eq!(names(&found), ["HTTP 1.0.0", "URIs 1.4.0"]);
        assert_eq!(found[1].app.as_ref().unwrap().required_by, ["HTTP@1.0.0"]);
        let one = "[[JSON]]\nversion = \"0.21.1\"\n";
        assert_eq!(names(&packages(&*language(), "JuliaManifest.toml", one)), ["JSON 0.21.1"]);
    }
}
