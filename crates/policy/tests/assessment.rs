//! Suppression, gate and counts, as a user of the program meets them.

#![allow(clippy::unwrap_used, reason = "an integration test is a test throughout")]

use jiff::civil::{Date, date};
use plimsoll_model::{
    AffectedBinary, Confidence, Coverage, CoverageState, DetectionInfo, FileIdentity, Finding,
    FindingStatus, Fix, FixKind, FixState, Kev, Namespace, PackageKind, Problem, ProblemKind,
    RiskKind, Severity, SourcedId, SuppressionSource, UrgencyLevel,
};
use plimsoll_policy::{
    Context, FailOn, IgnoreRule, Policy, RuleOrigin, assess, parse_fail_on, parse_ignore_yaml,
    summarize,
};

const TODAY: Date = date(2026, 6, 15);

fn finding(id: &str, package: &str, severity: Severity) -> Finding {
    let fix = Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() };
    let mut finding = Finding::new(RiskKind::SystemVulnerability, id, severity, "", fix);
    finding.package = Some(package.into());
    finding.installed_version = Some("1".into());
    finding
}

/// A secret with this fingerprint, in a file with this MD5.
fn secret(id: &str, path: &str, fingerprint: &str, md5: &str) -> Finding {
    let fix = Fix { kind: FixKind::Advice, commands: Vec::new(), advice: "revoke it".into() };
    let mut finding = Finding::new(RiskKind::SensitiveFile, id, Severity::High, "", fix);
    finding.path = Some(path.into());
    finding.detection = Some(Box::new(DetectionInfo {
        class: "cloud".into(),
        confidence: Confidence::High,
        inside: String::new(),
        config_field: None,
        hidden_by: None,
        fingerprint: Some(fingerprint.into()),
        file: Some(FileIdentity {
            md5: md5.into(),
            sha1: String::new(),
            sha256: String::new(),
            size: 1,
            file_type: "text".into(),
        }),
        setting: None,
    }));
    finding
}

fn binary(name: &str) -> AffectedBinary {
    AffectedBinary {
        name: name.into(),
        version: "1".into(),
        arch: None,
        kind: PackageKind::Deb,
        purl: String::new(),
        fixed_version: None,
        layer: 0,
        path: "var/lib/dpkg/status".into(),
        held: false,
        application: None,
    }
}

fn rules(yaml: &str) -> Vec<IgnoreRule> {
    parse_ignore_yaml("f.yml", yaml).unwrap().rules
}

fn ignoring(rules: Vec<IgnoreRule>) -> Policy {
    Policy { ignores: rules, ..Policy::default() }
}

#[test]
fn an_ignored_finding_stays_with_its_reason() {
    let policy = ignoring(rules(
        "ignore:\n  - id: cve-2020-1\n    reason: not reachable\n    expires: 2026-06-15\n",
    ));
    let mut f = finding("GHSA-x", "a", Severity::High);
    f.aliases = vec!["CVE-2020-1".into()];
    let assessment = assess(vec![f], &policy, &Context::new(TODAY));
    let [f] = &assessment.findings[..] else { panic!() };
    assert_eq!(f.status, FindingStatus::Ignored);
    let suppression = f.suppression.as_ref().unwrap();
    assert_eq!(suppression.source, SuppressionSource::File("f.yml:2".into()));
    assert_eq!(suppression.reason, "not reachable");
    assert_eq!(suppression.expires, Some(date(2026, 6, 15)));
    assert!(f.urgency.is_some());
    assert!(assessment.warnings.is_empty());
}

#[test]
fn an_expired_rule_no_longer_applies_and_is_reported() {
    let policy =
        ignoring(rules("ignore:\n  - id: CVE-1\n    reason: x\n    expires: 2026-06-14\n"));
    let assessment =
        assess(vec![finding("CVE-1", "a", Severity::High)], &policy, &Context::new(TODAY));
    assert_eq!(assessment.findings[0].suppression, None);
    let [warning] = &assessment.warnings[..] else { panic!("{:?}", assessment.warnings) };
    assert_eq!(warning.place, "f.yml:2");
    assert!(warning.message.contains("expired on 2026-06-14"), "{warning}");
}

#[test]
fn a_rule_that_matches_nothing_is_reported() {
    let policy = ignoring(vec![
        IgnoreRule::from_command_line("CVE-1"),
        IgnoreRule::from_command_line("CVE-2"),
    ]);
    let assessment =
        assess(vec![finding("CVE-1", "a", Severity::High)], &policy, &Context::new(TODAY));
    let [warning] = &assessment.warnings[..] else { panic!("{:?}", assessment.warnings) };
    assert!(warning.to_string().contains("--ignore: the ignore rule for `CVE-2` matched nothing"));
}

#[test]
fn two_rules_for_one_finding_are_both_used_and_the_first_speaks() {
    let policy = ignoring(vec![
        IgnoreRule { reason: "first".into(), ..IgnoreRule::from_command_line("CVE-1") },
        IgnoreRule {
            package: Some("a".into()),
            id: None,
            reason: "second".into(),
            ..IgnoreRule::from_command_line("")
        },
    ]);
    let assessment =
        assess(vec![finding("CVE-1", "a", Severity::High)], &policy, &Context::new(TODAY));
    assert!(assessment.warnings.is_empty());
    assert_eq!(assessment.findings[0].suppression.as_ref().unwrap().reason, "first");
}

#[test]
fn an_advisory_id_stands_for_all_its_flaws() {
    let policy = ignoring(vec![IgnoreRule::from_command_line("dsa-1-1")]);
    let mut f = finding("CVE-1", "a", Severity::High);
    f.advisories = vec![SourcedId { id: "DSA-1-1".into(), source: "debian-dsa".into() }];
    let g = finding("CVE-2", "a", Severity::High);
    let assessment = assess(vec![f, g], &policy, &Context::new(TODAY));
    assert!(assessment.findings[0].suppression.is_some());
    assert!(assessment.findings[1].suppression.is_none());
}

#[test]
fn a_rule_for_one_installed_package_does_not_cover_its_siblings() {
    let mut f = finding("CVE-1", "openssl", Severity::High);
    f.packages = vec![binary("libssl3"), binary("openssl")];
    let place = |package: Option<&str>, path: Option<&str>| {
        let rule = IgnoreRule {
            package: package.map(Into::into),
            path: path.map(Into::into),
            ..IgnoreRule::from_command_line("CVE-1")
        };
        assess(vec![f.clone()], &ignoring(vec![rule]), &Context::new(TODAY)).findings[0]
            .suppression
            .is_some()
    };
    assert!(place(Some("openssl"), None), "the source package");
    assert!(!place(Some("libssl3"), None), "openssl itself was not accepted");
    assert!(place(Some("*ssl*"), None));
    assert!(place(None, Some("/var/lib/dpkg/*")));
    assert!(!place(None, Some("opt/*")));
    assert!(!place(Some("openssl"), Some("opt/*")), "both conditions must fit");
}

#[test]
fn a_secret_is_allowed_by_what_it_is_and_where_it_lies() {
    let md5 = "5d41402abc4b2a76b9719d911017c592";
    for (rule, suppressed) in [
        ("fingerprint: 3F2A", [true, true, false]),
        ("id: key", [true, true, true]),
        ("path: /srv/*", [true, false, true]),
        ("md5: 5D41402ABC4B2A76B9719D911017C592", [true, false, false]),
        ("{fingerprint: 3f2a, path: /opt/*}", [false, true, false]),
        ("package: key", [false, false, false]),
    ] {
        let rule = rule.trim_matches(['{', '}']);
        let rules = rules(&format!("ignore:\n  - {{{rule}, reason: made up for a test}}\n"));
        let found = vec![
            secret("key", "srv/a", "3f2a", md5),
            secret("key", "opt/a", "3f2a", "0"),
            secret("key", "srv/b", "77aa", "0"),
        ];
        let mut done = assess(found, &ignoring(rules), &Context::new(TODAY)).findings;
        done.sort_by_key(|f| (f.path != Some("srv/a".into()), f.path != Some("opt/a".into())));
        let marks: Vec<bool> = done.iter().map(|f| f.suppression.is_some()).collect();
        assert_eq!(marks, suppressed, "{rule}");
    }
}

#[test]
fn a_sort_of_finding_can_trip_the_gate() {
    for (fail_on, tripped) in [("secret", true), ("malware", false), ("vuln", false), ("any", true)]
    {
        let policy = Policy { fail_on: parse_fail_on(fail_on).unwrap(), ..Policy::default() };
        let found = vec![secret("key", "srv/a", "3f2a", "0")];
        assert_eq!(assess(found, &policy, &Context::new(TODAY)).gate.tripped, tripped, "{fail_on}");
    }
}

#[test]
fn decisions_come_before_filters() {
    let policy = Policy {
        ignore_unfixed: true,
        severities: "high+".parse().unwrap(),
        ignores: vec![IgnoreRule::from_command_line("CVE-1")],
        ..Policy::default()
    };
    let findings = vec![
        finding("CVE-1", "a", Severity::Low),
        Finding { fix_state: Some(FixState::WillNotFix), ..finding("CVE-2", "a", Severity::Low) },
        Finding { fixed_version: Some("2".into()), ..finding("CVE-3", "a", Severity::Low) },
        Finding { fixed_version: Some("2".into()), ..finding("CVE-4", "a", Severity::High) },
        Finding { kind: RiskKind::Baseline, ..finding("rule", "a", Severity::High) },
    ];
    let assessment = assess(findings, &policy, &Context::new(TODAY));
    let by_id = |id: &str| {
        let f = assessment.findings.iter().find(|f| f.id == id).unwrap();
        f.suppression.as_ref().map(|s| (s.source.clone(), s.reason.as_str()))
    };
    assert_eq!(by_id("CVE-1").unwrap().0, SuppressionSource::CommandLine);
    assert_eq!(
        by_id("CVE-2"),
        Some((SuppressionSource::Unfixed, "the maintainers will not mend it"))
    );
    assert_eq!(
        by_id("CVE-3"),
        Some((SuppressionSource::BelowSeverity, "low; only critical,high counts"))
    );
    assert_eq!(by_id("CVE-4"), None);
    assert_eq!(by_id("rule"), None, "only vulnerabilities can lack a fixed version");
}

#[test]
fn a_severity_list_that_hides_worse_is_warned_about() {
    let policy = Policy { severities: "high".parse().unwrap(), ..Policy::default() };
    let assessment = assess(Vec::new(), &policy, &Context::new(TODAY));
    let [warning] = &assessment.warnings[..] else { panic!("{:?}", assessment.warnings) };
    assert_eq!(
        warning.to_string(),
        "--severity: `high` leaves out critical; write a floor such as `high+` for a severity and everything worse"
    );
}

#[test]
fn the_gate_names_what_trips_it() {
    let findings = vec![
        finding("CVE-1", "a", Severity::Medium),
        Finding {
            kev: Some(Kev { added: TODAY, ransomware: true }),
            fixed_version: Some("2".into()),
            ..finding("CVE-2", "b", Severity::Low)
        },
        finding("CVE-3", "c", Severity::Critical),
    ];
    let verdict = |fail_on: &str, ignored: &str| {
        let policy = Policy {
            fail_on: parse_fail_on(fail_on).unwrap(),
            ignores: vec![IgnoreRule::from_command_line(ignored)],
            ..Policy::default()
        };
        assess(findings.clone(), &policy, &Context::new(TODAY)).gate
    };
    let ids = |fail_on: &str, ignored: &str| {
        let gate = verdict(fail_on, ignored);
        assert_eq!(gate.tripped, !gate.by.is_empty());
        gate.by.into_iter().map(|h| h.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("medium", ""), ["CVE-3", "CVE-1"]);
    assert_eq!(
        ids("critical", "CVE-3"),
        Vec::<String>::new(),
        "a suppressed finding trips nothing"
    );
    assert_eq!(ids("kev", ""), ["CVE-2"]);
    assert_eq!(ids("fix-now", ""), ["CVE-2"]);
    assert_eq!(ids("any", ""), ["CVE-3", "CVE-1", "CVE-2"]);
    assert_eq!(ids("eol", ""), Vec::<String>::new());
    let both = verdict("kev,fix-now", "");
    assert_eq!(both.by[0].conditions, [FailOn::Exploited, FailOn::Urgency(UrgencyLevel::FixNow)]);
    assert_eq!(both.by[0].package.as_deref(), Some("b"));
}

#[test]
fn an_old_operating_system_can_trip_the_gate_by_itself() {
    let policy = Policy { fail_on: vec![FailOn::EndOfLife], ..Policy::default() };
    let context = Context { os_end_of_life: true, ..Context::new(TODAY) };
    let gate = assess(Vec::new(), &policy, &context).gate;
    assert!(gate.tripped);
    assert_eq!(gate.by[0].id, "end-of-life");
    assert!(!assess(Vec::new(), &Policy::default(), &context).gate.tripped);
}

#[test]
fn findings_come_worst_first_and_none_is_lost() {
    let findings = vec![
        finding("CVE-9", "b", Severity::Low),
        finding("CVE-2", "b", Severity::High),
        finding("CVE-1", "b", Severity::High),
        finding("CVE-3", "a", Severity::High),
        finding("CVE-4", "a", Severity::Unknown),
    ];
    let assessment = assess(findings, &Policy::default(), &Context::new(TODAY));
    let ids: Vec<&str> = assessment.findings.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["CVE-3", "CVE-1", "CVE-2", "CVE-9", "CVE-4"]);
}

#[test]
fn the_summary_counts_what_counts() {
    let policy = ignoring(vec![IgnoreRule::from_command_line("CVE-3")]);
    let findings = vec![
        Finding { fixed_version: Some("2".into()), ..finding("CVE-1", "a", Severity::High) },
        Finding {
            kev: Some(Kev { added: TODAY, ransomware: false }),
            ..finding("CVE-2", "a", Severity::Low)
        },
        finding("CVE-3", "a", Severity::Critical),
    ];
    let findings = assess(findings, &policy, &Context::new(TODAY)).findings;
    let coverage = |state| Coverage {
        namespace: Namespace::new("debian", "10"),
        packages: 3,
        state,
        feeds: Vec::new(),
        note: String::new(),
    };
    let summary = summarize(&findings, 7, &[coverage(CoverageState::Covered)], &[]);
    assert_eq!(
        (
            summary.packages,
            summary.findings,
            summary.fixable,
            summary.exploited,
            summary.suppressed
        ),
        (7, 2, 1, 1, 1)
    );
    assert_eq!(summary.by_severity.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [0, 1, 0, 1, 0, 0]);
    assert_eq!(summary.by_urgency.iter().map(|(_, n)| n).sum::<u64>(), 2);
    assert!(summary.complete);
    for state in [CoverageState::NotCovered, CoverageState::EndOfLife] {
        assert!(!summarize(&findings, 7, &[coverage(state)], &[]).complete);
    }
    let problem = |kind| [Problem::new(kind, "x")];
    assert!(!summarize(&findings, 7, &[], &problem(ProblemKind::Truncated)).complete);
    assert!(summarize(&findings, 7, &[], &problem(ProblemKind::UnsafeEntry)).complete);
}

#[test]
fn rules_say_where_they_are_from() {
    let origin = RuleOrigin::File { file: "x".into(), line: 3 };
    assert_eq!(origin.to_string(), "x:3");
    assert_eq!(RuleOrigin::CommandLine.to_string(), "--ignore");
}
