//! What goes into a database comes out of it; what is damaged is an error.

mod support;

use std::collections::BTreeSet;

use plimsoll_model::{Advisory, Digest, FixState, NameKind, Namespace, Range, Rating, Severity};
use plimsoll_vulndb::{Builder, DbError, Row, VulnDb};
use proptest::prelude::*;
use support::{advisory, affected, build, build_with, day, feed, options, sample};

#[test]
fn a_lookup_returns_what_was_put_in() {
    let mut one = advisory("debian-tracker", "CVE-2019-0001");
    one.affected = vec![affected("debian", "12", "openssl", FixState::Fixed, Some("3.0.11-1"))];
    one.ratings =
        vec![Rating { source: "debian".into(), severity: Some(Severity::Low), cvss: None }];
    one.published = Some(day());
    let db = build(vec![one]);
    let rows = db.lookup(&Namespace::new("debian", "12"), NameKind::Source, "openssl").unwrap();
    assert_eq!(
        rows,
        [Row {
            flaw: "CVE-2019-0001".into(),
            advisory: "CVE-2019-0001".into(),
            feed: "debian-tracker".into(),
            state: FixState::Fixed,
            ranges: vec![Range::before("3.0.11-1").into()],
            versions: vec![],
            arches: vec![],
            module: None,
            channel: None,
            severity: None,
            symbols: vec![],
        }]
    );
    for (release, kind, name) in [
        ("12", NameKind::Binary, "openssl"),
        ("12", NameKind::Source, "openss"),
        ("12", NameKind::Source, "openssl1"),
        ("1", NameKind::Source, "openssl"),
        ("", NameKind::Source, "openssl"),
    ] {
        let rows = db.lookup(&Namespace::new("debian", release), kind, name).unwrap();
        assert!(rows.is_empty(), "{release} {name}");
    }
    let record = db.flaw("CVE-2019-0001").unwrap().unwrap();
    assert_eq!((record.published, record.ratings.len()), (Some(day()), 1));
    assert!(db.flaw("CVE-2019-0002").unwrap().is_none());
    let info = db.coverage(&Namespace::new("debian", "12")).unwrap();
    assert_eq!((info.source_rows, info.binary_rows, info.packages), (1, 0, 1));
    assert_eq!(info.feeds, ["debian-tracker"]);
    assert!(db.coverage(&Namespace::new("debian", "11")).is_none());
    db.verify().unwrap();
}

#[test]
fn records_of_one_flaw_are_joined_under_its_cve() {
    let mut ghsa = advisory("ghsa", "GHSA-aaaa");
    ghsa.flaws = vec!["CVE-2020-0001".into()];
    ghsa.aliases = vec!["GHSA-aaaa".into(), "PYSEC-2020-1".into()];
    ghsa.cwes = vec!["CWE-79".into()];
    ghsa.title = Some("a title".into());
    let mut pysec = advisory("pysec", "PYSEC-2020-1");
    pysec.affected = vec![affected("pypi", "", "django", FixState::Fixed, Some("2.0"))];
    let mut epss = advisory("epss", "CVE-2020-0001");
    epss.epss = Some(plimsoll_model::Epss { probability: 0.5, percentile: 0.9, date: day() });
    let db = build(vec![ghsa, pysec, epss]);
    let rows = db.lookup(&Namespace::new("pypi", ""), NameKind::Source, "django").unwrap();
    assert_eq!(
        (rows[0].flaw.as_str(), rows[0].advisory.as_str()),
        ("CVE-2020-0001", "PYSEC-2020-1")
    );
    for id in ["CVE-2020-0001", "GHSA-aaaa", "PYSEC-2020-1"] {
        let record = db.flaw(id).unwrap().unwrap();
        assert_eq!(record.id, "CVE-2020-0001");
        assert_eq!(record.aliases, ["GHSA-aaaa", "PYSEC-2020-1"]);
        assert_eq!(record.cwes, ["CWE-79"]);
        assert_eq!(record.title.as_deref(), Some("a title"));
        assert!(record.epss.is_some());
    }
    db.verify().unwrap();
}

#[test]
fn an_erratum_of_several_flaws_is_no_alias_and_lends_its_severity_to_rows_only() {
    let mut erratum = advisory("almalinux-osv", "ALSA-2021:1");
    erratum.flaws = vec!["CVE-2021-0001".into(), "CVE-2021-0002".into()];
    erratum.aliases = vec!["CVE-2021-0001".into(), "CVE-2021-0002".into()];
    erratum.ratings =
        vec![Rating { source: "almalinux".into(), severity: Some(Severity::High), cvss: None }];
    erratum.affected = vec![affected("almalinux", "8", "curl", FixState::Fixed, Some("7.61-18"))];
    let db = build(vec![erratum]);
    let rows = db.lookup(&Namespace::new("almalinux", "8"), NameKind::Source, "curl").unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|r| r.severity == Some(Severity::High) && r.advisory == "ALSA-2021:1"));
    assert!(db.flaw("ALSA-2021:1").unwrap().is_none());
    assert!(db.flaw("CVE-2021-0001").unwrap().is_none());
}

#[test]
fn withdrawn_records_misspelt_ids_duplicates_and_rivals_are_settled() {
    let row = |fixed| affected("alpine", "3.9", "busybox", FixState::Fixed, Some(fixed));
    let mut withdrawn = advisory("alpine-secdb", "CVE-2019-0009");
    withdrawn.withdrawn = Some(day());
    withdrawn.affected = vec![row("9")];
    let mut misspelt = advisory("alpine-secdb", "CVE 2018-16859");
    misspelt.affected = vec![row("2"), row("2")];
    let mut low = advisory("other-feed", "CVE-2018-16859");
    low.affected = vec![row("3")];
    let mut nameless = advisory("alpine-secdb", "CVE-2019-0002");
    nameless.affected = vec![row("")];
    nameless.affected[0].package = "a\0b".into();
    let (db, stats) = build_with(vec![withdrawn, misspelt, low, nameless], |builder| {
        builder.priority("alpine-secdb", 9);
    });
    assert_eq!((stats.withdrawn, stats.repaired_ids, stats.duplicates), (1, 1, 1));
    assert_eq!((stats.overruled, stats.refused_rows, stats.rows), (1, 1, 1));
    let rows = db.lookup(&Namespace::new("alpine", "3.9"), NameKind::Source, "busybox").unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].flaw.as_str(), rows[0].feed.as_str()), ("CVE-2018-16859", "alpine-secdb"));
    assert_eq!(rows[0].advisory, "CVE-2018-16859");
}

#[test]
fn records_of_flaws_without_packages_are_kept_only_on_demand() {
    let mut nvd = advisory("nvd", "CVE-2020-0001");
    nvd.cwes = vec!["CWE-1".into()];
    assert!(build(vec![nvd.clone()]).flaw("CVE-2020-0001").unwrap().is_none());
    let mut all = options();
    all.keep_unreferenced = true;
    let mut builder = Builder::new(all).unwrap();
    builder.add(nvd).unwrap();
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    assert!(VulnDb::from_bytes(out).unwrap().flaw("CVE-2020-0001").unwrap().is_some());
}

#[test]
fn the_order_of_the_input_and_the_memory_do_not_change_a_byte() {
    let advisories = sample(400);
    let file = |advisories: Vec<Advisory>, memory: usize| {
        let mut options = options();
        options.memory = memory;
        let mut builder = Builder::new(options).unwrap();
        for advisory in advisories {
            builder.add(advisory).unwrap();
        }
        let mut out = Vec::new();
        let stats = builder.finish(&mut out).unwrap();
        (out, stats)
    };
    let (forward, stats) = file(advisories.clone(), 1 << 20);
    let (backward, _) = file(advisories.into_iter().rev().collect(), 4096);
    assert!(forward == backward);
    assert!(stats.rows > 1000, "{stats:?}");
}

#[test]
fn a_file_is_replaced_whole_while_readers_keep_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advisories.db");
    let write = |count| {
        let mut builder = Builder::new(options()).unwrap();
        sample(count).into_iter().for_each(|a| builder.add(a).unwrap());
        builder.finish_to_path(&path).unwrap()
    };
    let first = write(100);
    let old = VulnDb::open(&path).unwrap();
    let second = write(200);
    let new = VulnDb::open(&path).unwrap();
    assert_eq!(Some(old.verify().unwrap().digest), first.digest);
    assert_eq!(Some(new.verify().unwrap().digest), second.digest);
    assert_ne!(old.info().digest, new.info().digest);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(new.info().origin, path.display().to_string());
}

#[test]
fn many_threads_read_at_once() {
    let db = build(sample(300));
    let namespace = Namespace::new("debian", "12");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (db, namespace) = (&db, &namespace);
            scope.spawn(move || {
                for n in 0..300 {
                    let name = format!("package-{}", (n * 7 + thread) % 60);
                    db.lookup(namespace, NameKind::Source, &name).unwrap();
                }
            });
        }
    });
}

#[test]
fn other_files_are_refused_by_name() {
    let open = |bytes: &[u8]| VulnDb::from_bytes(bytes).map(drop).unwrap_err();
    assert!(matches!(open(b""), DbError::NotADatabase(_)));
    assert!(matches!(open(&[0; 500]), DbError::NotADatabase(_)));
    let (mut file, _) = support::file(sample(10));
    file[8] = 99;
    assert!(matches!(open(&file), DbError::Schema { found: 99, .. }));
    let missing = VulnDb::open("/nonexistent/x.db").map(drop).unwrap_err();
    assert!(missing.to_string().contains("/nonexistent/x.db"), "{missing}");
    assert!(matches!(VulnDb::open("/").map(drop), Err(DbError::NotADatabase(_))));
}

/// Every single damaged byte is noticed by `verify`, and no look-up panics on it or returns other rows.
#[test]
fn flipped_bytes_are_noticed() {
    let (file, _) = support::file(sample(120));
    let whole = VulnDb::from_bytes(file.clone()).unwrap();
    let namespace = Namespace::new("debian", "12");
    let expected = whole.lookup(&namespace, NameKind::Source, "package-7").unwrap();
    for at in (0..file.len()).step_by(7) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x41;
        let Ok(db) = VulnDb::from_bytes(damaged) else { continue };
        assert!(db.verify().is_err(), "byte {at}");
        if let Ok(rows) = db.lookup(&namespace, NameKind::Source, "package-7") {
            assert_eq!(rows, expected, "byte {at}");
        }
    }
    for len in (0..file.len()).step_by(11) {
        assert!(VulnDb::from_bytes(&file[..len]).is_err(), "{len} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_bytes_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000), framed: bool) {
        let mut file = bytes;
        if framed {
            let mut whole = b"PLIMSLDB\x02\0\0\0".to_vec();
            whole.extend(file);
            whole.extend(b"PLIMSLDB");
            file = whole;
        }
        if let Ok(db) = VulnDb::from_bytes(file) {
            let _ = db.verify();
        }
    }

    #[test]
    fn everything_put_in_is_found(
        rows in proptest::collection::vec(
            ("(debian|ubuntu|alpine)", "(10|12|3\\.9|)", "[a-c]{1,3}", any::<bool>(), 1u32..30, "[0-9.]{1,4}"),
            1..60,
        ),
    ) {
        let mut expected = BTreeSet::new();
        let mut advisories = Vec::new();
        for (ecosystem, release, package, binary, number, fixed) in rows {
            let flaw = format!("CVE-2020-{number:04}");
            let mut advisory = advisory("feed", &flaw);
            let mut row = affected(&ecosystem, &release, &package, FixState::Fixed, Some(&fixed));
            row.name_kind = if binary { NameKind::Binary } else { NameKind::Source };
            let kind = row.name_kind;
            expected.insert((Namespace::new(ecosystem, release), kind, package, flaw, fixed));
            advisory.affected = vec![row];
            advisories.push(advisory);
        }
        let db = build(advisories);
        let counts = db.verify().unwrap();
        prop_assert_eq!(counts.rows, expected.len() as u64);
        for (namespace, kind, package, flaw, fixed) in &expected {
            let rows = db.lookup(namespace, *kind, package).unwrap();
            let found = rows.iter().any(|row| {
                row.flaw == *flaw && row.ranges == [Range::before(fixed.as_str()).into()]
            });
            prop_assert!(found, "{namespace} {package} {flaw}");
        }
    }
}

#[test]
fn the_embedded_database_is_whole_and_small_enough_to_embed() {
    const MAX_STARTER: u64 = 12 << 20;
    let db = plimsoll_vulndb::starter().unwrap();
    assert_eq!(db.info().origin, "starter");
    assert!(db.size() <= MAX_STARTER, "{} bytes", db.size());
    db.verify().unwrap();
}

/// An old table of a source's vectors stands beside what the source says now.
#[test]
fn of_one_source_the_vector_of_the_preferred_feed_counts() {
    let rating = |version: &str, vector: &str| Rating {
        source: "nvd".into(),
        severity: None,
        cvss: Some(plimsoll_model::CvssRating { version: version.into(), vector: vector.into() }),
    };
    let (v2, old) = ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    let new = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let mut table = advisory("nvd-scores", "CVE-2020-0001");
    table.ratings = vec![rating("2.0", v2), rating("3.1", old)];
    let mut now = advisory("nvd", "CVE-2020-0001");
    now.aliases = vec!["GHSA-aaaa-bbbb-cccc".into()];
    now.ratings = vec![rating("3.1", new)];
    let mut row = advisory("pysec", "CVE-2020-0001");
    row.affected = vec![affected("pypi", "", "django", FixState::Fixed, Some("2.0"))];
    let mut builder = Builder::new(options()).unwrap();
    builder.priority("nvd", 10);
    builder.priority("nvd-scores", 5);
    for advisory in [table, now, row] {
        builder.add(advisory).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    builder.finish_to_path(&path).unwrap();
    let record = VulnDb::open(&path).unwrap().flaw("CVE-2020-0001").unwrap().unwrap();
    let vectors: Vec<&str> =
        record.ratings.iter().map(|r| r.cvss.as_ref().unwrap().vector.as_str()).collect();
    assert_eq!(vectors, [v2, new]);
}

/// A date that a feed tells goes before the one that the program has; what it does not tell stays.
#[test]
fn ends_of_life_go_before_those_of_the_program() {
    use plimsoll_model::{EndOfLife, OperatingSystem};
    let end = |year| EndOfLife { date: jiff::civil::date(year, 5, 1), extended: None };
    let mut builder = Builder::new(options()).unwrap();
    builder.end_of_life(Namespace::new("alpine", "3.22"), end(2027));
    builder.end_of_life(Namespace::new("alpine", "3.22"), end(2028));
    builder.add(advisory("x", "CVE-2020-0001")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    builder.finish_to_path(&path).unwrap();
    let db = VulnDb::open(&path).unwrap();
    db.verify().unwrap();
    let mut os: OperatingSystem = support::os("alpine", "3.22", plimsoll_model::PackageFamily::Apk);
    os.end_of_life = None;
    assert_eq!(db.end_of_life(&os), Some(end(2028)));
    let programme = ("LTS".to_owned(), jiff::civil::date(2030, 1, 1));
    os.end_of_life = Some(EndOfLife { extended: Some(programme.clone()), ..end(2020) });
    assert_eq!(db.end_of_life(&os), Some(EndOfLife { extended: Some(programme), ..end(2028) }));
    os.release = "3.21".into();
    assert_eq!(db.end_of_life(&os).unwrap().date.year(), 2020);
}

#[test]
fn digests_of_malware_are_kept_and_found_exactly() {
    let digest = |n: u64| {
        // Spread like digests: an odd constant times a number.
        let words =
            (1..=4).flat_map(|k| (n * 4 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(words).for_each(|(to, from)| *to = from);
        Digest::from_bytes(bytes)
    };
    const MANY: u64 = 20_000;
    let listed = (0..MANY).map(|n| {
        let mut one = advisory("malware-hashes", &digest(n).to_string());
        one.title = Some(["Mirai", "Kinsing", "malware"][n as usize % 3].to_owned());
        one
    });
    let mut settings = options();
    settings.keep_unreferenced = true;
    let mut builder = Builder::new(settings).unwrap();
    builder.feed(feed());
    for one in listed {
        builder.add(one).unwrap();
    }
    let mut bytes = Vec::new();
    let stats = builder.finish(&mut bytes).unwrap();
    // 32 bytes of each cannot be compressed; they are kept as hexadecimal, which compresses to little more.
    println!("{} bytes a digest", stats.bytes / MANY);
    assert!(stats.bytes / MANY < 48, "{stats:?}");
    let db = VulnDb::from_bytes(bytes).unwrap();
    assert_eq!(db.known_malware(&digest(4)).unwrap().as_deref(), Some("Kinsing"));
    assert_eq!(db.known_malware(&digest(MANY - 1)).unwrap().as_deref(), Some("Kinsing"));
    assert_eq!(db.known_malware(&digest(MANY)).unwrap(), None);
    assert_eq!(db.known_malware(&Digest::from_bytes([0; 32])).unwrap(), None);
    db.verify().unwrap();
}
