//! Real cases from a publisher's document to a finding: parsed by the feed, kept by the database, judged by the
//! matcher. Each names what the publisher says about it.

#![allow(clippy::unwrap_used, reason = "a failure fails the test")]

use std::path::Path;

use jiff::Timestamp;
use plimsoll_feeds::{FILLS, by_id, priority};
use plimsoll_model::{
    FixState, INVENTORY_SCHEMA, ImageConfig, ImageIdentity, Inventory, OperatingSystem,
    OwnedPackage, Package, PackageFamily, PackageKind, Platform, SourcePackage,
};
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb, match_packages_on};

/// A database of the test data of some feeds.
fn database(feeds: &[&str]) -> VulnDb {
    let built = Timestamp::from_second(1_700_000_000).unwrap();
    let mut builder = Builder::new(BuildOptions::new("plimsoll test", built)).unwrap();
    for (feed, leader) in FILLS {
        builder.fills(*feed, *leader);
    }
    for id in feeds {
        builder.priority(*id, priority(id));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(id.replace('-', "_"));
        let feed = by_id(id).unwrap();
        feed.parse(&folder.join("testdata"), &mut |advisory| builder.add(advisory).unwrap())
            .unwrap();
    }
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    VulnDb::from_bytes(out).unwrap()
}

struct System(&'static str, &'static str, PackageFamily);

/// What is found in a system with one package: flaw, fixed version, state and channel of each.
fn found(db: &VulnDb, system: &System, package: Package) -> Vec<String> {
    let System(id, release, family) = system;
    let inventory = Inventory {
        schema: INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: "test".into(),
            source: "test".into(),
            digest: None,
            config_digest: None,
            tags: vec![],
            repo_digests: vec![],
            platform: Platform::default(),
        },
        layers: vec![],
        config: ImageConfig::default(),
        history: vec![],
        os: Some(OperatingSystem {
            id: (*id).into(),
            name: (*id).into(),
            version: (*release).into(),
            release: (*release).into(),
            codename: None,
            family: *family,
            evidence: "etc/os-release".into(),
            evidence_deleted: false,
            end_of_life: None,
        }),
        packages: vec![OwnedPackage { package, path: "db".into(), layer: 0, set_aside: None }],
        looked_for: vec![],
        detections: vec![],
        texts: vec![],
        notable: vec![],
        identities: vec![],
        problems: vec![],
    };
    let outcome = match_packages_on(db, &inventory, jiff::civil::date(2026, 11, 23));
    assert_eq!(outcome.problems, []);
    outcome
        .findings
        .iter()
        .map(|f| {
            let fixed = f.fixed_version.as_deref().unwrap_or("-");
            let channel = f
                .fix_channel
                .as_ref()
                .map(|c| format!(" in {}{}", c.name, if c.paid { ", paid" } else { "" }));
            let state = f.fix_state.unwrap_or(FixState::NotAffected);
            let advisories: Vec<&str> = f.advisories.iter().map(|a| a.id.as_str()).collect();
            let advisories = advisories.join(",");
            format!("{} {fixed} {state:?}{} by {advisories}", f.id, channel.unwrap_or_default())
        })
        .collect()
}

fn rpm(name: &str, source: &str, version: &str, module: Option<&str>) -> Package {
    let mut package = Package::new(PackageKind::Rpm, name, version);
    package.arch = Some("x86_64".into());
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    package.module = module.map(str::to_owned);
    package
}

const RHEL_7: System = System("rhel", "7", PackageFamily::Rpm);
const RHEL_8: System = System("rhel", "8", PackageFamily::Rpm);
const RHEL_9: System = System("rhel", "9", PackageFamily::Rpm);

#[test]
fn red_hat_says_what_is_fixed_and_where() {
    let db = database(&["redhat-csaf-vex", "redhat-oval"]);
    let curl = |version: &str| found(&db, &RHEL_9, rpm("curl", "curl", version, None));
    // https://access.redhat.com/errata/RHSA-2023:6745 and, for 9.2, RHSA-2023:5763
    assert_eq!(curl("7.76.1-26.el9"), ["CVE-2023-38545 7.76.1-26.el9_3.2 Fixed by RHSA-2023:6745"]);
    assert_eq!(curl("7.76.1-26.el9_3.2"), [""; 0]);
    assert_eq!(curl("7.76.1-23.el9_2.4"), [""; 0]);
    // https://access.redhat.com/errata/RHSA-2023:5700, for those with extended update support
    assert_eq!(curl("7.76.1-14.el9_0.9"), [""; 0]);
}

/// https://access.redhat.com/security/cve/CVE-2023-6228
#[test]
fn red_hat_says_what_it_will_not_fix() {
    let db = database(&["redhat-csaf-vex"]);
    let state =
        |system, name: &str, source: &str| found(&db, system, rpm(name, source, "1-1", None));
    assert_eq!(
        state(&RHEL_8, "compat-libtiff3", "compat-libtiff3"),
        ["CVE-2023-6228 - WillNotFix by CVE-2023-6228"]
    );
    assert_eq!(
        state(&RHEL_8, "libtiff-devel", "libtiff"),
        ["CVE-2023-6228 - Affected by CVE-2023-6228"]
    );
    assert_eq!(
        state(&RHEL_7, "libtiff", "libtiff"),
        ["CVE-2023-6228 - EndOfLife by CVE-2023-6228"]
    );
}

/// https://access.redhat.com/security/cve/CVE-2023-38545: RHEL 8 has a curl without the flaw.
#[test]
fn red_hat_says_what_is_not_affected() {
    let db = database(&["redhat-csaf-vex"]);
    assert_eq!(found(&db, &RHEL_8, rpm("libcurl", "curl", "7.61.1-33.el8", None)), [""; 0]);
}

/// https://access.redhat.com/errata/RHSA-2024:1431 (ruby:3.1) and RHSA-2023:7025 (ruby:2.5)
#[test]
fn red_hat_tells_module_streams_apart() {
    let db = database(&["redhat-csaf-vex"]);
    let ruby = |version: &str, module| found(&db, &RHEL_8, rpm("ruby", "ruby", version, module));
    let old = "3.1.2-141.module+el8.7.0+17048+92dc2c1c";
    let fix = "3.1.4-142.module+el8.9.0+21471+7d1e4a35";
    let finding = format!("CVE-2021-33621 {fix} Fixed by RHSA-2024:1431");
    assert_eq!(ruby(old, Some("ruby:3.1")), [finding.as_str()]);
    assert_eq!(ruby(fix, Some("ruby:3.1")), [""; 0]);
    // Newer than the fix of the other stream, but without one of its own.
    assert_eq!(
        ruby("3.0.4-141.module+el8.7.0+16970+5ba9a2c5", Some("ruby:3.0")),
        ["CVE-2021-33621 - Affected by CVE-2021-33621"]
    );
    assert_eq!(ruby("2.5.9-111.module+el8.9.0+19193+435404ae", Some("ruby:2.5")), [""; 0]);
}

const SLES_11_2: System = System("sles", "11.2", PackageFamily::Rpm);
const SLES_12_5: System = System("sles", "12.5", PackageFamily::Rpm);
const TUMBLEWEED: System = System("opensuse-tumbleweed", "", PackageFamily::Rpm);

/// https://www.suse.com/support/update/announcement/2015/suse-su-20150011-2/ (bind),
/// https://www.suse.com/security/cve/CVE-2023-5568 (samba)
#[test]
fn suse_says_what_is_fixed_and_what_is_not_affected() {
    let db = database(&["suse-csaf", "suse-cvrf"]);
    let bind = |version: &str| found(&db, &SLES_11_2, rpm("bind", "bind", version, None));
    let findings = bind("9.9.3P1-0.5.1");
    assert_eq!(findings.len(), 7);
    assert_eq!(findings[6], "CVE-2014-8500 9.9.4P2-0.6.1 Fixed by SUSE-SU-2015:0011-2");
    assert_eq!(bind("9.9.4P2-0.6.1"), [""; 0]);
    let samba =
        |system, name: &str, version: &str| found(&db, system, rpm(name, "samba", version, None));
    assert_eq!(samba(&SLES_12_5, "samba", "4.15.13+git.636.53d93c5b9d6-3.89.1"), [""; 0]);
    assert_eq!(
        samba(&TUMBLEWEED, "ctdb", "4.18.6+git.1-1.1"),
        ["CVE-2023-5568 4.19.2+git.322.7e9201cef5-1.1 Fixed by CVE-2023-5568"]
    );
    // Modules of release 12 are for all its service packs.
    assert_eq!(
        samba(&SLES_12_5, "compat-openssl098", "0.9.8j-106.9.1"),
        ["CVE-2019-1559 0.9.8j-106.12.1 Fixed by SUSE-SU-2019:1608-1"]
    );
}

fn deb(name: &str, source: &str, version: &str) -> Package {
    let mut package = Package::new(PackageKind::Deb, name, version);
    package.arch = Some("amd64".into());
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    package
}

/// https://ubuntu.com/security/notices/USN-7372-1: with Ubuntu Pro only.
#[test]
fn ubuntu_says_which_fix_needs_a_subscription() {
    let db = database(&["ubuntu-vex", "ubuntu-usn"]);
    let bionic = System("ubuntu", "18.04", PackageFamily::Dpkg);
    let varnish = |version: &str| found(&db, &bionic, deb("libvarnishapi1", "varnish", version));
    assert_eq!(
        varnish("5.2.1-1ubuntu0.1"),
        ["CVE-2022-45060 5.2.1-1ubuntu0.1+esm1 Fixed in esm-apps, paid by USN-7372-1"]
    );
    assert_eq!(varnish("5.2.1-1ubuntu0.1+esm1"), [""; 0]);
}

/// https://ubuntu.com/security/CVE-2016-20013
#[test]
fn ubuntu_says_what_it_will_not_fix_and_what_is_not_affected() {
    let db = database(&["ubuntu-vex", "ubuntu-osv"]);
    let jammy = System("ubuntu", "22.04", PackageFamily::Dpkg);
    assert_eq!(
        found(&db, &jammy, deb("libc6", "glibc", "2.35-0ubuntu3.8")),
        ["CVE-2016-20013 - WillNotFix by CVE-2016-20013"]
    );
    let noble = System("ubuntu", "24.04", PackageFamily::Dpkg);
    assert_eq!(found(&db, &noble, deb("zabbix-agent", "zabbix", "1:6.0.25-1")), [""; 0]);
}

/// One's own advisory, `testdata/ex-2026-0001.json`.
#[test]
fn ones_own_advisories_are_matched() {
    let db = database(&["csaf", "redhat-csaf-vex"]);
    let agent =
        |version: &str| found(&db, &RHEL_9, rpm("example-agent", "example-agent", version, None));
    assert_eq!(
        agent("1:1.4-1.el9"),
        ["CVE-2026-0001 1:1.4-2.el9 Fixed by EX-2026-0001", "EX-FLAW-7 - Affected by EX-2026-0001",]
    );
    assert_eq!(agent("1:1.4-2.el9"), [""; 0]);
}
