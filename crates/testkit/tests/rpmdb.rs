//! The written databases, listed by rpm and checked by the libraries that the formats come from. Skipped, with a
//! printed reason, where those are not installed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, path::Path, process::Command};

use plimsoll_testkit::{RpmFormat, RpmPackage, rpm_database};

fn packages(count: u32) -> Vec<RpmPackage> {
    (0..count)
        .map(|n| RpmPackage {
            name: format!("package{n}"),
            epoch: (n % 3 == 0).then_some(n),
            version: format!("1.{n}"),
            release: "4.el7_9".into(),
            arch: if n % 4 == 0 { "noarch" } else { "x86_64" }.into(),
            source_rpm: Some(format!("source{n}-1.{n}-4.el7_9.src.rpm")),
            vendor: Some("Red Hat, Inc.".into()),
            module: (n % 5 == 0).then(|| "nodejs:16:8050020211206:c5368500".to_owned()),
            // Every sixth is too large for a page.
            files: (0..if n % 6 == 0 { 400 } else { 2 })
                .map(|f| format!("/usr/share/package{n}/file-number-{f:04}"))
                .collect(),
            digests: Vec::new(),
        })
        .collect()
}

fn line(p: &RpmPackage) -> String {
    let none = || "(none)".to_owned();
    format!(
        "{}|{}|{}|{}|{}|{}|{}",
        p.name,
        p.evr(),
        p.arch,
        p.source_rpm.clone().unwrap_or_else(none),
        p.vendor.clone().unwrap_or_else(none),
        p.module.clone().unwrap_or_else(none),
        p.files.last().unwrap()
    )
}

/// Standard output; `None`, with the reason printed, where the program is not installed.
fn run(program: &str, args: &[&str]) -> Option<String> {
    let Ok(out) = Command::new(program).args(args).output() else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program} {args:?}: {said}");
    Some(String::from_utf8(out.stdout).unwrap())
}

fn rpm_lists(folder: &Path, backend: &str, packages: &[RpmPackage]) {
    let Some(shown) = run("rpm", &["--showrc"]) else { return };
    let known = shown.lines().find_map(|l| l.strip_prefix("available backends"));
    if !known.is_some_and(|known| known.split_whitespace().any(|word| word == backend)) {
        println!("skipped: this rpm does not read {backend}");
        return;
    }
    let define = format!("_db_backend {backend}");
    let format = "%{NAME}|%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}|%{ARCH}|%{SOURCERPM}|%{VENDOR}|\
                  %{MODULARITYLABEL}|[%{FILENAMES} ]\\n";
    let path = folder.to_str().unwrap();
    let listed =
        run("rpm", &["-qa", "--dbpath", path, "--define", &define, "--qf", format]).unwrap();
    // Of the files the last one is enough.
    let mut theirs: Vec<String> = listed
        .lines()
        .map(|line| {
            let (rest, files) = line.rsplit_once('|').unwrap();
            format!("{rest}|{}", files.trim_end().rsplit(' ').next().unwrap())
        })
        .collect();
    let mut ours: Vec<String> = packages.iter().map(line).collect();
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs, "{backend}");
}

#[test]
fn rpm_lists_what_was_written() {
    for (format, backend) in
        [(RpmFormat::Bdb, "bdb_ro"), (RpmFormat::Ndb, "ndb"), (RpmFormat::Sqlite, "sqlite")]
    {
        for count in [1, 3, 60] {
            let packages = packages(count);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(format.file_name());
            fs::write(&file, rpm_database(format, &packages)).unwrap();
            let path = file.to_str().unwrap();
            match format {
                RpmFormat::Bdb => drop(run("db_verify", &["-q", path])),
                RpmFormat::Ndb => {}
                RpmFormat::Sqlite => {
                    if let Some(said) = run("sqlite3", &[path, "pragma integrity_check"]) {
                        assert_eq!(said.trim(), "ok");
                    }
                }
            }
            rpm_lists(folder.path(), backend, &packages);
        }
    }
}
