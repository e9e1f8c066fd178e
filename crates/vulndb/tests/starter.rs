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
        ("cargo", &[""]),
        ("composer", &[""]),
        ("gem", &[""]),
        ("golang", &[""]),
        ("npm", &[""]),
        ("pypi", &[""]),
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
        "nodejs-security-wg",
        "nvd-scores",
        "osv",
        "php-friends",
        "rubysec",
        "rustsec",
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
fn its_answers_about_applications_are_those_of_the_advisories() {
    let db = starter().unwrap();
    for (ecosystem, package, version, flaw, fixed) in [
        ("pypi", "urllib3", "1.24.1", "CVE-2019-11324", Some("1.24.2")),
        ("pypi", "Jinja2", "2.10", "CVE-2019-10906", Some("2.10.1")),
        ("golang", "golang.org/x/net", "v0.6.0", "CVE-2022-41723", Some("0.7.0")),
        ("golang", "stdlib", "go1.19.5", "CVE-2022-41723", Some("1.19.6")),
        ("cargo", "openssl-src", "300.0.11", "CVE-2023-0401", Some("300.0.12")),
        ("gem", "actionpack", "8.1.1", "CVE-2026-33167", Some("8.1.2.1")),
        ("composer", "typo3/cms-core", "v10.4.17", "CVE-2021-32668", Some("10.4.18")),
        ("npm", "protobufjs", "6.8.5", "CVE-2018-3738", Some("6.8.6")),
        ("npm", "protobufjs", "5.0.2", "CVE-2018-3738", Some("5.0.3")),
        ("generic", "node", "9.11.1", "CVE-2018-7162", Some("9.11.2")),
    ] {
        let namespace = Namespace::new(ecosystem, "");
        let verdict =
            db.judge_version(&namespace, NameKind::Binary, package, version, None).unwrap();
        let hit = verdict.hits.iter().find(|hit| hit.flaw == flaw);
        let found = hit.unwrap_or_else(|| panic!("{package} {version}: {:?}", verdict.hits));
        assert_eq!(found.fixed.as_deref(), fixed, "{package} {version}");
    }
    for (ecosystem, package, version) in [
        ("pypi", "urllib3", "99.0.0"),
        ("golang", "golang.org/x/net", "v99.0.0"),
        ("cargo", "openssl-src", "999.0.0"),
        ("npm", "protobufjs", "6.8.6"),
        ("generic", "node", "99.0.0"),
    ] {
        let namespace = Namespace::new(ecosystem, "");
        let verdict =
            db.judge_version(&namespace, NameKind::Binary, package, version, None).unwrap();
        let hits: Vec<&str> = verdict.hits.iter().map(|hit| hit.flaw.as_str()).collect();
        assert!(verdict.known && hits.is_empty(), "{package} {version}: {hits:?}");
    }
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
