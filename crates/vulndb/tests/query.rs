//! Looking into a database, and building on one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;

use plimsoll_model::{Channel, FixState, NameKind, Namespace, Range, Rating, Severity};
use plimsoll_vulndb::{BuildOptions, Builder, MAX_SIMILAR, VulnDb};
use support::{advisory, affected, build, file, file_with, sample};

fn erratum() -> plimsoll_model::Advisory {
    let mut one = advisory("errata", "DSA-1-1");
    one.flaws = vec!["CVE-2020-0001".into(), "CVE-2020-0002".into()];
    one.affected = vec![affected("debian", "12", "openssl", FixState::Fixed, Some("3.0.2-1"))];
    one
}

#[test]
fn everything_a_flaw_or_an_advisory_is_about_is_found() {
    let mut tracker = advisory("tracker", "CVE-2020-0001");
    tracker.aliases = vec!["GHSA-aaaa".into()];
    tracker.affected = vec![
        affected("debian", "11", "openssl", FixState::WillNotFix, None),
        affected("alpine", "3.9", "openssl", FixState::Fixed, Some("1.1.1-r1")),
    ];
    let mut odd = advisory("tracker", "TEMP-0000001-ABCDEF");
    odd.affected = vec![affected("debian", "11", "bash", FixState::Affected, None)];
    let db = build([sample(5000), vec![erratum(), tracker, odd]].concat());
    let places = |id: &str| -> Vec<String> {
        let found = db.affected_by(&db.primary_id(id).unwrap()).unwrap();
        let line = |a: &plimsoll_vulndb::AffectedPackage| {
            format!("{} {} {} {}", a.namespace, a.package, a.row.flaw, a.row.feed)
        };
        found.iter().map(line).collect()
    };
    let of_flaw = [
        "alpine:3.9 openssl CVE-2020-0001 tracker",
        "debian:11 openssl CVE-2020-0001 tracker",
        "debian:12 openssl CVE-2020-0001 errata",
    ];
    for id in ["CVE-2020-0001", "GHSA-aaaa", " cve-2020-0001"] {
        assert_eq!(places(id), of_flaw, "{id}");
    }
    let of_erratum =
        ["debian:12 openssl CVE-2020-0001 errata", "debian:12 openssl CVE-2020-0002 errata"];
    assert_eq!(places("DSA-1-1"), of_erratum);
    assert_eq!(places("TEMP-0000001-ABCDEF"), ["debian:11 bash TEMP-0000001-ABCDEF tracker"]);
    for unknown in ["CVE-2020-9999", "", "GHSA", "bash"] {
        assert!(places(unknown).is_empty(), "{unknown}");
    }
}

#[test]
fn names_that_were_meant_are_suggested() {
    let db = build([sample(500), vec![erratum()]].concat());
    let similar = |name: &str| db.similar_packages(name, |_| true).unwrap();
    assert_eq!(similar("opnssl"), ["openssl"]);
    assert_eq!(similar("openssl-libs"), ["openssl"]);
    assert_eq!(similar("package").len(), MAX_SIMILAR);
    assert_eq!(similar("package-7").first().unwrap(), "package-7");
    assert!(similar("zzzzzz").is_empty());
    assert!(db.similar_packages("opnssl", |n| n.release == "11").unwrap().is_empty());
    let flaws = db.similar_flaws("CVE-2000-074").unwrap();
    assert!(flaws.contains(&"CVE-2000-0740".to_owned()), "{flaws:?}");
}

#[test]
fn a_version_is_judged_as_a_scan_would() {
    let mut open = advisory("tracker", "CVE-2020-0003");
    open.affected = vec![affected("debian", "12", "openssl", FixState::WillNotFix, None)];
    open.ratings =
        vec![Rating { source: "debian".into(), severity: Some(Severity::Low), cvss: None }];
    let mut paid = advisory("tracker", "CVE-2020-0004");
    let mut row = affected("debian", "12", "openssl", FixState::Fixed, Some("3.0.9-1"));
    row.channel = Some(Channel { name: "elts".into(), paid: true });
    paid.affected = vec![row];
    let db = build(vec![erratum(), open, paid]);
    let debian = Namespace::new("debian", "12");
    let judge = |version: &str| {
        let verdict =
            db.judge_version(&debian, NameKind::Source, "openssl", version, None).unwrap();
        assert!(verdict.known);
        verdict
    };
    let ids = |version: &str| -> Vec<String> {
        judge(version).hits.into_iter().map(|hit| hit.flaw).collect()
    };
    assert_eq!(
        ids("3.0.1-1"),
        ["CVE-2020-0001", "CVE-2020-0002", "CVE-2020-0003", "CVE-2020-0004"]
    );
    assert_eq!(ids("3.0.2-1"), ["CVE-2020-0003", "CVE-2020-0004"]);
    assert_eq!(ids("3.1-1"), ["CVE-2020-0003"]);
    let hits = judge("3.0.2-1").hits;
    assert_eq!((hits[0].state, hits[0].severity), (FixState::WillNotFix, Severity::Low));
    assert_eq!(hits[0].severity_source, "debian");
    assert_eq!(hits[1].fixed.as_deref(), Some("3.0.9-1"));
    assert!(hits[1].channel.as_ref().unwrap().paid);
    assert!(judge("not a version!").undecided.is_some());
    let unknown = db.judge_version(&debian, NameKind::Binary, "openssl", "1", None).unwrap();
    assert!(!unknown.known);
}

fn rebuilt(bases: &[&VulnDb], without: &[&str], own: Vec<plimsoll_model::Advisory>) -> Vec<u8> {
    let mut options: BuildOptions = support::options();
    options.keep_unreferenced = true;
    let mut builder = Builder::new(options).unwrap();
    let without: BTreeSet<String> = without.iter().map(|w| (*w).to_owned()).collect();
    for base in bases {
        builder.add_database(base, &without).unwrap();
    }
    builder.priority("own", 30);
    own.into_iter().for_each(|one| builder.add(one).unwrap());
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    out
}

#[test]
fn a_database_built_on_another_alone_is_the_other() {
    let mut versions = erratum();
    versions.id = "DSA-2-1".into();
    versions.affected[0].versions = vec!["1".into(), "2".into()];
    versions.affected[0].ranges =
        vec![Range::before("1"), Range { introduced: Some("2".into()), ..Range::default() }];
    versions.affected[0].arches = vec!["amd64".into()];
    versions.affected[0].module = Some("a:b".into());
    versions.affected[0].severity = Some(Severity::High);
    let mut scored = sample(3000);
    for (n, one) in (0u8..).zip(scored.iter_mut().step_by(100)) {
        let (probability, date) =
            (f32::from(n) / 100.0, jiff::civil::date(2026, 11, 1 + n as i8 % 2));
        one.epss = Some(plimsoll_model::Epss { probability, percentile: 0.5, date });
    }
    let (bytes, stats) = file([scored, vec![erratum(), versions]].concat());
    assert!(stats.scores > 9);
    let db = VulnDb::from_bytes(bytes.clone()).unwrap();
    assert!(rebuilt(&[&db], &[], vec![]) == bytes);
    assert!(rebuilt(&[&db, &db], &[], vec![]) == bytes, "what is given twice is kept once");
}

#[test]
fn own_advisories_stand_beside_those_of_the_base_and_go_before_them() {
    let base = build([sample(200), vec![erratum()]].concat());
    let mut other = advisory("own", "ACME-1");
    other.affected = vec![affected("debian", "12", "openssl", FixState::Fixed, Some("9"))];
    let mut same = advisory("own", "ACME-2");
    same.flaws = vec!["CVE-2020-0001".into()];
    same.affected = vec![affected("debian", "12", "openssl", FixState::NotAffected, None)];
    let db = VulnDb::from_bytes(rebuilt(&[&base], &[], vec![other, same])).unwrap();
    let debian = Namespace::new("debian", "12");
    let rows = |db: &VulnDb| -> Vec<(String, String, String)> {
        let rows = db.lookup(&debian, NameKind::Source, "openssl").unwrap();
        rows.into_iter().map(|row| (row.flaw, row.feed, row.advisory)).collect()
    };
    let expected = [
        ("ACME-1", "own", "ACME-1"),
        ("CVE-2020-0001", "own", "ACME-2"),
        ("CVE-2020-0002", "errata", "DSA-1-1"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect();
    assert_eq!(rows(&db), expected);
    assert!(db.meta().feeds.iter().any(|feed| feed.id == "feed"));
    // Built again without the own feed, nothing of it is left.
    let db = VulnDb::from_bytes(rebuilt(&[&db], &["own"], vec![])).unwrap();
    assert_eq!(rows(&db), [("CVE-2020-0002".into(), "errata".into(), "DSA-1-1".into())]);
    assert!(db.meta().feeds.iter().all(|feed| feed.id != "own"));
}

#[test]
fn a_damaged_base_is_an_error() {
    let (mut bytes, _) = file_with(sample(3000), |_| {});
    bytes[2000] ^= 1;
    let db = VulnDb::from_bytes(bytes).unwrap();
    let mut builder = Builder::new(support::options()).unwrap();
    assert!(builder.add_database(&db, &BTreeSet::new()).is_err());
    assert!(db.affected_by("CVE-2000-0000").is_err());
}
