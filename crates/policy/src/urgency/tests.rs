use jiff::civil::date;
use plimsoll_model::{
    AffectedBinary, Channel, CvssRating, Epss, FindingStatus, Fix, FixKind, Kev, PackageKind,
    Rating,
};
use proptest::prelude::*;

use super::*;
use crate::documented::assert_block;

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/urgency.md");

fn finding(severity: Severity) -> Finding {
    Finding {
        kind: RiskKind::SystemVulnerability,
        id: "CVE-2020-0001".into(),
        aliases: Vec::new(),
        advisories: Vec::new(),
        severity,
        severity_source: "nvd".into(),
        urgency: None,
        title: String::new(),
        description: None,
        ratings: Vec::new(),
        cvss_score: None,
        cwes: Vec::new(),
        impact: Vec::new(),
        published: None,
        kev: None,
        epss: None,
        package: Some("bash".into()),
        installed_version: Some("1".into()),
        fixed_version: None,
        latest_fixed_version: None,
        fix_state: None,
        fix_channel: None,
        packages: Vec::new(),
        path: None,
        layer: None,
        evidence: Vec::new(),
        detection: None,
        fix: Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() },
        references: Vec::new(),
        status: FindingStatus::Open,
        suppression: None,
    }
}

fn fixed(severity: Severity) -> Finding {
    Finding { fixed_version: Some("2".into()), ..finding(severity) }
}

fn with_vector(mut f: Finding, vector: &str) -> Finding {
    f.ratings.push(Rating {
        source: "nvd".into(),
        severity: None,
        cvss: Some(CvssRating { version: "3.1".into(), vector: vector.into() }),
    });
    f
}

fn in_package(mut f: Finding, source: &str, binaries: &[&str]) -> Finding {
    f.package = Some(source.into());
    f.packages = binaries
        .iter()
        .map(|name| AffectedBinary {
            name: (*name).into(),
            version: "1".into(),
            arch: None,
            kind: PackageKind::Deb,
            purl: String::new(),
            fixed_version: None,
            layer: 0,
            path: "var/lib/dpkg/status".into(),
            held: false,
            application: None,
        })
        .collect();
    f
}

fn kev(f: Finding) -> Finding {
    Finding { kev: Some(Kev { added: date(2021, 11, 3), ransomware: false }), ..f }
}

fn epss(f: Finding, probability: f32) -> Finding {
    Finding {
        epss: Some(Epss { probability, percentile: probability, date: date(2026, 1, 1) }),
        ..f
    }
}

fn context() -> Context {
    Context::new(date(2026, 1, 1))
}

fn server() -> Context {
    Context { exposed_ports: vec!["443/tcp".into()], runs_as_root: true, ..context() }
}

const OPEN: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const LOCAL: &str = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";

/// The examples of the documentation, each with the level that is wanted whatever the numbers.
fn examples() -> Vec<(&'static str, UrgencyLevel, Finding, Context)> {
    use Severity::{Critical, High, Low, Medium, Negligible, Unknown};
    use UrgencyLevel::{CanWait, FixLater, FixNow};
    let ssl = |f| in_package(f, "openssl", &["libssl3"]);
    vec![
        (
            "critical, over the network, a fix is out",
            FixNow,
            with_vector(fixed(Critical), OPEN),
            context(),
        ),
        ("the same without a fix", FixLater, with_vector(finding(Critical), OPEN), context()),
        ("critical, local, a fix is out", FixLater, with_vector(fixed(Critical), LOCAL), context()),
        (
            "high, over the network, a fix is out",
            FixLater,
            with_vector(fixed(High), OPEN),
            context(),
        ),
        (
            "the same in OpenSSL, in an image that runs as root, exposes a port, EPSS 15 %",
            FixNow,
            epss(ssl(with_vector(fixed(High), OPEN)), 0.15),
            server(),
        ),
        (
            "high, local, a fix is out, but only the kernel's headers are installed",
            CanWait,
            in_package(with_vector(fixed(High), LOCAL), "linux", &["linux-libc-dev"]),
            context(),
        ),
        ("medium, a fix is out", FixLater, fixed(Medium), context()),
        ("medium, no fix", CanWait, finding(Medium), context()),
        (
            "medium, a fix is out, only a compiler carries it",
            CanWait,
            in_package(fixed(Medium), "gcc-12", &["gcc-12", "cpp-12"]),
            context(),
        ),
        ("low, over the network, a fix is out", CanWait, with_vector(fixed(Low), OPEN), context()),
        ("low, known to be exploited, a fix is out", FixNow, kev(fixed(Low)), context()),
        (
            "negligible, known to be exploited, a fix is out",
            FixNow,
            kev(fixed(Negligible)),
            context(),
        ),
        ("medium, known to be exploited, no fix", FixLater, kev(finding(Medium)), context()),
        (
            "high, over the network, the release is past its end of life",
            FixLater,
            with_vector(finding(High), OPEN),
            Context { os_end_of_life: true, ..context() },
        ),
        ("not rated, a fix is out", FixLater, fixed(Unknown), context()),
        (
            "malicious file, critical",
            FixNow,
            Finding { kind: RiskKind::Malware, package: None, ..finding(Critical) },
            context(),
        ),
    ]
}

fn name(level: UrgencyLevel) -> &'static str {
    match level {
        UrgencyLevel::FixNow => "fix now",
        UrgencyLevel::FixLater => "fix later",
        UrgencyLevel::CanWait => "can wait",
    }
}

#[test]
fn the_documented_terms_are_those_of_the_code() {
    let rows: String =
        terms::ALL.iter().map(|t| format!("| {:+} | {} |\n", t.points, t.when)).collect();
    assert_block(DOC, "terms", &format!("| points | when |\n| ---: | --- |\n{rows}"));
    assert_block(
        DOC,
        "levels",
        &format!(
            "| score | level |\n| --- | --- |\n| {FIX_NOW_FROM} and more | fix now: before shipping |\n| \
             {FIX_LATER_FROM} to {} | fix later: with the next regular update |\n| under {FIX_LATER_FROM} | can \
             wait |\n",
            FIX_NOW_FROM - 1
        ),
    );
}

#[test]
fn the_documented_examples_come_out_so() {
    let mut rows = String::from("| example | score | level |\n| --- | ---: | --- |\n");
    for (what, level, finding, context) in examples() {
        let urgency = of(&finding, &context);
        assert_eq!(urgency.level, level, "{what}: {urgency:?}");
        rows += &format!("| {what} | {} | {} |\n", urgency.score, name(urgency.level));
    }
    assert_block(DOC, "examples", &rows);
}

#[test]
fn a_subscription_makes_a_fix_less_of_one() {
    let channel = Some(Channel { name: "esm-infra".into(), paid: true });
    let paid = of(&Finding { fix_channel: channel, ..fixed(Severity::High) }, &context());
    assert!(paid.score < of(&fixed(Severity::High), &context()).score);
    assert!(paid.reasons.iter().any(|r| r.text.contains("esm-infra")));
}

#[test]
fn reasons_name_ports_and_the_source_of_the_severity() {
    let f = in_package(with_vector(fixed(Severity::High), OPEN), "nginx", &["nginx"]);
    let texts: Vec<String> = of(&f, &server()).reasons.into_iter().map(|r| r.text).collect();
    for wanted in
        ["high severity (nvd)", "the image exposes 443/tcp", "`nginx` speaks to the network"]
    {
        assert!(texts.iter().any(|t| t == wanted), "{wanted} not in {texts:?}");
    }
}

#[test]
fn percentages_read_well() {
    assert_eq!(percent(0.944), "94 %");
    assert_eq!(percent(0.0123), "1.2 %");
    assert_eq!(percent(0.0004), "under 0.1 %");
}

fn any_finding() -> impl Strategy<Value = Finding> {
    (
        prop::sample::select(Severity::WORST_FIRST.to_vec()),
        any::<bool>(),
        prop::option::of(any::<bool>()),
        prop::option::of(any::<f32>()),
        prop::sample::select(vec!["bash", "openssl", "linux", "gcc-12", ""]),
        prop::sample::select(vec![OPEN, LOCAL, "", "AV:N", "junk"]),
        prop::option::of(prop::sample::select(vec![
            FixState::Affected,
            FixState::WillNotFix,
            FixState::EndOfLife,
            FixState::FixDeferred,
            FixState::UnderInvestigation,
        ])),
    )
        .prop_map(|(severity, has_fix, exploited, probability, package, vector, state)| {
            let mut f = if has_fix { fixed(severity) } else { finding(severity) };
            f.kev = exploited.map(|ransomware| Kev { added: date(2022, 1, 1), ransomware });
            if let Some(p) = probability {
                f = epss(f, p);
            }
            f.fix_state = state;
            in_package(with_vector(f, vector), package, &[package])
        })
}

proptest! {
    #[test]
    fn scores_are_the_sum_of_their_reasons(f in any_finding(), root: bool, eol: bool, ports in prop::collection::vec("[0-9]{1,5}/tcp", 0..5)) {
        let context = Context { runs_as_root: root, os_end_of_life: eol, exposed_ports: ports, ..context() };
        let urgency = of(&f, &context);
        let sum: i32 = urgency.reasons.iter().map(|r| i32::from(r.points)).sum();
        prop_assert_eq!(i32::from(urgency.score), sum.clamp(0, 100));
        prop_assert_eq!(urgency.level, level(urgency.score));
        prop_assert!(urgency.reasons.is_sorted_by_key(|r| std::cmp::Reverse(r.points.unsigned_abs())));
        prop_assert!(urgency.reasons.iter().all(|r| !r.text.is_empty()));
        if f.kev.is_some() && f.fixed_version.is_some() {
            prop_assert_eq!(urgency.level, UrgencyLevel::FixNow);
        }
    }

    #[test]
    fn a_worse_severity_is_never_less_urgent(f in any_finding()) {
        let scores: Vec<u8> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Negligible]
            .iter()
            .map(|s| of(&Finding { severity: *s, ..f.clone() }, &context()).score)
            .collect();
        prop_assert!(scores.is_sorted_by(|a, b| a >= b), "{:?}", scores);
    }
}
