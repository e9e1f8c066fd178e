//! Assessing many findings against a long ignore list.

use divan::{Bencher, black_box};
use jiff::civil::date;
use plimsoll_model::{Finding, FindingStatus, Fix, FixKind, RiskKind, Severity};
use plimsoll_policy::{Context, IgnoreRule, Policy, assess, parse_ignore_lines};

fn main() {
    divan::main();
}

fn findings() -> Vec<Finding> {
    (0..2_000)
        .map(|n| Finding {
            kind: RiskKind::SystemVulnerability,
            id: format!("CVE-2020-{n:04}"),
            aliases: vec![format!("GHSA-{n:04}")],
            advisories: Vec::new(),
            severity: Severity::WORST_FIRST[n % 6],
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
            package: Some(format!("package-{}", n / 10)),
            installed_version: Some("1".into()),
            fixed_version: (n % 2 == 0).then(|| "2".into()),
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
        })
        .collect()
}

#[divan::bench]
fn two_thousand_findings_a_thousand_rules(bencher: Bencher) {
    let ignores =
        (0..1_000).map(|n| IgnoreRule::from_command_line(format!("CVE-2019-{n}"))).collect();
    let policy = Policy { ignores, ..Policy::default() };
    let context = Context::new(date(2026, 1, 1));
    bencher.with_inputs(findings).bench_values(|f| assess(f, black_box(&policy), &context));
}

#[divan::bench]
fn parse_a_thousand_lines(bencher: Bencher) {
    let text: String =
        (0..1_000).map(|n| format!("CVE-2019-{n} exp:2026-12-31  # reason\n")).collect();
    bencher.bench(|| parse_ignore_lines(".plimsollignore", black_box(&text)));
}
