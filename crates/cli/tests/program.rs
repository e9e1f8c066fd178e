//! The program as a user runs it: exit codes, flags, what goes to which stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;
use support::plimsoll;
use tempfile::TempDir;

const SECDB: &str = "\
distroversion: v3.9
reponame: main
urlprefix: http://dl-cdn.alpinelinux.org/alpine
packages:
  - pkg:
      name: musl
      secfixes:
        1.1.20-r5:
          - CVE-2019-14697
  - pkg:
      name: busybox
      secfixes:
        1.29.3-r10:
          - CVE-2018-20679
";

/// A home folder, a database and an image of their own for each test.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let secdb = world.path("secdb/v3.9");
        fs::create_dir_all(&secdb).unwrap();
        fs::write(secdb.join("main.yaml"), SECDB).unwrap();
        let feed = format!("alpine-secdb={}", world.path("secdb").display());
        let db = world.path("test.db");
        let built = world.run(&["db", "build", "--feed", &feed, "--output", db.to_str().unwrap()]);
        assert!(built.status.success(), "{}", text(&built.stderr));
        let fixture =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/fixtures/alpine-3.9.0.image");
        let image = plimsoll_testkit::image(&fs::read_to_string(fixture).unwrap());
        fs::write(world.path("image.tar"), image.docker_archive()).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        plimsoll(self.folder.path(), args.iter().copied())
    }

    fn scan(&self, args: &[&str]) -> Output {
        let db = self.path("test.db").display().to_string();
        self.run(&[&["scan", "--scanners", "vuln", "--db", &db], args].concat())
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.scan(&[&["--format", "json"], args].concat());
        serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", text(&out.stdout), text(&out.stderr)))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_finding_is_reported_and_is_no_failure_without_a_gate() {
    let world = World::new();
    let out = world.scan(&["image.tar"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let shown = text(&out.stdout);
    assert!(shown.contains("CVE-2019-14697"), "{shown}");
    assert!(!shown.contains("CVE-2018-20679"), "fixed in the installed version: {shown}");
    assert!(!shown.contains('\u{1b}'), "colours in a pipe");
    assert!(!text(&out.stderr).contains("layer"), "progress in a pipe: {}", text(&out.stderr));
    assert!(shown.lines().all(|l| l.chars().count() <= 80), "wider than 80 columns:\n{shown}");
}

#[test]
fn exit_codes_are_the_published_ones() {
    let world = World::new();
    let code = |args: &[&str]| world.scan(args).status.code();
    assert_eq!(code(&["--fail-on", "any", "image.tar"]), Some(1));
    assert_eq!(code(&["--fail-on", "critical", "image.tar"]), Some(0));
    assert_eq!(code(&["--no-such-flag", "image.tar"]), Some(2));
    assert_eq!(code(&["--format", "nonsense", "image.tar"]), Some(2));
    assert_eq!(code(&["--fail-on", "bad", "image.tar"]), Some(2));
    assert_eq!(code(&["--offline", "./missing.tar"]), Some(3));
    assert_eq!(code(&["--offline", "docker-archive:missing.tar"]), Some(3));
    // Alpine 3.9 is past its end of life: what came up later is unknown, so the scan is not complete.
    assert_eq!(code(&["--strict", "image.tar"]), Some(4));
    let help = world.run(&["scan", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("Examples:"));
}

#[test]
fn a_missing_database_is_named() {
    let world = World::new();
    let out = world.run(&["scan", "--db", "missing.db", "image.tar"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("missing.db"), "{}", text(&out.stderr));
    assert!(out.stdout.is_empty());
}

#[test]
fn with_no_scheme_the_error_says_what_each_source_said() {
    let world = World::new();
    let out = world.scan(&["--offline", "no-such-image:1"]);
    assert_eq!(out.status.code(), Some(3));
    let said = text(&out.stderr);
    for source in ["docker", "podman", "containerd", "registry", "--offline"] {
        assert!(said.contains(source), "{source} is not in: {said}");
    }
}

#[test]
fn ignored_findings_stay_in_the_report_with_their_reason() {
    let world = World::new();
    fs::write(world.path("ignores"), "CVE-2019-14697  # no untrusted input reaches it\n").unwrap();
    let report = world.json(&["--ignore-file", "ignores", "image.tar"]);
    let finding = &report["findings"][0];
    assert_eq!(finding["id"], "CVE-2019-14697");
    assert_eq!(finding["suppression"]["reason"], "no untrusted input reaches it");
    assert_eq!(report["summary"]["findings"], 0);
    assert_eq!(report["summary"]["suppressed"], 1);
    let gate = world.scan(&["--fail-on", "any", "--ignore", "CVE-2019-14697", "image.tar"]);
    assert_eq!(gate.status.code(), Some(0));
    let bad = world.scan(&["--ignore-file", "missing", "image.tar"]);
    assert_eq!(bad.status.code(), Some(2));
}

#[test]
fn the_report_goes_to_a_file_when_told_so() {
    let world = World::new();
    let out = world.scan(&["--format", "json", "--output", "report.json", "image.tar"]);
    assert!(out.stdout.is_empty());
    let report: Value =
        serde_json::from_slice(&fs::read(world.path("report.json")).unwrap()).unwrap();
    assert_eq!(report["schema_version"], plimsoll_model::REPORT_SCHEMA);
    assert_eq!(report["os"]["id"], "alpine");
}

#[test]
fn a_second_scan_reads_no_layer() {
    let world = World::new();
    let first = world.json(&["image.tar"]);
    // The layer's bytes are gone from the archive; only the cache still knows what they hold.
    let archive = fs::read(world.path("image.tar")).unwrap();
    let damaged = String::from_utf8_lossy(&archive).contains("1.1.20-r3");
    assert!(damaged, "the fixture is stored uncompressed");
    let at = archive.windows(9).position(|w| w == b"1.1.20-r3").unwrap();
    let mut changed = archive.clone();
    changed[at..at + 9].copy_from_slice(b"9.9.99-r9");
    fs::write(world.path("image.tar"), changed).unwrap();
    let second = world.json(&["image.tar"]);
    assert_eq!(first["findings"], second["findings"]);
    // Without the cache the change is seen, and is not believed in silence.
    let third = world.json(&["--no-cache", "image.tar"]);
    let kinds: Vec<_> =
        third["problems"].as_array().unwrap().iter().map(|p| p["kind"].clone()).collect();
    assert!(kinds.contains(&Value::from("digest-mismatch")), "{kinds:?}");
}

#[test]
fn fix_prints_only_commands() {
    let world = World::new();
    let db = world.path("test.db").display().to_string();
    let out = world.run(&["fix", "--db", &db, "image.tar"]);
    assert_eq!(out.status.code(), Some(0));
    let shown = text(&out.stdout);
    assert!(shown.contains("apk") && shown.contains("musl>=1.1.20-r5"), "{shown}");
    let dockerfile = world.run(&["fix", "--db", &db, "--dockerfile", "image.tar"]);
    assert!(text(&dockerfile.stdout).starts_with("RUN "), "{}", text(&dockerfile.stdout));
}

#[test]
fn db_status_shows_feeds_and_coverage() {
    let world = World::new();
    let db = world.path("test.db").display().to_string();
    let shown = text(&world.run(&["db", "status", "--verify", "--db", &db]).stdout);
    assert!(shown.contains("alpine-secdb"), "{shown}");
    assert!(shown.contains("alpine:3.9"), "{shown}");
    let mut bytes = fs::read(world.path("test.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(world.path("broken.db"), bytes).unwrap();
    let out = world.run(&["db", "status", "--verify", "--db", "broken.db"]);
    assert_ne!(out.status.code(), Some(0));
}

#[test]
fn a_broken_feed_leaves_the_last_good_database() {
    let world = World::new();
    let before = fs::read(world.path("test.db")).unwrap();
    fs::write(world.path("broken.yaml"), "packages: [").unwrap();
    let db = world.path("test.db").display().to_string();
    let out = world.run(&["db", "build", "--feed", "alpine-secdb=broken.yaml", "--output", &db]);
    assert_ne!(out.status.code(), Some(0));
    assert!(text(&out.stderr).contains("alpine-secdb"), "{}", text(&out.stderr));
    assert_eq!(fs::read(world.path("test.db")).unwrap(), before);
}

#[test]
fn an_update_from_a_mirror_is_what_scans_use() {
    let world = World::new();
    let mirror = world.path("mirror/alpine-secdb/v3.9");
    fs::create_dir_all(&mirror).unwrap();
    fs::write(mirror.join("main.yaml"), SECDB).unwrap();
    let out = world.run(&["db", "update", "--from", "mirror"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let report = world.run(&["scan", "--scanners", "vuln", "--format", "json", "image.tar"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert!(report["database"]["origin"].as_str().unwrap().ends_with("db/plimsoll.db"));
    assert_eq!(report["findings"][0]["id"], "CVE-2019-14697");
}

#[test]
fn the_schema_is_printed() {
    let world = World::new();
    let schema: Value = serde_json::from_slice(&world.run(&["schema"]).stdout).unwrap();
    assert!(schema["properties"]["findings"].is_object());
}
