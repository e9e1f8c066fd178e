//! `db query` and `db show` as a user runs them, on the embedded database of real advisories.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::{Command, Output};

use serde_json::Value;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(args)
        .env_clear()
        .env("HOME", "/nonexistent")
        .output()
        .unwrap()
}

fn text(args: &[&str], code: i32) -> String {
    let out = run(args);
    let said = String::from_utf8(out.stdout).unwrap();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {said}{errors}");
    said + &errors
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&text(&[args, &["--json"]].concat(), 0)).unwrap()
}

#[test]
fn a_version_has_the_flaws_that_a_scan_reports() {
    // https://security.alpinelinux.org/vuln/CVE-2019-14697: musl, mended in 1.1.20-r5 of Alpine 3.9.
    let of = |version: &str| {
        let found = json(&["db", "query", &format!("musl@{version}"), "--os", "alpine:3.9.0"]);
        let [answer] = found["answers"].as_array().unwrap().as_slice() else { panic!("{found}") };
        answer.clone()
    };
    let answer = of("1.1.20-r4");
    assert_eq!(answer["namespace"], "alpine:3.9");
    assert_eq!(answer["name_kind"], "source");
    let flaw = &answer["flaws"][0];
    assert_eq!(flaw["flaw"], "CVE-2019-14697");
    assert_eq!(flaw["fixed"], "1.1.20-r5");
    assert_eq!(flaw["severity"], "critical");
    assert_eq!(flaw["advisories"][0]["source"], "alpine-secdb");
    assert_eq!(of("1.1.20-r5")["flaws"], serde_json::json!([]));
    let said = text(&["db", "query", "musl@1.1.20-r5", "--os", "alpine:3.9"], 0);
    assert!(
        said.contains("musl 1.1.20-r5 in alpine:3.9 (source package): no known flaw"),
        "{said}"
    );
    let said = text(&["db", "query", "musl@not/a/version", "--os", "alpine:3.9"], 0);
    assert!(said.contains("cannot tell"), "{said}");
}

#[test]
fn a_package_url_names_source_release_and_version() {
    let purl = "pkg:apk/alpine/ssl_client@1.29.3-r9?arch=x86_64&distro=alpine-3.9&upstream=busybox";
    let said = text(&["db", "query", purl], 0);
    assert!(said.contains("busybox 1.29.3-r9 in alpine:3.9"), "{said}");
    assert!(said.contains("CVE-2018-20679"), "{said}");
    assert!(said.contains("1.29.3-r10"), "{said}");
}

#[test]
fn without_a_version_all_statements_come_everywhere() {
    let everywhere = json(&["db", "query", "openssl"]);
    let namespaces: Vec<&str> = everywhere["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["namespace"].as_str().unwrap())
        .collect();
    for expected in ["alpine:3.9", "debian:9", "ubuntu:18.04", "almalinux:8"] {
        assert!(namespaces.contains(&expected), "{expected} is not in {namespaces:?}");
    }
    let debian = json(&["db", "query", "openssl", "--os", "debian"]);
    assert!(debian["answers"].as_array().unwrap().len() > 1);
    let said = text(&["db", "query", "openssl", "--os", "debian:9"], 0);
    assert!(said.contains("openssl in debian:9 (source package)"), "{said}");
    assert!(said.contains("debian-lists (DSA-"), "{said}");
}

#[test]
fn what_is_not_there_is_said_with_its_own_exit_code() {
    let said = text(&["db", "query", "opnssl", "--os", "debian:9"], 3);
    assert!(said.contains("nothing is said about opnssl in debian:9"), "{said}");
    assert!(said.contains("similar names: openssl"), "{said}");
    assert!(said.contains("name source packages"), "{said}");
    let said = text(&["db", "query", "openssl", "--os", "plan9:4"], 3);
    assert!(said.contains("no advisories for plan9:4"), "{said}");
    let said = text(&["db", "query", "lodash", "--ecosystem", "nonsense"], 3);
    assert!(said.contains("no advisories for nonsense"), "{said}");
    text(&["db", "query", "a@"], 2);
    text(&["db", "query", "pkg:deb"], 2);
    let said = text(&["db", "show", "CVE-2019-146977"], 3);
    assert!(said.contains("knows no CVE-2019-146977"), "{said}");
    assert!(said.contains("similar ids: CVE-2019-14697"), "{said}");
    text(&["db", "show", "nonsense"], 3);
}

#[test]
fn a_flaw_with_its_ratings_and_everything_that_it_affects() {
    // Heartbleed: https://nvd.nist.gov/vuln/detail/CVE-2014-0160.
    let flaw = json(&["db", "show", "cve-2014-0160"]);
    assert_eq!(flaw["id"], "CVE-2014-0160");
    assert_eq!(flaw["kev"]["added"], "2022-05-04");
    let rating = |version: &str| {
        let all = flaw["ratings"].as_array().unwrap();
        all.iter().find(|r| r["cvss"]["version"] == version).unwrap().clone()
    };
    assert_eq!(rating("2.0")["score"], 5.0);
    assert_eq!(rating("2.0")["cvss"]["vector"], "AV:N/AC:L/Au:N/C:P/I:N/A:N");
    let statements = flaw["statements"].as_array().unwrap();
    let wheezy = statements
        .iter()
        .find(|s| s["namespace"] == "debian:7" && s["package"] == "openssl")
        .unwrap();
    assert_eq!(
        (&wheezy["advisory"], &wheezy["feed"]),
        (&"DSA-2896-1".into(), &"debian-lists".into())
    );
    assert_eq!(wheezy["fixed"], "1.0.1e-2+deb7u5");
    let said = text(&["db", "show", "CVE-2014-0160"], 0);
    assert!(said.contains("known to be (in CISA's catalogue since 2022-05-04)"), "{said}");
    assert!(said.contains("5.0  CVSS 2.0  AV:N/AC:L/Au:N/C:P/I:N/A:N"), "{said}");

    let advisory = text(&["db", "show", "DSA-2896-1"], 0);
    assert!(advisory.contains("CVE-2014-0160"), "{advisory}");
}
