//! Real packages of the public registries, installed by their own tools: what is found in them is what the public
//! advisories say, no more and no less, and each once.
//!
//! Needs `PLIMSOLL_TEST_APPS`, the folder that `cargo xtask prove-apps` makes; `PLIMSOLL_TEST_DATA` may name the folder
//! with the advisories themselves, on which `apps_check.py` (which shares no code with us) then says the same again.
//!
//! Facts (ids, ranges) of Maven are from the GitHub advisory database (CC-BY 4.0); those of the other ecosystems are
//! in the embedded database, and what is expected of them is in `apps_real.txt`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeSet,
    env, fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use plimsoll_testkit::{Entry, ImageFixture, Layer};
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// `LANGUAGE PACKAGE VERSION FLAW` of each expected finding, and `-` before those that the program cannot reach.
const EXPECTED: &str = include_str!("apps_real.txt");

/// Flaw, its other name, package, ranges as (introduced, fixed).
type Fact = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const MAVEN: &[Fact] = &[
    (
        "GHSA-jfh8-c2jp-5v3q",
        "CVE-2021-44228",
        "org.apache.logging.log4j:log4j-core",
        &[("2.0-beta9", "2.3.1"), ("2.4", "2.12.2"), ("2.13.0", "2.15.0")],
    ),
    (
        "GHSA-7rjr-3q55-vv33",
        "CVE-2021-45046",
        "org.apache.logging.log4j:log4j-core",
        &[("2.0-beta9", "2.3.1"), ("2.4", "2.12.2"), ("2.13.0", "2.16.0")],
    ),
    (
        "GHSA-p6xc-xr62-6r2g",
        "CVE-2021-45105",
        "org.apache.logging.log4j:log4j-core",
        &[("2.0-beta9", "2.3.1"), ("2.4", "2.12.3"), ("2.13.0", "2.17.0")],
    ),
    (
        "GHSA-8489-44mv-ggj8",
        "CVE-2021-44832",
        "org.apache.logging.log4j:log4j-core",
        &[("2.0-beta7", "2.3.2"), ("2.4", "2.12.4"), ("2.13.0", "2.17.1")],
    ),
    (
        "GHSA-36p3-wjmg-h94x",
        "CVE-2022-22965",
        "org.springframework:spring-beans",
        &[("0", "5.2.20.RELEASE"), ("5.3.0", "5.3.18")],
    ),
    (
        "GHSA-599f-7c49-w659",
        "CVE-2022-42889",
        "org.apache.commons:commons-text",
        &[("1.5", "1.10.0")],
    ),
    (
        "GHSA-57j2-w4cx-62h2",
        "CVE-2020-36518",
        "com.fasterxml.jackson.core:jackson-databind",
        &[("0", "2.12.6.1"), ("2.13.0", "2.13.2.1")],
    ),
    ("GHSA-mjmj-j48q-9wg2", "CVE-2022-1471", "org.yaml:snakeyaml", &[("0", "2.0")]),
    ("GHSA-3mc7-4q67-w48m", "CVE-2022-25857", "org.yaml:snakeyaml", &[("0", "1.31")]),
    (
        "GHSA-fjq5-5j5f-mvxh",
        "CVE-2015-7501",
        "commons-collections:commons-collections",
        &[("3.0", "3.2.2")],
    ),
    ("GHSA-h376-j262-vhq6", "CVE-2021-42392", "com.h2database:h2", &[("1.1.100", "2.0.206")]),
    ("GHSA-45hx-wfhj-473x", "CVE-2022-23221", "com.h2database:h2", &[("1.1.100", "2.1.210")]),
    ("GHSA-7rpj-hg47-cx62", "CVE-2021-23463", "com.h2database:h2", &[("1.4.198", "2.0.202")]),
    (
        "GHSA-7g45-4rm6-3mm3",
        "CVE-2023-2976",
        "com.google.guava:guava",
        &[("1.0", "32.0.0-android")],
    ),
];

fn apps() -> Option<PathBuf> {
    let apps = env::var_os("PLIMSOLL_TEST_APPS").map(PathBuf::from);
    if apps.is_none() {
        println!(
            "skipped: PLIMSOLL_TEST_APPS is unset (`cargo xtask prove-apps` makes that folder)"
        );
    }
    apps
}

/// The part of the folder that a registry gave, where it could be reached.
fn part(apps: &Path, language: &str) -> Option<PathBuf> {
    let root = apps.join(language);
    if !root.is_dir() {
        println!("skipped: there is no {language} in the folder");
        return None;
    }
    Some(root)
}

fn plimsoll(work: &Path, args: &[&str]) -> Vec<u8> {
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(args)
        .current_dir(work)
        .env_clear()
        .env("HOME", work)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

const SCAN: [&str; 8] =
    ["scan", "--scanners", "vuln", "--format", "json", "--quiet", "--offline", "image.tar"];

/// Language, package, version and flaw of each finding.
fn found(language: &str, report: &Value) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for finding in report["findings"].as_array().unwrap() {
        for package in finding["packages"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let mark = if finding.get("suppression").is_some() { "-" } else { "" };
            lines.insert(format!(
                "{mark}{language} {} {} {}",
                text(&finding["package"]),
                text(&package["version"]),
                text(&finding["id"])
            ));
        }
    }
    lines
}

fn check(apps: &Path, language: &str) {
    let Some(root) = part(apps, language) else { return };
    let work = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    tar.follow_symlinks(false);
    tar.append_dir_all(".", &root).unwrap();
    let image = ImageFixture::parse("=== config\ntag: test:latest\n")
        .layer(Layer::raw(tar.into_inner().unwrap()))
        .build();
    fs::write(work.path().join("image.tar"), image.docker_archive()).unwrap();
    let report = plimsoll(work.path(), &SCAN);
    fs::write(work.path().join("report.json"), &report).unwrap();
    if let Some(kept) = env::var_os("PLIMSOLL_TEST_KEEP") {
        fs::write(Path::new(&kept).join(format!("{language}.json")), &report).unwrap();
    }
    let found = found(language, &serde_json::from_slice(&report).unwrap());
    agrees_with_the_advisories(language, &root, work.path());
    let here = |line: &&str| line.trim_start_matches('-').starts_with(&format!("{language} "));
    let expected: BTreeSet<String> = EXPECTED.lines().filter(here).map(str::to_owned).collect();
    if expected.is_empty() {
        println!(
            "{language}: {} findings; their versions are not fixed, so no list names them",
            found.len()
        );
        return;
    }
    let missing: Vec<_> = expected.difference(&found).collect();
    // Go's own library is as new as the machine's toolchain.
    let extra: Vec<_> =
        found.difference(&expected).filter(|line| !line.contains("go stdlib ")).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:#?}\nextra {extra:#?}");
    println!("{language}: {} findings, as expected", found.len());
}

/// What `apps_check.py` says to the report, where the advisories and Python are there.
fn agrees_with_the_advisories(language: &str, root: &Path, work: &Path) {
    let Some(data) = env::var_os("PLIMSOLL_TEST_DATA").map(PathBuf::from) else {
        println!("skipped in part: PLIMSOLL_TEST_DATA is unset");
        return;
    };
    let advisories = work.join("advisories");
    for name in ["golang-osv", "pypa-osv", "rustsec", "rubysec", "nodejs-security-wg"] {
        let folder = advisories.join(name);
        fs::create_dir_all(&folder).unwrap();
        let archive = data.join("advisories").join(format!("{name}.tar.xz"));
        let unpacked =
            Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(folder).status().unwrap();
        assert!(unpacked.success());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps_check.py");
    let out = Command::new("python3")
        .arg(script)
        .arg(language)
        .arg(root)
        .args([advisories, work.join("report.json")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    print!("{said}");
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn python_packages_installed_by_pip() {
    if let Some(apps) = apps() {
        check(&apps, "python");
    }
}

#[test]
fn a_tree_installed_by_npm() {
    if let Some(apps) = apps() {
        check(&apps, "node");
    }
}

#[test]
fn programs_of_go_whole_and_stripped() {
    if let Some(apps) = apps() {
        check(&apps, "go");
    }
}

#[test]
fn an_auditable_program_of_rust() {
    if let Some(apps) = apps() {
        check(&apps, "rust");
    }
}

#[test]
fn gems_that_no_package_database_owns() {
    if let Some(apps) = apps() {
        check(&apps, "ruby");
    }
}

fn pack(entries: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn osv((id, alias, package, ranges): &Fact) -> Value {
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|(from, to)| json!({"type": "ECOSYSTEM", "events": [{"introduced": from}, {"fixed": to}]}))
        .collect();
    json!({
        "schema_version": "1.6.0", "id": id, "aliases": [alias], "modified": "2024-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "Maven", "name": package}, "ranges": ranges}],
    })
}

/// A Spring Boot jar, and a web archive in an enterprise archive whose jars have lost their names.
#[test]
fn jars_of_maven_central_in_other_archives() {
    let Some(apps) = apps() else { return };
    let Some(root) = part(&apps, "java") else { return };
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name);
    fs::create_dir(path("osv")).unwrap();
    for fact in MAVEN {
        fs::write(path("osv").join(format!("{}.json", fact.0)), osv(fact).to_string()).unwrap();
    }
    plimsoll(work.path(), &["db", "build", "--feed", "osv=osv", "--output", "maven.db"]);

    let jar = |group: &str, artifact: &str, version: &str| {
        let name = format!("{artifact}-{version}.jar");
        fs::read(root.join(group).join(artifact).join(version).join(name)).unwrap()
    };
    let log4j = jar("org.apache.logging.log4j", "log4j-core", "2.14.1");
    let beans = jar("org.springframework", "spring-beans", "5.3.9");
    let h2 = jar("com.h2database", "h2", "1.4.200");
    let boot = pack(
        &[
            ("META-INF/MANIFEST.MF", b"Start-Class: org.example.Shop\n".to_vec()),
            ("BOOT-INF/lib/log4j-core-2.14.1.jar", log4j.clone()),
            (
                "BOOT-INF/lib/log4j-api-2.14.1.jar",
                jar("org.apache.logging.log4j", "log4j-api", "2.14.1"),
            ),
            ("BOOT-INF/lib/spring-beans-5.3.9.jar", beans.clone()),
            (
                "BOOT-INF/lib/spring-core-5.3.9.jar",
                jar("org.springframework", "spring-core", "5.3.9"),
            ),
            (
                "BOOT-INF/lib/jackson-databind-2.9.8.jar",
                jar("com.fasterxml.jackson.core", "jackson-databind", "2.9.8"),
            ),
            ("BOOT-INF/lib/snakeyaml-1.26.jar", jar("org.yaml", "snakeyaml", "1.26")),
            ("BOOT-INF/lib/commons-text-1.9.jar", jar("org.apache.commons", "commons-text", "1.9")),
            ("BOOT-INF/lib/guava-32.0.0-jre.jar", jar("com.google.guava", "guava", "32.0.0-jre")),
        ],
        CompressionMethod::Stored,
    );
    let war = pack(
        &[
            ("WEB-INF/lib/a.jar", log4j),
            ("WEB-INF/lib/b.jar", beans),
            ("WEB-INF/lib/c.jar", h2),
            ("WEB-INF/lib/d.jar", jar("commons-collections", "commons-collections", "3.1")),
            ("WEB-INF/lib/e.jar", jar("com.google.guava", "guava", "31.0-jre")),
        ],
        CompressionMethod::Deflated,
    );
    let ear = pack(&[("shop.war", war)], CompressionMethod::Deflated);
    let image = ImageFixture::parse("=== config\ntag: test:latest\n")
        .layer(Layer::of(vec![Entry::file("srv/app.jar", boot), Entry::file("srv/app.ear", ear)]))
        .build();
    fs::write(path("image.tar"), image.docker_archive()).unwrap();
    let report = plimsoll(work.path(), &[&SCAN[..], &["--db", "maven.db"]].concat());
    let report: Value = serde_json::from_slice(&report).unwrap();

    let mut found = Vec::new();
    for finding in report["findings"].as_array().unwrap() {
        for package in finding["packages"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let inside = text(&package["application"]["inside"]);
            let (name, id) = (text(&finding["package"]), text(&finding["id"]));
            let artifact = name.rsplit(':').next().unwrap();
            found.push(format!("{id} {artifact} {inside}"));
        }
    }
    found.sort();
    let mut expected = Vec::new();
    for (inside, artifact, flaws) in [
        (
            "BOOT-INF/lib/log4j-core-2.14.1.jar",
            "log4j-core",
            &["CVE-2021-44228", "CVE-2021-45046", "CVE-2021-45105", "CVE-2021-44832"][..],
        ),
        ("BOOT-INF/lib/spring-beans-5.3.9.jar", "spring-beans", &["CVE-2022-22965"]),
        ("BOOT-INF/lib/jackson-databind-2.9.8.jar", "jackson-databind", &["CVE-2020-36518"]),
        ("BOOT-INF/lib/snakeyaml-1.26.jar", "snakeyaml", &["CVE-2022-1471", "CVE-2022-25857"]),
        ("BOOT-INF/lib/commons-text-1.9.jar", "commons-text", &["CVE-2022-42889"]),
        (
            "shop.war!/WEB-INF/lib/a.jar",
            "log4j-core",
            &["CVE-2021-44228", "CVE-2021-45046", "CVE-2021-45105", "CVE-2021-44832"],
        ),
        ("shop.war!/WEB-INF/lib/b.jar", "spring-beans", &["CVE-2022-22965"]),
        (
            "shop.war!/WEB-INF/lib/c.jar",
            "h2",
            &["CVE-2021-42392", "CVE-2022-23221", "CVE-2021-23463"],
        ),
        ("shop.war!/WEB-INF/lib/d.jar", "commons-collections", &["CVE-2015-7501"]),
        ("shop.war!/WEB-INF/lib/e.jar", "guava", &["CVE-2023-2976"]),
    ] {
        expected.extend(flaws.iter().map(|flaw| format!("{flaw} {artifact} {inside}")));
    }
    expected.sort();
    assert_eq!(found, expected);
    println!("java: {} findings, as expected", found.len());
}
