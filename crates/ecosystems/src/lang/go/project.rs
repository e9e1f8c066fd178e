//! `go.mod` and `go.sum` (the Go Modules Reference).

use std::collections::BTreeMap;

use plimsoll_model::{Confidence, Package, PackageEvidence, PackageKind};

use super::modules::DEVEL;
use crate::{
    lang::{Found, package},
    pkgdb::Collector,
};

/// The modules that `go.mod` requires, with what replaces them.
#[must_use]
pub fn parse_go_mod(bytes: &[u8]) -> Collector {
    let text = String::from_utf8_lossy(bytes);
    let mut module = String::new();
    let mut required: Vec<(String, String, bool)> = Vec::new();
    let mut replaced: Vec<Replacement> = Vec::new();
    let mut block = "";
    for line in text.lines() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words: Vec<&str> = code.split_whitespace().collect();
        match words[..] {
            [] => continue,
            [")"] => {
                block = "";
                continue;
            }
            [verb, "("] => {
                block = verb;
                continue;
            }
            _ => {}
        }
        let verb = if block.is_empty() { words.remove(0) } else { block };
        let words: Vec<String> =
            words.iter().map(|word| word.trim_matches(['"', '`']).to_owned()).collect();
        match (verb, &words[..]) {
            ("module", [path]) => module.clone_from(path),
            ("require", [path, version]) => {
                let is_direct =
                    comment.trim() != "indirect" && !comment.trim().starts_with("indirect;");
                required.push((path.clone(), version.clone(), is_direct));
            }
            ("replace", words) => replaced.extend(Replacement::parse(words)),
            _ => {}
        }
    }
    let mut found = Found::default();
    for (path, version, is_direct) in required {
        let replacement = replaced
            .iter()
            .find(|r| r.path == path && r.version.as_ref().is_none_or(|v| *v == version));
        // A folder that stands in has no version.
        let (path, version) = match replacement {
            Some(Replacement { by, by_version: Some(version), .. }) => {
                (by.clone(), version.clone())
            }
            Some(_) => (path, DEVEL.to_owned()),
            None => (path, version),
        };
        let mut package = package(PackageKind::Golang, &path, &version, PackageEvidence::Manifest);
        if let Some(app) = &mut package.app {
            app.is_direct = Some(is_direct);
            if is_direct && !module.is_empty() {
                app.required_by.push(module.clone());
            }
        }
        found.push(package);
    }
    found.into_collector()
}

struct Replacement {
    path: String,
    version: Option<String>,
    by: String,
    by_version: Option<String>,
}

impl Replacement {
    /// `old [v1] => new [v2]`.
    fn parse(words: &[String]) -> Option<Self> {
        let arrow = words.iter().position(|word| word == "=>")?;
        let (old, new) = (&words[..arrow], &words[arrow + 1..]);
        Some(Self {
            path: old.first()?.clone(),
            version: old.get(1).cloned(),
            by: new.first()?.clone(),
            by_version: new.get(1).cloned(),
        })
    }
}

/// The modules whose content `go.sum` pins. It also lists versions that were weighed and not taken, so
/// nothing of it is certain.
#[must_use]
pub fn parse_go_sum(bytes: &[u8]) -> Collector {
    let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let mut words = line.split_whitespace();
        let (Some(path), Some(version), Some(_)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        // Only the project file of such a module was needed, not its code.
        if !version.ends_with("/go.mod") {
            modules.entry(path.to_owned()).or_default().push(version.to_owned());
        }
    }
    let mut found = Found::default();
    for (path, versions) in modules {
        for version in versions {
            let mut package: Package =
                package(PackageKind::Golang, &path, &version, PackageEvidence::LockFile);
            if let Some(app) = &mut package.app {
                app.confidence = Confidence::Medium;
            }
            found.push(package);
        }
    }
    found.into_collector()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GO_MOD: &str = "module example.org/app // a comment\n\ngo 1.22\n\nrequire golang.org/x/net v0.1.0\n\
        require (\n\tgithub.com/a/b v1.0.0\n\tgithub.com/c/d v1.2.0 // indirect\n\t\"github.com/e/f\" v2.0.0+incompatible\n)\n\
        replace github.com/a/b => github.com/x/b v1.0.1\nreplace (\n\tgithub.com/c/d v1.2.0 => ../d\n)\n\
        exclude github.com/e/f v1.0.0\n";

    #[test]
    fn requirements_with_what_replaces_them() {
        let (packages, problems) = parse_go_mod(GO_MOD.as_bytes()).into_parts();
        assert_eq!(problems, []);
        let rows: Vec<_> = packages
            .iter()
            .map(|p| (&p.name[..], &p.version[..], p.app.as_ref().unwrap().is_direct.unwrap()))
            .collect();
        assert_eq!(
            rows,
            [
                ("golang.org/x/net", "v0.1.0", true),
                ("github.com/x/b", "v1.0.1", true),
                ("github.com/c/d", DEVEL, false),
                ("github.com/e/f", "v2.0.0+incompatible", true),
            ]
        );
    }

    #[test]
    fn sums_of_project_files_do_not_count() {
        let text = "golang.org/x/net v0.1.0 h1:a=\ngolang.org/x/net v0.1.0/go.mod h1:b=\n\
            golang.org/x/text v0.3.0/go.mod h1:c=\n";
        let (packages, _) = parse_go_sum(text.as_bytes()).into_parts();
        let [net] = &packages[..] else { panic!("{packages:?}") };
        assert_eq!((net.name.as_str(), net.version.as_str()), ("golang.org/x/net", "v0.1.0"));
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text in "((require|replace|module|=>|\\(|\\)|//|v1|a/b|\"|\n) ?){0,40}") {
            let _ = parse_go_mod(text.as_bytes());
            let _ = parse_go_sum(text.as_bytes());
        }
    }
}
