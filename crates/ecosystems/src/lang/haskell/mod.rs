//! Haskell: the lock files of Stack and Cabal.

use plimsoll_model::{FileError, LayerFile, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, package, yaml};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "haskell",
    name: "Haskell",
    kinds: &[PackageKind::Hackage],
    osv: &["Hackage"],
    files: &[
        FileForm {
            name: "stack.yaml.lock",
            evidence: PackageEvidence::LockFile,
            note: "packages outside of the snapshot, which names its own by a digest only",
        },
        FileForm { name: "cabal.project.freeze", evidence: PackageEvidence::LockFile, note: "" },
    ],
};

enum Role {
    Stack,
    Cabal,
}

fn role(path: &str) -> Option<Role> {
    match path.rsplit('/').next()? {
        "stack.yaml.lock" => Some(Role::Stack),
        "cabal.project.freeze" => Some(Role::Cabal),
        _ => None,
    }
}

fn read(role: Role, file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let mut add = |name: &str, version: &str| {
        found.push(package(PackageKind::Hackage, name, version, PackageEvidence::LockFile));
    };
    match role {
        Role::Stack => {
            let lock = yaml::parse(file.bytes)?;
            for entry in lock.get("packages").and_then(Value::as_array).into_iter().flatten() {
                // `hackage: name-1.2.3@sha256:…,size`
                let completed = entry.get("completed").and_then(|c| c.get("hackage")?.as_str());
                let name = completed.and_then(|text| text.split('@').next()?.rsplit_once('-'));
                if let Some((name, version)) = name {
                    add(name, version);
                }
            }
        }
        Role::Cabal => {
            // `constraints: any.aeson ==2.0.3.0,`, one in each line.
            for line in String::from_utf8_lossy(file.bytes).lines() {
                let Some((_, pin)) = line.split_once("any.") else { continue };
                if let Some((name, version)) = pin.split_once("==") {
                    add(name.trim(), version.trim().trim_end_matches(','));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn stack_and_cabal() {
        let text = "packages:\n- completed:\n    hackage: aeson-better-errors-0.9.1.0@sha256:00,1\n  original:\n    hackage: x\nsnapshots: []\n";
        assert_eq!(
            names(&packages(&*language(), "stack.yaml.lock", text)),
            ["aeson-better-errors 0.9.1.0"]
        );
        let text = "active-repositories: hackage.haskell.org:merge\nconstraints: any.aeson ==2.0.3.0,\n             aeson -cffi,\n             any.text ==1.2\n";
        assert_eq!(
            names(&packages(&*language(), "cabal.project.freeze", text)),
            ["aeson 2.0.3.0", "text 1.2"]
        );
    }
}
