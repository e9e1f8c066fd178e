//! From an image in text to a report: engine, matcher, fix commands and assessment together.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use jiff::{Timestamp, civil::date};
use plimsoll_model::{
    Advisory, Affected, CoverageState, FeedInfo, FixKind, FixState, Knowledge, NameKind, Namespace,
    ProblemKind, Range, Rating, Report, Severity,
};
use plimsoll_policy::{IgnoreRule, Policy};
use plimsoll_scan::{AnalyzerSet, Checks, Outcome, ScanOptions, evaluate, scan_image};
use plimsoll_testkit::image;
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb};

fn now() -> Timestamp {
    "2020-03-01T12:00:00Z".parse().unwrap()
}

fn advisory(id: &str, package: &str, fixed: Option<&str>) -> Advisory {
    Advisory {
        id: id.into(),
        feed: "alpine-secdb".into(),
        ratings: vec![Rating { source: "nvd".into(), severity: Some(Severity::High), cvss: None }],
        affected: vec![Affected {
            namespace: Namespace::new("alpine", "3.10"),
            package: package.into(),
            name_kind: NameKind::Source,
            arches: vec![],
            module: None,
            channel: None,
            ranges: fixed.map(Range::before).into_iter().collect(),
            versions: vec![],
            state: if fixed.is_some() { FixState::Fixed } else { FixState::Affected },
            severity: None,
        }],
        ..Advisory::default()
    }
}

fn database(date: jiff::civil::Date) -> VulnDb {
    let mut builder = Builder::new(BuildOptions::new("test", now())).unwrap();
    builder.feed(FeedInfo {
        id: "alpine-secdb".into(),
        date: Some(date),
        records: 2,
        skipped: 0,
        licence: "none".into(),
        source: "test".into(),
        knows: Knowledge::FixedOnly,
    });
    builder.add(advisory("CVE-2019-14697", "musl", Some("1.1.22-r3"))).unwrap();
    builder.add(advisory("CVE-2020-0001", "busybox", None)).unwrap();
    let mut file = Vec::new();
    builder.finish(&mut file).unwrap();
    VulnDb::from_bytes(file).unwrap()
}

fn judge(text: &str, db: &VulnDb, policy: &Policy) -> Outcome {
    let options = ScanOptions::default();
    let inventory = scan_image(&image(text).memory(), &AnalyzerSet::all(), &options).unwrap();
    evaluate(&inventory, db, &Checks::vulnerabilities(), policy, now())
}

const ALPINE: &str = "
    === config
    user: app
    === layer ADD rootfs
    //- /etc/os-release
    ID=alpine
    VERSION_ID=3.10.0
    === layer RUN apk add
    //- /lib/apk/db/installed
    P:apk-tools
    V:2.10.3-r1
    A:x86_64
    o:apk-tools

    P:busybox
    V:1.30.1-r2
    A:x86_64
    o:busybox

    P:musl-utils
    V:1.1.22-r2
    A:x86_64
    o:musl

    //- /end
";

#[test]
fn a_flawed_package_becomes_a_finding_with_a_command() {
    let Outcome { report, gate, .. } =
        judge(ALPINE, &database(date(2020, 2, 20)), &Policy::default());
    let ids: Vec<&str> = report.findings.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2020-0001", "CVE-2019-14697"]);
    let musl = &report.findings[1];
    assert_eq!(musl.fixed_version.as_deref(), Some("1.1.22-r3"));
    assert_eq!(musl.fix.kind, FixKind::Commands);
    assert!(musl.fix.commands.iter().any(|c| c.contains("musl-utils")), "{:?}", musl.fix);
    assert!(musl.urgency.is_some());
    assert_eq!(musl.packages[0].layer, 1);
    let plan = report.fix_plan.as_ref().unwrap();
    assert_eq!(plan.fixes, 1);
    assert!(plan.dockerfile.iter().any(|line| line == "USER app"), "{plan:?}");
    assert_eq!(report.coverage.len(), 1);
    assert_eq!(report.coverage[0].state, CoverageState::Covered);
    assert_eq!(report.database.staleness.age_days, Some(10));
    assert!(!report.database.staleness.is_stale);
    assert_eq!((report.summary.findings, report.summary.fixable), (2, 1));
    assert!(report.summary.complete, "{:?}", report.problems);
    assert_eq!(report.image.layers[1].created_by, "RUN apk add");
    assert!(!gate.tripped);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn what_is_ignored_stays_in_the_report_and_old_data_is_said() {
    let policy = Policy {
        ignores: vec![IgnoreRule::from_command_line("CVE-2019-14697")],
        ..Policy::default()
    };
    let Outcome { report, .. } = judge(ALPINE, &database(date(2019, 12, 1)), &policy);
    assert_eq!((report.findings.len(), report.summary.suppressed), (2, 1));
    assert_eq!(report.summary.findings, 1);
    assert!(report.fix_plan.is_none_or(|plan| plan.fixes == 0));
    assert!(report.database.staleness.is_stale);
}

#[test]
fn no_advisories_is_not_no_flaws() {
    let other = ALPINE.replace("3.10.0", "3.2.0");
    let Outcome { report, .. } = judge(&other, &database(date(2020, 2, 20)), &Policy::default());
    assert_eq!(report.findings.len(), 0);
    assert_eq!(report.coverage[0].state, CoverageState::NotCovered);
    assert!(!report.summary.complete);
    assert!(report.os.as_ref().unwrap().is_end_of_life);
    assert_eq!(report.database.staleness.age_days, None);
    let scratch = "
        === layer
        //- /app
    ";
    let Outcome { report, .. } = judge(scratch, &database(date(2020, 2, 20)), &Policy::default());
    assert!(report.problems.iter().any(|p| p.kind == ProblemKind::UnknownSystem));
    assert!(!report.summary.complete);
}

/// A package that was published to do harm is malware where that is looked for, and a flaw like others where not.
#[test]
#[cfg(feature = "malware")]
fn a_malicious_package_is_malware() {
    use plimsoll_model::RiskKind;
    use plimsoll_scan::Scanner;

    let text = "
        === layer
        //- /etc/os-release
        ID=alpine
        VERSION_ID=3.10.0
        //- /srv/node_modules/expresss/package.json
        {\"name\": \"expresss\", \"version\": \"1.0.1\"}
        //- /srv/node_modules/fine/package.json
        {\"name\": \"fine\", \"version\": \"1.0.1\"}
    ";
    let mut record = advisory("MAL-2024-1234", "expresss", None);
    record.affected[0].namespace = Namespace::new("npm", "");
    record.affected[0].versions = vec!["1.0.1".into()];
    let mut builder = Builder::new(BuildOptions::new("test", now())).unwrap();
    builder.feed(FeedInfo {
        id: "alpine-secdb".into(),
        date: Some(date(2020, 2, 20)),
        records: 1,
        skipped: 0,
        licence: "none".into(),
        source: "test".into(),
        knows: Knowledge::FixedOnly,
    });
    builder.add(record).unwrap();
    let mut file = Vec::new();
    builder.finish(&mut file).unwrap();
    let db = VulnDb::from_bytes(file).unwrap();
    let inventory =
        scan_image(&image(text).memory(), &AnalyzerSet::all(), &ScanOptions::default()).unwrap();
    for (scanners, kind) in [
        (&[Scanner::Vulnerability][..], RiskKind::ApplicationVulnerability),
        (&[Scanner::Malware], RiskKind::Malware),
        (&[Scanner::Vulnerability, Scanner::Malware], RiskKind::Malware),
    ] {
        let checks = Checks::of(scanners.iter().copied());
        let outcome = evaluate(&inventory, &db, &checks, &Policy::default(), now());
        let [finding] = &outcome.report.findings[..] else {
            panic!("{scanners:?}: {:#?}", outcome.report.findings)
        };
        assert_eq!((finding.id.as_str(), finding.kind), ("MAL-2024-1234", kind), "{scanners:?}");
        if kind == RiskKind::Malware {
            assert_eq!(finding.detection.as_ref().unwrap().class, "malicious-package");
            assert_eq!(finding.path.as_deref(), Some("srv/node_modules/expresss/package.json"));
            assert!(finding.fix.advice.contains("revoke"), "{:?}", finding.fix);
        }
    }
}

/// What only a lock file names does not count, so nothing is missing where the database does not know its language.
#[test]
fn packages_that_do_not_count_leave_nothing_uncovered() {
    let of_language = |file: &str| {
        let text = format!(
            "
            === layer
            //- /etc/os-release
            ID=alpine
            VERSION_ID=3.10.0
            //- /lib/apk/db/installed
            P:musl
            V:1.1.22-r3
            A:x86_64
            o:musl

            //- {file}
            "
        );
        let outcome = judge(&text, &database(date(2020, 2, 20)), &Policy::default());
        let of = |c: &&plimsoll_model::Coverage| c.namespace.ecosystem == "npm";
        let found = outcome.report.coverage.iter().find(of).cloned();
        found.map(|coverage| (coverage.packages, coverage.state))
    };
    let lock = "/srv/package-lock.json\n            {\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"node_modules/fine\": {\"version\": \"1.0.1\"}}}";
    let installed = "/srv/node_modules/fine/package.json\n            {\"name\": \"fine\", \"version\": \"1.0.1\"}";
    assert_eq!(of_language(lock), Some((0, CoverageState::Covered)));
    assert_eq!(of_language(installed), Some((1, CoverageState::NotCovered)));
}
