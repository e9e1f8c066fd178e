//! Software that was put into an image without a package manager, as official images do: told by a text that
//! only that program carries. A rule is data: under which names the file goes, and what stands before (or
//! behind) its version.
//!
//! A file that a system package owns is judged by its distribution and set aside where layers are merged.

mod cpe;
mod programs;
mod search;
mod texts;

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    sync::LazyLock,
};

use plimsoll_model::{
    Analyzer, Confidence, Fact, FileError, FileMeta, Fingerprint, LayerFile, PackageEvidence,
    PackageKind, Problem, Want,
};

pub use cpe::by_cpe;

use crate::lang::package;

/// Largest program that is searched: the largest of them, Node.js, has about 100 MB.
pub const MAX_PROGRAM: u64 = 192 << 20;

/// Largest text file that is searched.
pub const MAX_TEXT: usize = 1 << 20;

/// One program and how it shows its version.
#[derive(Clone, Copy, Debug)]
pub struct Classifier {
    /// Name of the package.
    pub name: &'static str,
    /// What kind of package that is; [`PackageKind::Generic`] for most.
    pub kind: PackageKind,
    /// Names of the file.
    pub files: &'static [Name],
    /// What shows the version; the first that is found counts.
    pub evidence: &'static [Evidence],
}

/// Under which names a file goes.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// Exactly so: `nginx`.
    Is(&'static str),
    /// With anything behind that begins with a digit, a dot or a hyphen: `php-fpm8.2`.
    Starts(&'static str),
    /// A shared library, with any version behind: `libcrypto.so`.
    Library(&'static str),
    /// The path ends so: `wp-includes/version.php`.
    Path(&'static str),
}

/// What shows a version.
#[derive(Clone, Copy, Debug)]
pub enum Evidence {
    /// The version follows this text.
    After(&'static str),
    /// The version follows the first text, and the second comes within a line's length behind.
    AfterWith(&'static str, &'static str),
    /// The version stands before this text.
    Before(&'static str),
    /// A text of its own between zero bytes that begins so and has three numbers.
    Alone(&'static str),
}

/// Every classifier, programs first; in alphabetical order of names within each.
pub fn all() -> impl Iterator<Item = &'static Classifier> {
    programs::ALL.iter().chain(texts::ALL)
}

/// The analyser.
#[must_use]
pub fn analyzer() -> Box<dyn Analyzer> {
    Box::new(Classifiers)
}

struct Classifiers;

fn is_text(classifier: &Classifier) -> bool {
    texts::ALL.iter().any(|text| std::ptr::eq(text, classifier))
}

/// The classifiers by the letters that their files' names begin with: every file of an image is looked up.
static BY_LETTERS: LazyLock<HashMap<&str, Vec<&Classifier>>> = LazyLock::new(|| {
    let mut map: HashMap<&str, Vec<&Classifier>> = HashMap::new();
    for classifier in all() {
        let keys: BTreeSet<&str> = classifier
            .files
            .iter()
            .map(|name| match *name {
                Name::Is(name) | Name::Starts(name) | Name::Library(name) => letters(name),
                Name::Path(path) => letters(path.rsplit('/').next().unwrap_or_default()),
            })
            .collect();
        for key in keys {
            map.entry(key).or_default().push(classifier);
        }
    }
    map
});

/// What a name begins with. No form of [`Name`] allows a further letter there.
fn letters(name: &str) -> &str {
    let end = name.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(name.len());
    name.get(..end).unwrap_or_default()
}

fn named(path: &str) -> impl Iterator<Item = &'static Classifier> {
    let file = path.rsplit('/').next().unwrap_or_default();
    let candidates = BY_LETTERS.get(letters(file)).map_or(&[][..], Vec::as_slice);
    let fits =
        move |classifier: &&Classifier| classifier.files.iter().any(|name| fits(*name, file, path));
    candidates.iter().copied().filter(fits)
}

fn fits(name: Name, file: &str, path: &str) -> bool {
    match name {
        Name::Is(name) => file == name,
        Name::Starts(start) => file.strip_prefix(start).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'))
        }),
        Name::Library(name) => file.strip_prefix(name).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with('.')
                || (rest.starts_with('-') && rest.contains(".so"))
        }),
        Name::Path(end) => {
            path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        }
    }
}

/// ELF, PE and Mach-O.
fn is_program(head: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"\x7fELF",
        b"MZ",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ];
    MAGIC.iter().any(|magic| head.starts_with(magic))
}

impl Analyzer for Classifiers {
    fn id(&self) -> &'static str {
        "classifiers"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        let Some(classifier) = named(file.path()).next() else { return Want::Skip };
        if is_text(classifier) {
            return Want::Prefix(MAX_TEXT);
        }
        match is_program(head) {
            false => Want::Skip,
            true if file.size() > MAX_PROGRAM => Want::Prefix(MAX_PROGRAM as usize),
            true => Want::Whole,
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let mut found = Vec::new();
        for classifier in named(file.meta.path()) {
            if !is_text(classifier) && !is_program(file.bytes) {
                continue;
            }
            let version = classifier.evidence.iter().find_map(|e| search::version(file.bytes, *e));
            let Some(version) = version else { continue };
            let Classifier { kind, name, .. } = *classifier;
            let mut package = package(kind, name, &version, PackageEvidence::Classifier);
            let alone = classifier.evidence.iter().all(|e| matches!(e, Evidence::Alone(_)));
            if let Some(app) = package.app.as_mut().filter(|_| alone) {
                app.confidence = Confidence::Medium;
            }
            found.push(package);
        }
        if !found.is_empty() {
            out.push(Fact::Packages(found));
        }
        Ok(())
    }
}

/// `docs/classifiers.md`.
#[must_use]
pub fn table() -> String {
    let mut out = String::from(
        "# Software without a package manager\n\nPrograms that are recognised by what they carry, however they \
         were installed. This page is written by `PLIMSOLL_BLESS=1 cargo test -p plimsoll-ecosystems classifiers`.\n\n\
         | package | purl | files | what shows the version |\n| --- | --- | --- | --- |\n",
    );
    for Classifier { name, kind, files, evidence } in all() {
        let files: Vec<String> = files
            .iter()
            .map(|file| match file {
                Name::Is(name) => format!("`{name}`"),
                Name::Starts(name) | Name::Library(name) => format!("`{name}*`"),
                Name::Path(name) => format!("`**/{name}`"),
            })
            .collect();
        let evidence: Vec<String> = evidence
            .iter()
            .map(|evidence| match evidence {
                Evidence::After(text) => format!("`{}…`", shown(text)),
                Evidence::AfterWith(text, more) => format!("`{}…{}`", shown(text), shown(more)),
                Evidence::Before(text) => format!("`…{}`", shown(text)),
                Evidence::Alone(text) => format!("a text of its own, `{text}…`"),
            })
            .collect();
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} |",
            kind.purl_type(),
            files.join(", "),
            evidence.join(" or ")
        );
    }
    out
}

fn shown(text: &str) -> String {
    text.replace('\0', "␀").replace('|', "\\|").replace('\n', "␊")
}

#[cfg(test)]
mod tests;
