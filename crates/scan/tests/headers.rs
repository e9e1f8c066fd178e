//! Kernel flaws in packages that hold no kernel: from package database to suppressed finding.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use jiff::{Timestamp, civil::date};
use plimsoll_model::{
    Advisory, Affected, FeedInfo, FixState, Kev, Knowledge, NameKind, Namespace, Range, Report,
    Severity, SuppressionSource,
};
use plimsoll_policy::Policy;
use plimsoll_scan::{AnalyzerSet, Checks, ScanOptions, evaluate, scan_image};
use plimsoll_testkit::{Entry, ImageFixture, Layer, RpmFormat, RpmPackage, rpm_database};
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb};

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// An exploited flaw of the kernel, mended in `fixed`.
fn database(namespace: Namespace, package: &str, kind: NameKind, fixed: &str) -> VulnDb {
    let mut builder = Builder::new(BuildOptions::new("test", now())).unwrap();
    let feed = |id: &str| FeedInfo {
        id: id.into(),
        date: Some(date(2026, 2, 28)),
        records: 1,
        skipped: 0,
        licence: "none".into(),
        source: "test".into(),
        knows: Knowledge::AllStates,
    };
    builder.feed(feed("test"));
    builder
        .add(Advisory {
            id: "CVE-2024-1086".into(),
            feed: "test".into(),
            kev: Some(Kev { added: date(2024, 5, 30), ransomware: true }),
            affected: vec![Affected {
                namespace,
                package: package.into(),
                name_kind: kind,
                arches: vec![],
                module: None,
                channel: None,
                ranges: vec![Range::before(fixed)],
                versions: vec![],
                state: FixState::Fixed,
                severity: Some(Severity::High),
            }],
            ..Advisory::default()
        })
        .unwrap();
    let mut file = Vec::new();
    builder.finish(&mut file).unwrap();
    VulnDb::from_bytes(file).unwrap()
}

fn report(os: &str, entry: Entry, db: &VulnDb) -> Report {
    let os = format!("=== layer\n//- /etc/os-release\n{os}\n");
    let image = ImageFixture::parse(&os).layer(Layer::of([entry])).build().memory();
    let inventory = scan_image(&image, &AnalyzerSet::all(), &ScanOptions::default()).unwrap();
    evaluate(&inventory, db, &Checks::vulnerabilities(), &Policy::default(), now()).report
}

fn debian(packages: &[&str]) -> Report {
    let status: Vec<String> = packages
        .iter()
        .map(|name| {
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\n\
                 Source: linux\nVersion: 6.1.55-1\n"
            )
        })
        .collect();
    let db = database(Namespace::new("debian", "12"), "linux", NameKind::Source, "6.1.76-1");
    report(
        "ID=debian\nVERSION_ID=\"12\"",
        Entry::file("var/lib/dpkg/status", status.join("\n")),
        &db,
    )
}

fn rocky(packages: &[&str]) -> Report {
    let packages: Vec<RpmPackage> = packages
        .iter()
        .map(|name| RpmPackage {
            name: (*name).into(),
            version: "5.14.0".into(),
            release: "362.8.1.el9_3".into(),
            arch: "x86_64".into(),
            source_rpm: Some("kernel-5.14.0-362.8.1.el9_3.src.rpm".into()),
            vendor: Some("Rocky Enterprise Software Foundation".into()),
            ..RpmPackage::default()
        })
        .collect();
    let fixed = "0:5.14.0-362.24.1.el9_3";
    let db = database(Namespace::new("rocky", "9"), "kernel", NameKind::Source, fixed);
    let bytes = rpm_database(RpmFormat::Sqlite, &packages);
    let entry = Entry::file("usr/lib/sysimage/rpm/rpmdb.sqlite", bytes);
    report("ID=rocky\nVERSION_ID=\"9.3\"", entry, &db)
}

#[track_caller]
fn check(report: &Report, suppressed: bool) {
    assert_eq!(report.findings.len(), 1, "{:?}", report.coverage);
    let finding = &report.findings[0];
    assert!(finding.kev.is_some() || suppressed);
    let source = finding.suppression.as_ref().map(|s| &s.source);
    assert_eq!(source, suppressed.then_some(&SuppressionSource::NotApplicable));
    assert_eq!(report.summary.suppressed, u64::from(suppressed));
    assert_eq!(report.summary.findings, u64::from(!suppressed));
    // What does not count is not in the plan, either.
    assert_eq!(report.fix_plan.is_some(), !suppressed);
    if let Some(suppression) = &finding.suppression {
        assert!(
            suppression.reason.starts_with("not applicable in a container: "),
            "{suppression:?}"
        );
    }
}

#[test]
fn debians_headers_hold_no_kernel() {
    check(&debian(&["linux-libc-dev"]), true);
    check(&debian(&["linux-headers-6.1.0-13-amd64", "linux-libc-dev"]), true);
    check(&debian(&["linux-image-6.1.0-13-amd64"]), false);
    check(&debian(&["linux-image-6.1.0-13-amd64", "linux-libc-dev"]), false);
    check(&debian(&["linux-perf"]), false);
}

#[test]
fn rpm_systems_headers_hold_no_kernel() {
    check(&rocky(&["kernel-headers"]), true);
    check(&rocky(&["kernel-devel", "kernel-headers"]), true);
    check(&rocky(&["kernel-core"]), false);
    check(&rocky(&["kernel-core", "kernel-headers"]), false);
    check(&rocky(&["kernel-tools"]), false);
}
