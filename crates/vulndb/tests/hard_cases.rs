//! Systems whose versions cannot simply be compared with the fixed ones, each with facts from public advisories.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use plimsoll_model::{
    Advisory, Affected, Channel, FixState, NameKind, OperatingSystem, Package, PackageFamily,
    PackageKind, SourcePackage,
};
use plimsoll_vulndb::{VulnDb, match_packages_on};
use support::{advisory, affected, build, day, inventory, os};

fn rpm(name: &str, version: &str) -> Package {
    let mut package = Package::new(PackageKind::Rpm, name, version);
    package.arch = Some("x86_64".into());
    let bare = version.split_once(':').map_or(version, |(_, rest)| rest);
    package.source = Some(SourcePackage { name: name.into(), version: bare.into() });
    package
}

fn deb(source: &str, version: &str) -> Package {
    let mut package = Package::new(PackageKind::Deb, source, version);
    package.arch = Some("amd64".into());
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    package
}

/// An erratum of a feed about some flaws in some binary packages.
fn erratum(
    feed: &str,
    id: &str,
    flaws: &[&str],
    (ecosystem, release): (&str, &str),
    fixes: &[(&str, &str)],
) -> Advisory {
    let mut one = advisory(feed, id);
    one.flaws = flaws.iter().map(|flaw| (*flaw).into()).collect();
    for (package, fixed) in fixes {
        let mut row = affected(ecosystem, release, package, FixState::Fixed, Some(fixed));
        row.name_kind = NameKind::Binary;
        one.affected.push(row);
    }
    one
}

/// `flaw fix feeds` of everything that one package on a system has.
fn found(db: &VulnDb, system: &OperatingSystem, package: Package) -> Vec<String> {
    let outcome = match_packages_on(db, &inventory(Some(system.clone()), vec![package]), day());
    assert_eq!(outcome.problems, []);
    let line = |f: &plimsoll_model::Finding| {
        let mut feeds: Vec<&str> = f.advisories.iter().map(|a| a.source.as_str()).collect();
        feeds.dedup();
        format!("{} {} {}", f.id, f.fixed_version.as_deref().unwrap_or("-"), feeds.join("+"))
    };
    outcome.findings.iter().map(line).collect()
}

const NONE: [&str; 0] = [];

fn centos(release: &str) -> OperatingSystem {
    os("centos", release, PackageFamily::Rpm)
}

/// RHSA-2022:1045 (CVE-2022-22720) and CESA-2022:1045; RHSA-2021:3798 (OpenSSL); flaws of httpd that Red Hat left.
fn centos_7(with_announcements: bool) -> VulnDb {
    let rhel = ("rhel", "7");
    let mut left = advisory("redhat-oval", "CVE-2020-1927");
    let mut row = affected("rhel", "7", "httpd", FixState::WillNotFix, None);
    row.name_kind = NameKind::Binary;
    left.affected = vec![row];
    let mut all = vec![
        erratum(
            "redhat-oval",
            "RHSA-2022:1045",
            &["CVE-2022-22720"],
            rhel,
            &[("httpd", "0:2.4.6-97.el7_9.5")],
        ),
        erratum(
            "redhat-oval",
            "RHSA-2024:1",
            &["CVE-2024-1"],
            rhel,
            &[("httpd", "0:2.4.6-99.el7_9.1")],
        ),
        erratum(
            "redhat-oval",
            "RHSA-2021:3798",
            &["CVE-2021-23840"],
            rhel,
            &[("openssl", "1:1.0.2k-22.el7_9")],
        ),
        left,
    ];
    if with_announcements {
        let own = ("centos", "7");
        // An announcement without the name of a flaw, and one with it.
        all.push(erratum(
            "centos-updateinfo",
            "CESA-2022:1045",
            &[],
            own,
            &[("httpd", "2.4.6-97.el7.centos.5")],
        ));
        all.push(erratum(
            "centos-updateinfo",
            "CESA-2024:1",
            &["CVE-2024-1"],
            own,
            &[("httpd", "2.4.6-99.el7.centos.1")],
        ));
        all.push(erratum(
            "centos-updateinfo",
            "CESA-2019:9",
            &[],
            own,
            &[("httpd", "2.4.6-90.el7.centos")],
        ));
    }
    build(all)
}

#[test]
fn a_rebuild_is_judged_by_red_hats_advisories_and_its_own_without_doubles() {
    let httpd = |version: &str| rpm("httpd", version);
    let left = "CVE-2020-1927 - redhat-oval";
    for with_announcements in [false, true] {
        let db = centos_7(with_announcements);
        let judge = |package| found(&db, &centos("7"), package);
        assert_eq!(judge(httpd("2.4.6-99.el7.centos.1")), [left], "{with_announcements}");
        assert_eq!(judge(rpm("openssl", "1:1.0.2k-22.el7_9")), NONE);
        let hit = "CVE-2021-23840 1:1.0.2k-22.el7_9 redhat-oval";
        assert_eq!(judge(rpm("openssl", "1:1.0.2k-21.el7_9")), [hit]);
    }
    let alone = centos_7(false);
    assert_eq!(
        found(&alone, &centos("7"), httpd("2.4.6-97.el7.centos.4")),
        [
            left,
            "CVE-2022-22720 0:2.4.6-97.el7_9.5 redhat-oval",
            "CVE-2024-1 0:2.4.6-99.el7_9.1 redhat-oval"
        ]
    );
    let both = centos_7(true);
    // The fix that is named is the one that CentOS has; the announcement without a flaw is no finding beside that of the
    // erratum that it repeats.
    let behind = found(&both, &centos("7"), httpd("2.4.6-97.el7.centos.4"));
    assert_eq!(
        behind,
        [
            left,
            "CVE-2022-22720 0:2.4.6-97.el7_9.5 redhat-oval",
            "CVE-2024-1 2.4.6-99.el7.centos.1 centos-updateinfo+redhat-oval"
        ]
    );
    // One that repeats nothing that is known stays.
    let old = found(&both, &centos("7"), httpd("2.4.6-89.el7.centos"));
    assert!(
        old.contains(&"CESA-2019:9 2.4.6-90.el7.centos centos-updateinfo".to_owned()),
        "{old:?}"
    );
    // RHEL is not judged by announcements of CentOS, nor by other tags than its own.
    let rhel = os("rhel", "7", PackageFamily::Rpm);
    assert_eq!(found(&both, &rhel, httpd("2.4.6-99.el7_9.1")), [left]);
    let inv = inventory(Some(centos("7")), vec![httpd("2.4.6-99.el7.centos.1")]);
    let coverage = match_packages_on(&both, &inv, day()).coverage;
    assert_eq!(coverage[0].namespace.to_string(), "centos:7");
    assert_eq!(coverage[0].feeds, ["centos-updateinfo", "redhat-oval"]);
    assert!(coverage[0].note.contains("advisories of rhel:7, too"), "{}", coverage[0].note);
}

/// RHSA-2023:1405: OpenSSL of RHEL 8.7; Stream had the same build without a minor release in its tag.
#[test]
fn stream_has_the_builds_that_minor_releases_are_made_of() {
    let rhel = ("rhel", "8");
    let fixes = [("openssl", "1:1.1.1k-9.el8_7")];
    let module = [("nodejs", "1:12.21.0-1.module+el8.3.0+10191+34fb5a07")];
    let mut nodejs = erratum("redhat-oval", "RHSA-2021:0744", &["CVE-2021-22883"], rhel, &module);
    nodejs.affected[0].module = Some("nodejs:12".into());
    let db = build(vec![
        erratum("redhat-oval", "RHSA-2023:1405", &["CVE-2022-4304"], rhel, &fixes),
        nodejs,
    ]);
    let hit = ["CVE-2022-4304 1:1.1.1k-9.el8_7 redhat-oval"];
    let stream = centos("8-stream");
    assert_eq!(found(&db, &stream, rpm("openssl", "1:1.1.1k-9.el8")), NONE);
    assert_eq!(found(&db, &stream, rpm("openssl", "1:1.1.1k-7.el8")), hit);
    assert_eq!(
        found(&db, &os("rhel", "8", PackageFamily::Rpm), rpm("openssl", "1:1.1.1k-9.el8")),
        hit
    );
    let module = |version: &str| {
        let mut package = rpm("nodejs", version);
        package.module = Some("nodejs:12:8030020210304194546:30b713e6".into());
        found(&db, &centos("8"), package).len()
    };
    assert_eq!(module("1:12.21.0-1.module_el8.3.0+759+7e95ae57"), 0);
    assert_eq!(module("1:12.20.1-1.module_el8.3.0+716+5b1ccef5"), 1);
}

/// Rebuilders that keep Red Hat's tag and add their own (Rocky, AlmaLinux, Oracle) sort after it.
#[test]
fn suffixes_of_rebuilders_are_newer_than_the_plain_build() {
    for (system, installed, fixed, expected) in [
        ("rocky", "1.1.1k-12.el8_9.rocky.0.1", "1:1.1.1k-12.el8_9", 1),
        ("rocky", "1:1.1.1k-12.el8_9.rocky.0.1", "1:1.1.1k-12.el8_9", 0),
        ("almalinux", "4.18.0-553.el8_10.alma.1", "0:4.18.0-553.el8_10", 0),
        (
            "ol",
            "0:2.4.37-65.0.1.module+el8.10.0+90356+c9a1a0a4",
            "0:2.4.37-65.0.1.module+el8.10.0+90356+c9a1a0a4",
            0,
        ),
        ("amzn", "2.4.58-1.amzn2", "2.4.59-1.amzn2", 1),
    ] {
        let db = build(vec![erratum("f", "A-1", &["CVE-2024-1"], (system, "8"), &[("p", fixed)])]);
        let package = rpm("p", installed);
        assert_eq!(
            found(&db, &os(system, "8", PackageFamily::Rpm), package).len(),
            expected,
            "{installed}"
        );
    }
}

fn in_topic(mut row: Affected, topic: &str, introduced: &str) -> Affected {
    row.channel = Some(Channel { name: topic.into(), paid: false });
    row.ranges[0].introduced = Some(introduced.into());
    row
}

/// CVE-2022-0847 (Dirty Pipe) and the like: ALAS2-2022-1761 for the core's 4.14, ALAS2KERNEL-5.10-2022-011 and
/// ALAS2KERNEL-5.15-2022-001 for the topics.
#[test]
fn parallel_lines_are_judged_by_their_own_fixes() {
    let row = |fixed: &str| {
        let mut row = affected("amzn", "2", "kernel", FixState::Fixed, Some(fixed));
        row.name_kind = NameKind::Binary;
        row
    };
    let mut core = advisory("amazon-alas", "ALAS2-2022-1761");
    core.affected = vec![row("4.14.268-205.500.amzn2")];
    let mut five_ten = advisory("amazon-alas", "ALAS2KERNEL-5.10-2022-011");
    five_ten.affected = vec![in_topic(row("5.10.102-99.473.amzn2"), "kernel-5.10", "5.10")];
    let mut five_fifteen = advisory("amazon-alas", "ALAS2KERNEL-5.15-2022-001");
    five_fifteen.affected = vec![in_topic(row("5.15.29-16.111.amzn2"), "kernel-5.15", "5.15")];
    let mut all = vec![core, five_ten, five_fifteen];
    all.iter_mut().for_each(|one| one.flaws = vec!["CVE-2022-0001".into()]);
    let db = build(all);
    let system = os("amzn", "2", PackageFamily::Rpm);
    for (installed, fix) in [
        ("4.14.256-197.484.amzn2", Some("4.14.268-205.500.amzn2")),
        ("4.14.268-205.500.amzn2", None),
        ("5.10.96-90.460.amzn2", Some("5.10.102-99.473.amzn2")),
        ("5.10.102-99.473.amzn2", None),
        ("5.15.19-10.100.amzn2", Some("5.15.29-16.111.amzn2")),
        ("5.15.29-16.111.amzn2", None),
        // A line that nothing is said about, newer than all: the last fix below it holds.
        ("6.1.10-1.amzn2", None),
    ] {
        let expected: Vec<String> =
            fix.map(|fix| format!("CVE-2022-0001 {fix} amazon-alas")).into_iter().collect();
        assert_eq!(found(&db, &system, rpm("kernel", installed)), expected, "{installed}");
    }
    // What is not fixed by a topic is not known from the core's fix of an older line.
    let outcome = match_packages_on(
        &db,
        &inventory(Some(system), vec![rpm("kernel", "5.15.19-10.100.amzn2")]),
        day(),
    );
    assert_eq!(outcome.findings[0].fix_channel.as_ref().unwrap().name, "kernel-5.15");
}

/// ELSA-2021-9151: OpenSSL of Oracle Linux 8, plain, for ksplice and under FIPS rules.
#[test]
fn flavours_do_not_judge_each_other() {
    let channel = |mut one: Advisory, name: &str| {
        one.affected[0].channel = Some(Channel { name: name.into(), paid: name == "ksplice" });
        one
    };
    let ol = ("ol", "8");
    let db = build(vec![
        erratum(
            "oracle-oval",
            "ELSA-2021-1024",
            &["CVE-2021-3449"],
            ol,
            &[("openssl", "1:1.1.1g-15.el8_3")],
        ),
        channel(
            erratum(
                "oracle-oval",
                "ELSA-2021-9151",
                &["CVE-2021-3449"],
                ol,
                &[("openssl", "2:1.1.1g-15.ksplice1.el8_3")],
            ),
            "ksplice",
        ),
        channel(
            erratum(
                "oracle-oval",
                "ELSA-2022-9272",
                &["CVE-2022-0778"],
                ol,
                &[("openssl", "10:1.1.1k-6.el8_5_fips")],
            ),
            "fips",
        ),
    ]);
    let system = os("ol", "8", PackageFamily::Rpm);
    for (installed, expected) in [
        ("1:1.1.1g-12.el8_3", &["CVE-2021-3449 1:1.1.1g-15.el8_3 oracle-oval"][..]),
        ("1:1.1.1g-15.el8_3", &[]),
        ("2:1.1.1g-12.ksplice1.el8_3", &["CVE-2021-3449 2:1.1.1g-15.ksplice1.el8_3 oracle-oval"]),
        ("2:1.1.1g-15.ksplice1.el8_3", &[]),
        ("10:1.1.1g-12.el8_3_fips", &["CVE-2022-0778 10:1.1.1k-6.el8_5_fips oracle-oval"]),
        ("10:1.1.1k-6.el8_5_fips", &[]),
    ] {
        assert_eq!(found(&db, &system, rpm("openssl", installed)), expected, "{installed}");
    }
}

/// openEuler-SA-2023-1074: its documents name file names, which have no epoch; the packages have one.
#[test]
fn a_missing_epoch_is_zero_but_in_a_feed_that_has_none() {
    let one = |feed: &str, system: &str, fixed: &str| {
        build(vec![erratum(
            feed,
            "SA-1",
            &["CVE-2022-4304"],
            (system, "20.03-LTS-SP3"),
            &[("openssl", fixed)],
        )])
    };
    let count = |db: &VulnDb, system: &str, installed: &str| {
        found(db, &os(system, "20.03-LTS-SP3", PackageFamily::Rpm), rpm("openssl", installed)).len()
    };
    let without = one("openeuler-cvrf", "openeuler", "1.1.1f-21.oe1");
    assert_eq!(count(&without, "openeuler", "1:1.1.1f-20.oe1"), 1);
    assert_eq!(count(&without, "openeuler", "1:1.1.1f-21.oe1"), 0);
    assert_eq!(count(&without, "openeuler", "1.1.1f-20.oe1"), 1);
    // Everywhere else the epoch counts, and is zero where it is not written.
    let with = one("rocky-updateinfo", "rocky", "1:1.1.1f-21.oe1");
    assert_eq!(count(&with, "rocky", "1.1.1f-99.oe1"), 1);
    assert_eq!(count(&with, "rocky", "2:1.0-1"), 0);
    let zero = one("rocky-updateinfo", "rocky", "1.1.1f-21.oe1");
    assert_eq!(count(&zero, "rocky", "0:1.1.1f-20.oe1"), 1);
    assert_eq!(count(&zero, "rocky", "1:1.0-1.oe1"), 0);
}

/// Rows about sources: the name of a source RPM has no epoch, the binary tells it.
#[test]
fn a_source_rpm_has_the_epoch_of_its_binaries() {
    let rows = |fixed: &str| {
        let mut one = advisory("mariner-oval", "CVE-2023-1");
        one.affected = vec![affected("mariner", "2.0", "p", FixState::Fixed, Some(fixed))];
        build(vec![one])
    };
    let system = os("mariner", "2.0", PackageFamily::Rpm);
    let judge = |db: &VulnDb, version: &str| found(db, &system, rpm("p", version)).len();
    let epoch = rows("1:2.0-3.cm2");
    assert_eq!((judge(&epoch, "1:2.0-3.cm2"), judge(&epoch, "1:2.0-2.cm2")), (0, 1));
    assert_eq!(judge(&epoch, "9.0-1.cm2"), 1, "it had no epoch yet");
    let plain = rows("2.0-3.cm2");
    assert_eq!((judge(&plain, "1:1.0-1.cm2"), judge(&plain, "2.0-2.cm2")), (0, 1));
    // A binary with a version of its own does not tell the epoch of the source: the numbers are compared.
    let mut library = rpm("p-libs", "5:9-1");
    library.source = Some(SourcePackage { name: "p".into(), version: "2.0-3.cm2".into() });
    assert_eq!(found(&epoch, &system, library.clone()), NONE);
    library.source = Some(SourcePackage { name: "p".into(), version: "2.0-2.cm2".into() });
    assert_eq!(found(&epoch, &system, library).len(), 1);
}

/// Debian's and Ubuntu's suffixes: DSA-5343-1 (openssl of bullseye), USN-5845-1 (ESM), backports and binNMUs.
#[test]
fn suffixes_of_debian_and_ubuntu() {
    for (system, release, installed, fixed, expected) in [
        ("debian", "11", "1.1.1n-0+deb11u3", "1.1.1n-0+deb11u4", 1),
        ("debian", "11", "1.1.1n-0+deb11u4", "1.1.1n-0+deb11u4", 0),
        ("debian", "11", "1.1.1w-1~deb11u1", "1.1.1w-1", 1),
        ("debian", "11", "1.1.1w-1~deb11u1", "1.1.1w-1~deb11u1", 0),
        ("debian", "11", "5.10.216-1~bpo10+1", "5.10.216-1", 1),
        ("debian", "11", "2.33.1-0.1+b1", "2.33.1-0.1", 0),
        ("ubuntu", "16.04", "1.0.2g-1ubuntu4.20+esm5", "1.0.2g-1ubuntu4.20+esm6", 1),
        ("ubuntu", "16.04", "1.0.2g-1ubuntu4.20+esm6", "1.0.2g-1ubuntu4.20+esm6", 0),
        ("ubuntu", "16.04", "1.0.2g-1ubuntu4.20", "1.0.2g-1ubuntu4.20+esm6", 1),
    ] {
        let mut one = advisory("f", "CVE-2023-0286");
        one.affected = vec![affected(system, release, "openssl", FixState::Fixed, Some(fixed))];
        let db = build(vec![one]);
        let system = os(system, release, PackageFamily::Dpkg);
        assert_eq!(
            found(&db, &system, deb("openssl", installed)).len(),
            expected,
            "{installed} {fixed}"
        );
    }
}

/// Builds of PPAs and third-party repositories are not judged by the distribution's advisories; ESM's are Ubuntu's own.
#[test]
fn repositories_of_others() {
    let mut one = advisory("f", "CVE-2023-0001");
    one.affected =
        vec![affected("ubuntu", "22.04", "php8.1", FixState::Fixed, Some("8.1.2-1ubuntu2.11"))];
    let db = build(vec![one]);
    let system = os("ubuntu", "22.04", PackageFamily::Dpkg);
    let judge = |version: &str| {
        // Most of the system is Ubuntu's.
        let packages = vec![deb("php8.1", version), deb("a", "1"), deb("b", "1"), deb("c", "1")];
        match_packages_on(&db, &inventory(Some(system.clone()), packages), day()).findings.len()
    };
    assert_eq!(judge("8.1.2-1ubuntu2.10"), 1);
    assert_eq!(judge("8.1.2-1+ubuntu22.04.1+deb.sury.org+1"), 0);
    assert_eq!(judge("8.1.1-9+ubuntu22.04.1+deb.sury.org+1"), 0);
    assert_eq!(judge("8.1.20-1+ubuntu22.04.1+deb.sury.org+1"), 0);
}

/// An erratum of one architecture says nothing about another (ALAS and Oracle write one row for each).
#[test]
fn rows_of_an_architecture() {
    let row = |arch: &str, fixed: &str| {
        let mut row = affected("ol", "8", "p", FixState::Fixed, Some(fixed));
        row.name_kind = NameKind::Binary;
        row.arches = vec![arch.into()];
        row
    };
    let mut one = advisory("oracle-oval", "ELSA-1");
    one.flaws = vec!["CVE-2023-0001".into()];
    one.affected = vec![row("x86_64", "2-1.el8"), row("aarch64", "3-1.el8")];
    let db = build(vec![one]);
    let system = os("ol", "8", PackageFamily::Rpm);
    let judge = |arch: &str| {
        let mut package = rpm("p", "2-1.el8");
        package.arch = Some(arch.into());
        found(&db, &system, package)
    };
    assert_eq!(judge("x86_64"), NONE);
    assert_eq!(judge("aarch64"), ["CVE-2023-0001 3-1.el8 oracle-oval"]);
    assert_eq!(judge("i686"), NONE);
}
