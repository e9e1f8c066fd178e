//! Applications from advisory to advice: images with the metadata that real package managers leave, the facts of
//! real advisories in OSV's format, and exactly what must be found.
//!
//! Facts (ids, aliases, ranges, ratings) are from the PyPA advisory database (CC-BY 4.0), the Go vulnerability
//! database (CC-BY 4.0) and the GitHub advisory database (CC-BY 4.0).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    io::{Cursor, Write as _},
    path::PathBuf,
    process::{Command, Output},
};

use plimsoll_testkit::{Entry, ImageFixture, Layer};
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// One advisory: id, aliases, ecosystem, package, its ranges as (introduced, fixed), CVSS vector, CWE.
type Advisory = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const ADVISORIES: &[Advisory] = &[
    ("PYSEC-2018-32", &["CVE-2018-20060"], "PyPI", "urllib3", &[("0", "1.23")], "", ""),
    (
        "PYSEC-2019-132",
        &["CVE-2019-11236", "GHSA-r64q-w8jr-g9qp"],
        "PyPI",
        "urllib3",
        &[("0", "1.24.3")],
        "",
        "CWE-93",
    ),
    (
        "PYSEC-2019-133",
        &["CVE-2019-11324", "GHSA-mh33-7rrq-662w"],
        "PyPI",
        "urllib3",
        &[("0", "1.24.2")],
        "",
        "CWE-295",
    ),
    (
        "PYSEC-2020-149",
        &["CVE-2020-7212", "GHSA-hmv2-79q8-fv6g"],
        "PyPI",
        "urllib3",
        &[("1.25.2", "1.25.8")],
        "",
        "",
    ),
    (
        "PYSEC-2023-192",
        &["CVE-2023-43804", "GHSA-v845-jxx5-vc9f"],
        "PyPI",
        "urllib3",
        &[("2.0.0", "2.0.6"), ("0", "1.26.17")],
        "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N",
        "CWE-200",
    ),
    (
        "GHSA-v845-jxx5-vc9f",
        &["CVE-2023-43804"],
        "PyPI",
        "urllib3",
        &[("2.0.0", "2.0.6"), ("0", "1.26.17")],
        "",
        "CWE-200",
    ),
    (
        "PYSEC-2019-217",
        &["CVE-2019-10906", "GHSA-462w-v97r-4m45"],
        "PyPI",
        "jinja2",
        &[("0", "2.10.1")],
        "",
        "CWE-693",
    ),
    ("PYSEC-2019-220", &["CVE-2016-10745"], "PyPI", "jinja2", &[("0", "2.8.1")], "", ""),
    (
        "GHSA-p6mc-m468-83gw",
        &["CVE-2020-8203"],
        "npm",
        "lodash",
        &[("3.7.0", "4.17.19")],
        "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H",
        "CWE-1321",
    ),
    (
        "GHSA-jfh8-c2jp-5v3q",
        &["CVE-2021-44228"],
        "Maven",
        "org.apache.logging.log4j:log4j-core",
        &[("2.0-beta9", "2.3.1"), ("2.4", "2.12.2"), ("2.13.0", "2.15.0")],
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
        "CWE-502",
    ),
    (
        "GO-2023-2102",
        &["CVE-2023-39325", "GHSA-4374-p667-p6c8"],
        "Go",
        "golang.org/x/net",
        &[("0", "0.17.0")],
        "",
        "",
    ),
];

/// The facts of one advisory as OSV writes them.
fn osv((id, aliases, ecosystem, package, ranges, vector, cwe): &Advisory) -> Value {
    let kind = if matches!(*ecosystem, "npm" | "Go") { "SEMVER" } else { "ECOSYSTEM" };
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|(from, to)| json!({"type": kind, "events": [{"introduced": from}, {"fixed": to}]}))
        .collect();
    let mut record = json!({
        "schema_version": "1.6.0",
        "id": id,
        "aliases": aliases,
        "modified": "2024-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": ecosystem, "name": package}, "ranges": ranges}],
        "database_specific": {"cwe_ids": if cwe.is_empty() { vec![] } else { vec![cwe] }},
    });
    if !vector.is_empty() {
        record["severity"] = json!([{"type": "CVSS_V3", "score": vector}]);
    }
    record
}

/// A folder with a database of [`ADVISORIES`] and an image.
struct World {
    folder: TempDir,
}

impl World {
    fn new(os: &str, entries: Vec<Entry>) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(world.path("osv")).unwrap();
        for advisory in ADVISORIES {
            let text = osv(advisory).to_string();
            fs::write(world.path("osv").join(format!("{}.json", advisory.0)), text).unwrap();
        }
        let osv = format!("osv={}", world.path("osv").display());
        world.done(&["db", "build", "--feed", &osv, "--output", "test.db"]);
        let image = ImageFixture::parse(os).layer(Layer::of(entries)).build();
        fs::write(world.path("image.tar"), image.docker_archive()).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .output()
            .unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn scan(&self, args: &[&str]) -> String {
        self.done(&[&["scan", "--scanners", "vuln", "--db", "test.db", "image.tar"], args].concat())
    }

    fn report(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.scan(&[&["--format", "json"], args].concat())).unwrap()
    }
}

/// Of each finding: package, id, fixed version, impact and commands.
fn found(report: &Value) -> Vec<String> {
    let texts = |value: &Value, between: &str| {
        let all = value.as_array().into_iter().flatten().map(|v| v.as_str().unwrap());
        all.collect::<Vec<_>>().join(between)
    };
    let mut lines: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            format!(
                "{} {} {} | {} | {}",
                finding["package"].as_str().unwrap(),
                finding["id"].as_str().unwrap(),
                finding["fixed_version"].as_str().unwrap_or("-"),
                texts(&finding["impact"], ", "),
                texts(&finding["fix"]["commands"], "; "),
            )
        })
        .collect();
    lines.sort();
    lines
}

fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn metadata(name: &str, version: &str, requires: &str) -> Entry {
    let path =
        format!("usr/local/lib/python3.11/site-packages/{name}-{version}.dist-info/METADATA");
    let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}\n");
    Entry::file(path, text)
}

const DEBIAN: &str = "=== layer\n//- /etc/os-release\nID=debian\nVERSION_ID=\"12\"\n";

fn applications() -> World {
    let properties = b"groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n";
    let log4j =
        jar(&[("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", properties)]);
    let boot = jar(&[
        ("META-INF/MANIFEST.MF", b"Implementation-Title: shop\nImplementation-Version: 1.0.0\n"),
        ("BOOT-INF/lib/log4j-core-2.14.1.jar", &log4j),
    ]);
    let lodash = r#"{"name": "lodash", "version": "4.17.15", "license": "MIT"}"#;
    let shop = r#"{"name": "grunt", "version": "1.0.4", "dependencies": {"lodash": "~4.17.10"}}"#;
    World::new(
        DEBIAN,
        vec![
            metadata("requests", "2.21.0", "Requires-Dist: urllib3 (<1.25,>=1.21.1)"),
            metadata("urllib3", "1.24.1", ""),
            metadata("jinja2", "2.10", ""),
            Entry::file("srv/node_modules/lodash/package.json", lodash),
            Entry::file("srv/node_modules/grunt/package.json", shop),
            Entry::file("srv/shop.jar", boot),
            Entry::file(
                "src/go.mod",
                "module example.org/app\n\ngo 1.20\n\nrequire golang.org/x/net v0.1.0\n",
            ),
        ],
    )
}

#[test]
fn what_is_installed_is_found_with_impact_and_advice() {
    let world = applications();
    let report = world.report(&[]);
    let constraint =
        "pip install --upgrade --requirement requirements.txt --constraint constraints.txt";
    assert_eq!(
        found(&report),
        [
            "jinja2 CVE-2019-10906 2.10.1 |  | pip install --upgrade jinja2==2.10.1".to_owned(),
            "lodash CVE-2020-8203 4.17.19 | data-manipulation | npm update grunt lodash".into(),
            "org.apache.logging.log4j:log4j-core CVE-2021-44228 2.15.0 | code-execution | ".into(),
            format!("urllib3 CVE-2019-11236 1.24.3 | request-smuggling | {constraint}"),
            format!("urllib3 CVE-2019-11324 1.24.2 | weak-cryptography | {constraint}"),
            format!("urllib3 CVE-2023-43804 1.26.17 | information-disclosure | {constraint}"),
        ]
    );
    let by_id = |id: &str| {
        report["findings"].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap().clone()
    };
    let log4j = by_id("CVE-2021-44228");
    assert_eq!(log4j["kind"], "application-vulnerability");
    let application = &log4j["packages"][0]["application"];
    assert_eq!(application["inside"], "BOOT-INF/lib/log4j-core-2.14.1.jar");
    assert_eq!(
        (&application["evidence"], &application["confidence"]),
        (&json!("installed"), &json!("high"))
    );
    let advice = log4j["fix"]["advice"].as_str().unwrap();
    assert!(advice.contains("inside of `srv/shop.jar`"), "{advice}");
    assert!(
        advice.contains("<artifactId>log4j-core</artifactId><version>2.15.0</version>"),
        "{advice}"
    );
    let urllib3 = by_id("CVE-2023-43804");
    assert_eq!(urllib3["latest_fixed_version"], "2.0.6");
    assert_eq!(urllib3["packages"][0]["application"]["required_by"], json!(["requests@2.21.0"]));
    // Two records of one flaw are one finding.
    let sources: Vec<_> =
        urllib3["advisories"].as_array().unwrap().iter().map(|a| &a["id"]).collect();
    assert_eq!(sources, ["GHSA-v845-jxx5-vc9f", "PYSEC-2023-192"]);
    assert_eq!(report.get("fix_plan"), None, "applications are not mended in place");
    let go = report["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["namespace"]["ecosystem"] == "golang");
    assert!(
        go.unwrap()["note"].as_str().unwrap().contains("are only named in lock files"),
        "{go:?}"
    );

    let table = world.scan(&["--format", "table"]);
    assert!(table.contains("srv/shop.jar ! BOOT-INF/lib/log4j-core-2.14.1.jar"), "{table}");
    assert!(table.contains("required by requests@2.21.0"), "{table}");
    assert!(table.contains("$ npm update grunt lodash"), "{table}");
}

#[test]
fn lock_files_count_where_that_is_asked_for() {
    let report = applications().report(&["--lock-files"]);
    let go: Vec<String> = found(&report).into_iter().filter(|l| l.starts_with("golang")).collect();
    assert_eq!(
        go,
        [
            "golang.org/x/net CVE-2023-39325 0.17.0 |  | go get golang.org/x/net@v0.17.0; go mod tidy"
        ]
    );
}

#[test]
fn a_package_of_the_system_is_not_judged_twice() {
    let status = "Package: python3-urllib3\nStatus: install ok installed\nArchitecture: all\n\
                  Source: python-urllib3\nVersion: 1.24.1-1+deb12u1\n";
    let path = "usr/lib/python3/dist-packages/urllib3-1.24.1.egg-info/PKG-INFO";
    let world = World::new(
        DEBIAN,
        vec![
            Entry::file("var/lib/dpkg/status", status),
            Entry::file("var/lib/dpkg/info/python3-urllib3.list", format!("/.\n/{path}\n")),
            Entry::file(path, "Metadata-Version: 1.1\nName: urllib3\nVersion: 1.24.1\n"),
        ],
    );
    let report = world.report(&["--lock-files"]);
    assert_eq!(found(&report), Vec::<String>::new());
    let notes = report["coverage"].to_string();
    assert!(notes.contains("belong to packages of the system"), "{notes}");
}
