//! Languages: one folder each, with the files that show an application's packages and how they are read.
//! A language turns the bytes of one file into packages. Which of them count in the finished image, and
//! which an operating-system package owns, is decided where layers are merged.

use std::fmt::Write as _;

use plimsoll_model::{Analyzer, PackageEvidence, PackageKind};

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
    vec![]
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
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

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
