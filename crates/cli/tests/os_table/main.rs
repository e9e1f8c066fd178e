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
    process::Command,
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

/// A few of the cases through the program itself: the same findings, and an exit code that is never 0 under
/// `--strict` where something is not covered.
#[test]
fn the_program_says_the_same() {
    // Only of systems whose life is over, and one without releases: the program asks today's date.
    for name in
        ["alpine-2.03", "arch", "centos-07", "debian-06", "fedora-35", "sles-07", "sles-10.4"]
    {
        let case = Case::read(&folder("systems").join(format!("{name}.txt")));
        let expected = judge::judge(&case);
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        let run = |args: &[&str]| {
            let program = env!("CARGO_BIN_EXE_plimsoll");
            let mut command = Command::new(program);
            command.args(args).env_clear().env("HOME", at("home")).env("PATH", "");
            command.current_dir(dir.path()).output().unwrap()
        };
        judge::write_feeds(&case, dir.path());
        fs::write(at("image.tar"), image::build(&case).docker_archive()).unwrap();
        let mut args = vec!["db".to_owned(), "build".into(), "--output".into(), at("test.db")];
        for id in judge::feed_ids(&case) {
            args.extend(["--feed".into(), format!("{id}={}", at(id))]);
        }
        let has_feeds = !case.feeds.is_empty();
        if !has_feeds {
            // A database of another system: what it has not must be said.
            let other = Case::read(&folder("systems").join("arch.txt"));
            judge::write_feeds(&other, dir.path());
            args.extend(["--feed".into(), format!("arch-security={}", at("arch-security"))]);
        }
        let built = run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(built.status.success(), "{name}: {}", String::from_utf8_lossy(&built.stderr));
        let (db, image) = (at("test.db"), at("image.tar"));
        let out = run(&[
            "scan",
            "--scanners",
            "vuln",
            "--strict",
            "--db",
            &db,
            "--format",
            "json",
            &image,
        ]);
        let report: plimsoll_model::Report = serde_json::from_slice(&out.stdout).unwrap();
        let ids = |report: &plimsoll_model::Report| -> Vec<String> {
            let mut ids: Vec<String> = report.findings.iter().map(|f| f.id.clone()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&report), ids(&expected.report), "{name}");
        let code = if expected.report.summary.complete { 0 } else { 4 };
        assert_eq!(
            out.status.code(),
            Some(code),
            "{name}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}
