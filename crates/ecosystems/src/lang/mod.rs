//! Languages: one folder each, with the files that show an application's packages and how they are read.
//! A language turns the bytes of one file into packages. Which of them count in the finished image, and
//! which an operating-system package owns, is decided where layers are merged.

mod beam;
mod conan;
mod dart;
mod dotnet;
pub mod go;
mod haskell;
mod homebrew;
pub mod java;
pub mod javascript;
mod julia;
mod lua;
pub mod nix;
mod perl;
mod php;
pub mod python;
mod r;
mod ruby;
pub mod rust;
mod sbom;
mod swift;
mod wordpress;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use plimsoll_model::{
    Analyzer, AnalyzerId, AppPackage, CappedText, Fact, FileError, FileMeta, Fingerprint,
    LayerFile, MAX_REQUIRED_BY, Package, PackageEvidence, PackageKind, Problem, ProblemKind, Want,
};
use serde::de::DeserializeOwned;

use crate::pkgdb::Collector;

/// Largest metadata or lock file that is read; the largest lock files of public projects stay below 10 MB.
pub const MAX_TEXT_FILE: u64 = 64 << 20;

/// Longest name or version; a longer one is no package's (npm allows 214 characters, PyPI 255).
const MAX_NAME: usize = 512;

/// Name of the marker that says where the Python package beside it was installed from (PEP 610).
pub const DIRECT_URL: &str = "python:direct-url";

/// What a language is: the source of its row in `docs/languages.md`.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Stable id, that of its analyser and folder: `python`.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Kinds of packages that it yields.
    pub kinds: &'static [PackageKind],
    /// Names of its ecosystems in OSV; empty where OSV has none.
    pub osv: &'static [&'static str],
    /// Files that it reads.
    pub files: &'static [FileForm],
}

/// One form of file that a language reads.
#[derive(Clone, Copy, Debug)]
pub struct FileForm {
    /// Its name, for people: `*.dist-info/METADATA`.
    pub name: &'static str,
    /// What a package found in it rests on.
    pub evidence: PackageEvidence,
    /// What is worth knowing: limits, what it does not say. Empty where nothing is.
    pub note: &'static str,
}

/// A language.
pub trait Language: Analyzer {
    /// What it is.
    fn describe(&self) -> &'static Description;
}

/// All languages, in alphabetical order of their ids.
#[must_use]
pub fn all() -> Vec<Box<dyn Language>> {
    vec![
        beam::language(),
        conan::language(),
        dart::language(),
        dotnet::language(),
        Box::new(go::Go),
        haskell::language(),
        homebrew::language(),
        Box::new(java::Java),
        Box::new(javascript::Javascript),
        julia::language(),
        lua::language(),
        nix::language(),
        perl::language(),
        php::language(),
        Box::new(python::Python),
        r::language(),
        ruby::language(),
        Box::new(rust::Rust),
        sbom::language(),
        swift::language(),
        wordpress::language(),
    ]
}

/// All of a text file, or only its head where it is too large: then parsing it says so.
pub(crate) fn whole(file: &FileMeta<'_>) -> Want {
    if file.size() > MAX_TEXT_FILE { Want::Prefix(0) } else { Want::Whole }
}

/// A language all of whose files are texts that are read whole and one by one.
pub(crate) struct TextFiles<R: 'static> {
    pub(crate) description: &'static Description,
    /// Raised whenever the same file gives other packages.
    pub(crate) version: u32,
    /// What a path stands for; `None` for what is not read.
    pub(crate) role: fn(&str) -> Option<R>,
    pub(crate) read: fn(R, &LayerFile<'_>, &mut Found) -> Result<(), FileError>,
}

impl<R> Language for TextFiles<R> {
    fn describe(&self) -> &'static Description {
        self.description
    }
}

impl<R> Analyzer for TextFiles<R> {
    fn id(&self) -> AnalyzerId {
        self.description.id
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: self.version, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        if (self.role)(file.path()).is_some() { whole(file) } else { Want::Skip }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let path = file.meta.path();
        let Some(role) = (self.role)(path) else { return Ok(()) };
        check_whole(file)?;
        let mut found = Found::default();
        (self.read)(role, file, &mut found)?;
        found.finish(path, out, problems);
        Ok(())
    }
}

/// Refuses a file that was too large to be read.
pub(crate) fn check_whole(file: &LayerFile<'_>) -> Result<(), FileError> {
    if file.meta.size() <= MAX_TEXT_FILE {
        return Ok(());
    }
    let size = file.meta.size();
    let message = format!("{size} bytes are over the limit of {MAX_TEXT_FILE} for such a file");
    Err(FileError { kind: ProblemKind::LimitReached, message })
}

/// An application's package.
pub(crate) fn package(
    kind: PackageKind,
    name: &str,
    version: &str,
    evidence: PackageEvidence,
) -> Package {
    let mut package = Package::new(kind, name, version);
    package.app = Some(Box::new(AppPackage { evidence, ..AppPackage::default() }));
    package
}

/// The packages of one file, under the limits of a package database.
#[derive(Debug, Default)]
pub(crate) struct Found(Collector);

impl Found {
    /// Adds a package, unless its name or version cannot be one.
    pub(crate) fn push(&mut self, package: Package) {
        let Package { name, version, depends, .. } = &package;
        let is_text =
            |text: &str| text.len() <= MAX_NAME && !text.contains(|c: char| c.is_control());
        if name.is_empty() || !is_text(name) || !is_text(version) {
            let name = CappedText(name.as_bytes(), 80);
            self.0.lost(format_args!("`{name}` cannot be the name and version of a package"));
            return;
        }
        let texts = depends.iter().chain(&package.licenses).map(String::len).sum::<usize>();
        if self.0.charge(name.len() + version.len() + texts) {
            self.0.push(package);
        }
    }

    /// Something of the file could not be read.
    pub(crate) fn lost(&mut self, what: &str) {
        self.0.lost(format_args!("{what}"));
    }

    /// What was found.
    pub(crate) fn into_collector(self) -> Collector {
        self.0
    }

    /// Adds the packages as one fact, where there are any, and the problems at `path`.
    pub(crate) fn finish(self, path: &str, out: &mut Vec<Fact>, problems: &mut Vec<Problem>) {
        if self.0.packages().is_empty() {
            let (_, found) = self.0.into_parts();
            problems.extend(found.into_iter().map(|problem| problem.at(path)));
        } else {
            self.0.finish(path, out, problems);
        }
    }
}

/// Reads JSON; nesting is limited by the parser (128 levels).
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FileError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| malformed("JSON", &error))
}

/// Reads TOML.
pub(crate) fn toml(bytes: &[u8]) -> Result<toml::Table, FileError> {
    let text = str::from_utf8(bytes).map_err(|error| malformed("UTF-8", &error))?;
    text.parse().map_err(|error| malformed("TOML", &error))
}

pub(crate) fn malformed(format: &str, error: &dyn std::fmt::Display) -> FileError {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    FileError::malformed(format!(
        "not the {format} it should be: {}",
        CappedText(line.as_bytes(), 160)
    ))
}

/// Says of each package of one lock file who depends on it, by the names in `depends`.
pub(crate) fn set_required_by(packages: &mut [Package]) {
    let mut wanted_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages.iter() {
        for name in &package.depends {
            let names = wanted_by.entry(name.clone()).or_default();
            if names.len() < MAX_REQUIRED_BY {
                names.insert(format!("{}@{}", package.name, package.version));
            }
        }
    }
    for package in packages {
        if let Some(names) = wanted_by.get(&package.name)
            && let Some(app) = &mut package.app
        {
            app.required_by = names.iter().cloned().collect();
        }
    }
}

/// `docs/languages.md`: the table of languages.
#[must_use]
pub fn table() -> String {
    let mut out = String::from(
        "# Languages\n\nWhich files show an application's packages. This page is written by \
         `PLIMSOLL_BLESS=1 cargo test -p plimsoll-ecosystems languages`.\n\n\
         | language | purl | OSV | file | evidence | note |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for language in all() {
        let Description { name, kinds, osv, files, .. } = language.describe();
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.purl_type()).collect();
        for FileForm { name: file, evidence, note } in *files {
            let evidence = match evidence {
                PackageEvidence::Installed => "installed",
                PackageEvidence::BuildInfo => "build information",
                PackageEvidence::Classifier => "classifier",
                PackageEvidence::Digest => "digest",
                PackageEvidence::FileName => "file name",
                PackageEvidence::Sbom => "SBOM",
                PackageEvidence::LockFile => "lock file",
                PackageEvidence::Manifest => "manifest",
            };
            let _ = writeln!(
                out,
                "| {name} | {} | {} | `{file}` | {evidence} | {note} |",
                kinds.join(", "),
                osv.join(", "),
            );
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{fs, path::Path};

    use plimsoll_model::{EntryKind, PathEntry};

    use super::*;

    /// A file as an analyser gets it.
    pub(crate) fn file<'a>(path: &'a str, bytes: &'a [u8]) -> LayerFile<'a> {
        let entry = PathEntry {
            path,
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: bytes.len() as u64,
            target: "",
        };
        LayerFile { meta: FileMeta { entry }, bytes }
    }

    /// Facts and problems of a file that `language` wants.
    pub(crate) fn analyze(
        language: &dyn Language,
        path: &str,
        bytes: &[u8],
    ) -> Result<(Vec<Fact>, Vec<Problem>), FileError> {
        let file = file(path, bytes);
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        if language.wants(&file.meta, bytes.get(..512).unwrap_or(bytes)) != Want::Skip {
            language.analyze(&file, &mut facts, &mut problems)?;
        }
        Ok((facts, problems))
    }

    /// The packages of a text that `language` can read without a problem.
    #[track_caller]
    pub(crate) fn packages(language: &dyn Language, path: &str, text: &str) -> Vec<Package> {
        let (facts, problems) = analyze(language, path, text.as_bytes()).unwrap();
        assert_eq!(problems, []);
        let packages = facts.into_iter().flat_map(|fact| match fact {
            Fact::Packages(packages) => packages,
            _ => Vec::new(),
        });
        packages.collect()
    }

    /// `name version` of each.
    pub(crate) fn names(packages: &[Package]) -> Vec<String> {
        packages.iter().map(|p| format!("{} {}", p.name, p.version)).collect()
    }

    #[test]
    fn every_folder_is_listed_and_the_ids_are_in_order() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lang");
        let folders: BTreeSet<String> = fs::read_dir(here)
            .unwrap()
            .map(Result::unwrap)
            .filter(|e| e.file_type().unwrap().is_dir())
            .map(|e| e.file_name().into_string().unwrap())
            .collect();
        let ids: Vec<&str> = all().iter().map(|language| language.describe().id).collect();
        assert_eq!(ids, folders.iter().map(String::as_str).collect::<Vec<_>>());
        for language in all() {
            assert_eq!(language.id(), language.describe().id);
        }
    }

    #[test]
    fn the_page_of_languages_is_current() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/languages.md");
        if std::env::var_os("PLIMSOLL_BLESS").is_some() {
            fs::write(&page, table()).unwrap();
        }
        let written = fs::read_to_string(&page).unwrap_or_default();
        assert!(
            written == table(),
            "docs/languages.md is stale: PLIMSOLL_BLESS=1 cargo test -p plimsoll-ecosystems languages"
        );
    }
}
