//! C and C++ by Conan: the lock file, of both formats, and the information beside installed packages.

use plimsoll_model::{DependencyScope, FileError, LayerFile, PackageEvidence, PackageKind};
use serde_json::Value;

use super::{Description, FileForm, Found, Language, TextFiles, json, package};

/// The language.
pub(super) fn language() -> Box<dyn Language> {
    Box::new(TextFiles { description: &DESCRIPTION, version: 1, role, read })
}

static DESCRIPTION: Description = Description {
    id: "conan",
    name: "C, C++ (Conan)",
    kinds: &[PackageKind::Conan],
    osv: &["ConanCenter"],
    files: &[FileForm {
        name: "conan.lock",
        evidence: PackageEvidence::LockFile,
        note: "Conan 1 and 2",
    }],
};

fn role(path: &str) -> Option<()> {
    (path.rsplit('/').next() == Some("conan.lock")).then_some(())
}

fn read((): (), file: &LayerFile<'_>, found: &mut Found) -> Result<(), FileError> {
    let lock: Value = json(file.bytes)?;
    let mut add = |reference: &str, scope| {
        // `zlib/1.2.11@user/channel#revision%time`
        let Some((name, rest)) = reference.split_once('/') else { return };
        let version = rest.split(['@', '#', '%', ':']).next().unwrap_or_default();
        let mut package = package(PackageKind::Conan, name, version, PackageEvidence::LockFile);
        if let Some(app) = &mut package.app {
            app.scope = scope;
        }
        found.push(package);
    };
    for (key, scope) in [
        ("requires", DependencyScope::Runtime),
        ("build_requires", DependencyScope::Development),
        ("python_requires", DependencyScope::Development),
    ] {
        for reference in lock.get(key).and_then(Value::as_array).into_iter().flatten() {
            add(reference.as_str().unwrap_or_default(), scope);
        }
    }
    let nodes = lock.get("graph_lock").and_then(|graph| graph.get("nodes")?.as_object());
    for node in nodes.into_iter().flat_map(|nodes| nodes.values()) {
        let is_build = node.get("context").and_then(Value::as_str) == Some("build");
        let scope = if is_build { DependencyScope::Development } else { DependencyScope::Runtime };
        // The project itself has a reference without a version, or none.
        add(node.get("ref").and_then(Value::as_str).unwrap_or_default(), scope);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{names, packages};

    #[test]
    fn both_formats() {
        let two = r#"{"version": "0.5", "requires": ["zlib/1.2.11#0123%1", "openssl/1.1.1k@a/b"], "build_requires": ["cmake/3.20"]}"#;
        let found = packages(&*language(), "conan.lock", two);
        assert_eq!(names(&found), ["zlib 1.2.11", "openssl 1.1.1k", "cmake 3.20"]);
        assert_eq!(found[2].app.as_ref().unwrap().scope, DependencyScope::Development);
        let one = r#"{"graph_lock": {"nodes": {"0": {"options": ""}, "1": {"ref": "zlib/1.2.11", "context": "host"}}}}"#;
        assert_eq!(names(&packages(&*language(), "conan.lock", one)), ["zlib 1.2.11"]);
    }
}
