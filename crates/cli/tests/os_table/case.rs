//! The text form of a case.
//!
//! ```text
//! # anything about it
//! system: Alpine Linux
//! release: 3.9
//! reference: https://…                 (repeatable)
//! unaffected: busybox CVE-2018-20679: why it looks affected and is not    (repeatable)
//! === file etc/alpine-release
//! 3.9.0
//! === packages apk
//! musl 1.1.20-r3 x86_64 musl
//! === feed alpine-secdb v3.9/main.yaml
//! …
//! === expect
//! …
//! ```
//!
//! Keys of the head besides these: `today` (the day of the scan), `vendor` (of the RPM packages that name none).

use std::{fs, path::Path};

use jiff::civil::Date;

/// One case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub(crate) path: std::path::PathBuf,
    pub(crate) name: String,
    pub(crate) system: String,
    pub(crate) release: String,
    pub(crate) references: Vec<String>,
    pub(crate) unaffected: Vec<Unaffected>,
    pub(crate) today: Date,
    pub(crate) vendor: Option<String>,
    /// Path and text.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) packages: Vec<PackageList>,
    pub(crate) feeds: Vec<FeedFile>,
    pub(crate) expect: String,
}

/// A package that a flaw is known in, but not at its version.
#[derive(Clone, Debug)]
pub(crate) struct Unaffected {
    pub(crate) package: String,
    pub(crate) flaw: String,
}

/// A package database.
#[derive(Clone, Debug)]
pub(crate) struct PackageList {
    pub(crate) format: String,
    pub(crate) lines: Vec<String>,
}

/// A file of a feed.
#[derive(Clone, Debug)]
pub(crate) struct FeedFile {
    pub(crate) feed: String,
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Case {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let today = jiff::civil::date(2026, 11, 23);
        let mut case = Case { path: path.to_owned(), name, today, ..Case::default() };
        let mut sections = text.split("\n=== ");
        case.head(sections.next().unwrap());
        for section in sections {
            let (title, text) = section.split_once('\n').unwrap_or((section, ""));
            let text = if text.is_empty() || text.ends_with('\n') {
                text.to_owned()
            } else {
                format!("{text}\n")
            };
            let words: Vec<&str> = title.split_whitespace().collect();
            match words[..] {
                ["file", path] => case.files.push((path.to_owned(), text)),
                ["packages", format] => case.packages.push(PackageList {
                    format: format.to_owned(),
                    lines: text.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect(),
                }),
                ["feed", feed, path] => {
                    case.feeds.push(FeedFile { feed: feed.to_owned(), path: path.to_owned(), text })
                }
                ["expect"] => case.expect = text,
                _ => panic!("{}: `=== {title}` is no section", case.name),
            }
        }
        case
    }

    fn head(&mut self, text: &str) {
        for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (key, value) = line.split_once(": ").unwrap_or_else(|| {
                panic!("{}: `{line}` is neither comment nor `key: value`", self.name)
            });
            let value = value.trim();
            match key {
                "system" => value.clone_into(&mut self.system),
                "release" => value.clone_into(&mut self.release),
                "reference" => self.references.push(value.to_owned()),
                "today" => self.today = value.parse().unwrap(),
                "vendor" => self.vendor = Some(value.to_owned()),
                "unaffected" => {
                    let (what, why) = value.split_once(": ").unwrap();
                    assert!(!why.is_empty(), "{}: `{line}` gives no reason", self.name);
                    let (package, flaw) = what.split_once(' ').unwrap();
                    let (package, flaw) = (package.to_owned(), flaw.to_owned());
                    self.unaffected.push(Unaffected { package, flaw });
                }
                _ => panic!("{}: `{key}` is no key", self.name),
            }
        }
    }

    /// Writes the file anew with another expectation.
    pub(crate) fn write_expect(&self, expect: &str) {
        let text = fs::read_to_string(&self.path).unwrap();
        let kept = text.split("\n=== expect\n").next().unwrap().trim_end_matches('\n');
        fs::write(&self.path, format!("{kept}\n=== expect\n{expect}")).unwrap();
    }
}
