//! One case for each release of each operating system, and one for each trap of real advisories: an image with the
//! system's own identification files and package database, advisories in the form that their makers publish them in, and
//! what must be found, what must not, how it is mended and what the report says about its own limits.
//!
//! A case is a text file ([`case`]); its part behind `=== expect` is what the engine said when somebody last looked at it
//! and found it right. After a wanted change `PLIMSOLL_UPDATE_CASES=1 cargo test -p plimsoll --test os_table` writes it
//! and `docs/operating-systems.md` anew: read the difference.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod case;
mod document;
mod image;
mod judge;

use std::{
    fs,
    path::{Path, PathBuf},
};

use case::Case;
use judge::Judged;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/os_table").join(name)
}

fn is_update() -> bool {
    std::env::var_os("PLIMSOLL_UPDATE_CASES").is_some()
}

/// All cases of a folder, in the order of their names.
fn cases(name: &str) -> Vec<Case> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

/// Judges every case of a folder and compares; all differences are shown, not the first only.
fn check(name: &str) -> Vec<(Case, Judged)> {
    let cases = cases(name);
    assert!(!cases.is_empty(), "no cases in {name}");
    let mut wrong = Vec::new();
    let mut out = Vec::new();
    for case in cases {
        let judged = judge::judge(&case);
        wrong.extend(judged.faults.iter().map(|fault| format!("{}: {fault}", case.name)));
        if judged.text != case.expect {
            if is_update() {
                case.write_expect(&judged.text);
            } else {
                wrong.push(format!(
                    "{}: expected\n{}\nbut the engine says\n{}",
                    case.name, case.expect, judged.text
                ));
            }
        }
        out.push((case, judged));
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
    out
}

#[test]
fn every_release_of_every_system() {
    let judged = check("systems");
    document::check(&judged);
}

#[test]
fn real_cases() {
    for (case, _) in check("real") {
        assert!(!case.references.is_empty(), "{}: names no public reference", case.name);
    }
}
