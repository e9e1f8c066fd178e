//! The worked example of `docs/own-advisories.md`, as it stands there; and what it promises beside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::{Value, json};
use support::plimsoll;
use tempfile::TempDir;

const SECDB: &str = "\
distroversion: v3.9
reponame: main
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

/// A folder with the image, the public database and the record of the document.
struct World {
    folder: TempDir,
    doc: String,
}

impl World {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let doc = fs::read_to_string(root.join("docs/own-advisories.md")).unwrap();
        let world = Self { folder: tempfile::tempdir().unwrap(), doc };
        world.write("secdb/v3.9/main.yaml", SECDB);
        world.good("db build --feed alpine-secdb=./secdb --output public.db");
        world.write("advisories/ACME-2026-0001.json", &world.block("json"));
        let fixture = root.join("crates/testkit/fixtures/alpine-3.9.0.image");
        let image = plimsoll_testkit::image(&fs::read_to_string(fixture).unwrap());
        fs::write(world.path("image.tar"), image.docker_archive()).unwrap();
        world
    }

    /// The document's first block of a language.
    fn block(&self, language: &str) -> String {
        self.blocks(language).remove(0)
    }

    fn blocks(&self, language: &str) -> Vec<String> {
        let start = format!("```{language}\n");
        let rests = self.doc.split(start.as_str()).skip(1);
        rests.map(|rest| rest.split_once("```").unwrap().0.to_owned()).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, line: &str) -> Output {
        plimsoll(self.folder.path(), line.split_whitespace())
    }

    fn good(&self, line: &str) -> String {
        let out = self.run(line);
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{line}: {errors}");
        String::from_utf8(out.stdout).unwrap()
    }

    fn rows(&self, db: &str, package: &str) -> Vec<[String; 3]> {
        let said = self.good(&format!("db query {package} --os alpine:3.9 --json --db {db}"));
        let said: Value = serde_json::from_str(&said).unwrap();
        let rows = said["answers"][0]["statements"].as_array().unwrap();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        rows.iter().map(|r| [text(r, "flaw"), text(r, "feed"), text(r, "state")]).collect()
    }
}

fn row(flaw: &str, feed: &str, state: &str) -> [String; 3] {
    [flaw.into(), feed.into(), state.into()]
}

#[test]
fn the_worked_example() {
    let world = World::new();
    let mut said = String::new();
    for line in world.block("console").lines() {
        said = world.good(line.strip_prefix("plimsoll ").unwrap());
    }
    for expected in ["ACME-2026-0001", "1.29.3-r11", "CVE-2019-14697"] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    let report = world.good("scan --db ours.db image.tar --format json");
    let report: Value = serde_json::from_str(&report).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let own = findings.iter().find(|f| f["id"] == "ACME-2026-0001").unwrap();
    assert_eq!(own["advisories"], json!([{"id": "ACME-2026-0001", "source": "acme"}]));
    assert_eq!(own["severity"], "critical");
    let feeds = report["database"]["feeds"].as_array().unwrap();
    let ids: Vec<&str> = feeds.iter().map(|feed| feed["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["acme", "alpine-secdb"]);
}

#[test]
fn the_last_word_is_ones_own_and_what_was_deleted_is_gone() {
    let world = World::new();
    // A public flaw, mended in the own build in an earlier version.
    let record = json!({
        "id": "ACME-2026-0002",
        "modified": "2026-11-20T10:00:00Z",
        "aliases": ["CVE-2018-20679"],
        "affected": [{
            "package": {"ecosystem": "Alpine:v3.9", "name": "busybox"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.29.3-r8"}]}],
        }],
    });
    world.write("more/ACME-2026-0002.json", &record.to_string());
    world.good(
        "db build --base public.db --feed osv@acme=./advisories --feed osv@acme=./more --output ours.db",
    );
    assert_eq!(
        world.rows("ours.db", "busybox"),
        [row("ACME-2026-0001", "acme", "fixed"), row("CVE-2018-20679", "acme", "fixed")]
    );
    assert_eq!(world.rows("ours.db", "musl"), [row("CVE-2019-14697", "alpine-secdb", "fixed")]);
    let status = world.good("db status --json --db ours.db");
    let status: Value = serde_json::from_str(&status).unwrap();
    let feeds = status["feeds"].as_array().unwrap();
    let acme = feeds.iter().find(|feed| feed["id"] == "acme").unwrap();
    assert_eq!(acme["records"], 2, "both places count");

    // Built on itself with one record less. The public statement comes back with the public database only.
    world.good("db build --base ours.db --feed osv@acme=./advisories --output again.db");
    assert_eq!(world.rows("again.db", "busybox"), [row("ACME-2026-0001", "acme", "fixed")]);
    world.good("db build --base public.db --feed osv@acme=./advisories --output again.db");
    assert_eq!(
        world.rows("again.db", "busybox"),
        [row("ACME-2026-0001", "acme", "fixed"), row("CVE-2018-20679", "alpine-secdb", "fixed")]
    );
}

#[test]
fn the_vex_document_takes_a_public_flaw_back() {
    let world = World::new();
    let public = |id: &str| {
        json!({
            "id": id,
            "modified": "2026-01-01T00:00:00Z",
            "affected": [{
                "package": {"ecosystem": "Debian:12", "name": "openssl"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.9-1"}]}],
            }],
        })
    };
    for id in ["CVE-2023-0464", "CVE-2023-0465"] {
        world.write(&format!("public/{id}.json"), &public(id).to_string());
    }
    world.good("db build --feed osv=./public --output public.db");
    world.write("csaf/acme-vex-1.json", &world.blocks("json")[1]);
    let line = world.doc.lines().find(|line| line.contains("csaf@acme=")).unwrap();
    let flaws = |db: &str| {
        let said = world.good(&format!("db query openssl@3.0.8-1 --os debian:12 --json --db {db}"));
        let said: Value = serde_json::from_str(&said).unwrap();
        let flaws = said["answers"][0]["flaws"].as_array().unwrap();
        flaws.iter().map(|f| f["flaw"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(flaws("public.db"), ["CVE-2023-0464", "CVE-2023-0465"]);
    world.good(line.trim().strip_prefix("plimsoll ").unwrap());
    assert_eq!(flaws("ours.db"), ["CVE-2023-0465"]);
    let said = world.good("db show CVE-2023-0464 --db ours.db");
    assert!(said.contains("not affected") && said.contains("acme"), "{said}");
}

#[test]
fn names_that_could_be_mistaken_are_refused() {
    let world = World::new();
    for (flag, said) in [
        ("osv@=./advisories", "no name for a feed"),
        ("osv@Acme=./advisories", "no name for a feed"),
        ("osv@debian-tracker=./advisories", "is the id of a feed"),
        ("acme=./advisories", "no feed `acme`"),
    ] {
        let out = world.run(&format!("db build --feed {flag} --output x.db"));
        assert_eq!(out.status.code(), Some(2), "{flag}");
        assert!(String::from_utf8_lossy(&out.stderr).contains(said), "{flag}");
    }
    let out = world.run("db build --base image.tar --feed osv@acme=./advisories --output x.db");
    assert_eq!(out.status.code(), Some(2));
    assert!(!world.path("x.db").exists());
}
