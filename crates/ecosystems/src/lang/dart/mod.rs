//! Dart: the lock file of Pub. Compiled programs do not name what they are made of.

use plimsoll_model::{DependencyScope, FileError, LayerFile, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, package, yaml};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "dart",
    name: "Dart",
    kinds: &[PackageKind::Pub],
    osv: &["Pub"],
    files: &[FileForm { name: "pubspec.lock", evidence: PackageEvidence::LockFile, note: "" }],
};

fn role(path: &str) -> Option<()> {
    (path.rsplit('/').next() == Some("pubspec.lock")).then_some(())
}

fn read((): (), file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let lock = yaml::parse(file.bytes)?;
    for (name, entry) in lock.get("packages").and_then(Value::as_object).into_iter().flatten() {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        // The SDK's own libraries have no version of their own.
        if text("source") == "sdk" {
            continue;
        }
        let mut package =
            package(PackageKind::Pub, name, text("version"), PackageEvidence::LockFile);
        if let Some(app) = &mut package.app {
            app.is_direct = Some(text("dependency").starts_with("direct"));
            if text("dependency") == "direct dev" {
                app.scope = DependencyScope::Development;
            }
        }
        found.push(package);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn pubs_lock_file() {
        let text = "packages:\n  http:\n    dependency: \"direct main\"\n    source: hosted\n    version: \"0.13.0\"\n  flutter:\n    \
                    source: sdk\n    version: \"0.0.0\"\n  test:\n    dependency: \"direct dev\"\n    version: \"1.20\"\n";
        let found = packages(&*language(), "app/pubspec.lock", text);
        assert_eq!(names(&found), ["http 0.13.0", "test 1.20"]);
        assert_eq!(found[1].app.as_ref().unwrap().scope, DependencyScope::Development);
    }
}
