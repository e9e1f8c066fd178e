//! Swift: the package manager's `Package.resolved`, versions 1 to 3.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};
use serde::Deserialize;

use super::{Description, FileForm, Found, Language, TextFiles, json, package};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "swift",
    name: "Swift",
    kinds: &[PackageKind::Swift],
    osv: &["SwiftURL"],
    files: &[FileForm {
        name: "Package.resolved",
        evidence: PackageEvidence::LockFile,
        note: "a package is named by the address of its repository, as in OSV",
    }],
};

#[derive(Deserialize)]
struct Resolved {
    #[serde(default)]
    pins: Vec<Pin>,
    object: Option<Object>,
}

/// Version 1.
#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    pins: Vec<Pin>,
}

#[derive(Deserialize)]
struct Pin {
    #[serde(alias = "repositoryURL")]
    location: String,
    state: State,
}

#[derive(Deserialize)]
struct State {
    version: Option<String>,
}

fn role(path: &str) -> Option<()> {
    (path.rsplit('/').next() == Some("Package.resolved")).then_some(())
}

fn read((): (), file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let resolved: Resolved = json(file.bytes)?;
    for pin in resolved.pins.into_iter().chain(resolved.object.into_iter().flat_map(|o| o.pins)) {
        let name = pin.location.rsplit("://").next().unwrap_or_default();
        let name = name.rsplit('@').next().unwrap_or_default().replacen(':', "/", 1);
        let name = name.strip_suffix(".git").unwrap_or(&name);
        // A branch or commit has no version.
        let version = pin.state.version.unwrap_or_default();
        found.push(package(PackageKind::Swift, name, &version, PackageEvidence::LockFile));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn all_versions() {
        let two = r#"{"pins": [{"identity": "swift-nio", "kind": "remoteSourceControl",
            "location": "https://github.com/apple/swift-nio.git", "state": {"revision": "0", "version": "2.40.0"}}], "version": 2}"#;
        let one = r#"{"object": {"pins": [{"package": "x", "repositoryURL": "git@github.com:a/x.git",
            "state": {"branch": "main", "revision": "0", "version": null}}]}, "version": 1}"#;
        assert_eq!(
            names(&packages(&*language(), "Package.resolved", two)),
            ["github.com/apple/swift-nio 2.40.0"]
        );
        assert_eq!(names(&packages(&*language(), "Package.resolved", one)), ["github.com/a/x "]);
    }
}
