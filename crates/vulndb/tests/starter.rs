//! The embedded database: whole, of facts only, and with answers that its sources give.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use plimsoll_model::{FixState, NameKind, Namespace};
use plimsoll_vulndb::{Row, VulnDb, starter};

fn rows(
    db: &VulnDb,
    namespace: (&str, &str),
    kind: NameKind,
    package: &str,
    flaw: &str,
) -> Vec<Row> {
    let namespace = Namespace::new(namespace.0, namespace.1);
    let mut rows = db.lookup(&namespace, kind, package).unwrap();
    rows.retain(|row| row.flaw == flaw);
    rows
}

#[test]
fn it_is_whole_and_covers_what_its_sources_cover() {
    let db = starter().unwrap();
    let verified = db.verify().unwrap();
    assert_eq!(verified.rows, db.meta().rows);
    assert!(db.size() < 12 << 20);
    for (ecosystem, releases) in [
        ("almalinux", &["8", "9", "10"][..]),
        ("alpine", &["3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11"]),
        ("debian", &["4", "5", "6", "7", "8", "9", "10", "11"]),
        ("ubuntu", &["10.04", "12.04", "14.04", "16.04", "18.04", "19.10"]),
    ] {
        for release in releases {
            let info = db.coverage(&Namespace::new(ecosystem, *release));
            assert!(info.is_some_and(|i| i.packages > 50), "{ecosystem}:{release}");
        }
    }
    let feeds: Vec<&str> = db.meta().feeds.iter().map(|f| f.id.as_str()).collect();
    let expected = [
        "almalinux-osv",
        "alpine-secdb",
        "cisa-kev",
        "debian-lists",
        "nvd-scores",
        "ubuntu-cve-tracker",
    ];
    assert_eq!(feeds, expected);
    for feed in &db.meta().feeds {
        assert!(feed.records > 0 && !feed.licence.is_empty() && feed.date.is_some(), "{}", feed.id);
    }
}

#[test]
fn its_answers_are_those_of_its_sources() {
    let db = starter().unwrap();
    let fixed = |rows: &[Row]| -> Vec<String> {
        rows.iter().flat_map(|r| r.ranges.iter().filter_map(|range| range.fixed.clone())).collect()
    };
    let source = NameKind::Source;
    let musl = rows(&db, ("alpine", "3.9"), source, "musl", "CVE-2019-14697");
    assert_eq!(fixed(&musl), ["1.1.20-r5"]);
    let xorg = rows(&db, ("debian", "11"), source, "xorg-server", "CVE-2023-1393");
    assert_eq!(fixed(&xorg), ["2:1.20.11-1+deb11u6"]);
    assert_eq!(xorg[0].advisory, "DSA-5380-1");
    let samba = rows(&db, ("ubuntu", "18.04"), source, "samba", "CVE-2018-10858");
    assert_eq!(fixed(&samba), ["2:4.7.6+dfsg~ubuntu-0ubuntu2.2"]);
    let musl = rows(&db, ("ubuntu", "18.04"), source, "musl", "CVE-2019-14697");
    assert_eq!(musl[0].state, FixState::UnderInvestigation);
    // Not affected: silence says it.
    assert_eq!(rows(&db, ("ubuntu", "19.10"), source, "musl", "CVE-2019-14697"), []);
    let xml = rows(&db, ("almalinux", "8"), NameKind::Binary, "libxml2-devel", "CVE-2022-23308");
    assert_eq!(fixed(&xml), ["2.9.7-12.el8_5"]);
}

#[test]
fn flaws_carry_marks_and_vectors_but_no_prose() {
    let db = starter().unwrap();
    let log4j = db.flaw("CVE-2021-44228").unwrap().unwrap();
    assert!(log4j.kev.is_some_and(|kev| kev.ransomware));
    let samba = db.flaw("CVE-2018-10858").unwrap().unwrap();
    assert!(samba.ratings.iter().any(|r| r.source == "nvd" && r.cvss.is_some()));
    assert!(samba.ratings.iter().any(|r| r.source == "ubuntu" && r.severity.is_some()));
    assert_eq!((samba.title, samba.description, samba.references.len()), (None, None, 0));
}
