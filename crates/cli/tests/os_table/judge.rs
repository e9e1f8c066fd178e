//! A case through the real feeds, the real database and the real engine.

use std::{collections::BTreeSet, fs, path::Path};

use jiff::Timestamp;
use plimsoll_model::{Advisory, Affected, FeedInfo, Finding, Report};
use plimsoll_policy::Policy;
use plimsoll_scan::{AnalyzerSet, Checks, ScanOptions, evaluate, scan_image};
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb};

use crate::{case::Case, image};

/// What the engine said about a case.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) report: Report,
    /// The expectation that it would fulfil.
    pub(crate) text: String,
    /// What no expectation may allow.
    pub(crate) faults: Vec<String>,
}

/// What a feed says about one package: its name, and the ids of the flaw.
type Said = (String, BTreeSet<String>);

pub(crate) fn judge(case: &Case) -> Judged {
    let dir = tempfile::tempdir().unwrap();
    write_feeds(case, dir.path());
    let mut faults = Vec::new();
    let (db, said) = database(case, dir.path(), &mut faults);
    let image = image::build(case);
    let (checks, options) = (Checks::vulnerabilities(), ScanOptions::default());
    let inventory =
        scan_image(&image.memory(), &AnalyzerSet::of(checks.clone()), &options).unwrap();
    let report = evaluate(&inventory, &db, &checks, &Policy::default(), now(case)).report;
    let text = text(&report);
    never_allowed(case, &report, &said, &mut faults);
    Judged { report, text, faults }
}

fn now(case: &Case) -> Timestamp {
    format!("{}T12:00:00Z", case.today).parse().unwrap()
}

/// Writes each file of the case's feeds to `dir/ID/PATH`.
pub(crate) fn write_feeds(case: &Case, dir: &Path) {
    for file in &case.feeds {
        let path = dir.join(&file.feed).join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
}

/// The feeds of a case, each once.
pub(crate) fn feed_ids(case: &Case) -> BTreeSet<&str> {
    case.feeds.iter().map(|file| file.feed.as_str()).collect()
}

fn database(case: &Case, dir: &Path, faults: &mut Vec<String>) -> (VulnDb, Vec<Said>) {
    let mut builder = Builder::new(BuildOptions::new("test", now(case))).unwrap();
    let mut said = Vec::new();
    for id in feed_ids(case) {
        let feed = plimsoll_feeds::by_id(id).unwrap_or_else(|| panic!("no feed `{id}`"));
        let mut names = |advisory: &Advisory, affected: &Affected| {
            let mut ids: BTreeSet<String> = advisory.flaws.iter().cloned().collect();
            ids.insert(advisory.id.clone());
            said.push((affected.package.clone(), ids));
        };
        let parsed = feed.parse(&dir.join(id), &mut |advisory| {
            advisory.affected.iter().for_each(|affected| names(&advisory, affected));
            builder.add(advisory).unwrap();
        });
        let stats = match parsed {
            Ok(stats) => stats,
            Err(error) => {
                faults.push(error.to_string());
                continue;
            }
        };
        faults.extend(stats.problems.iter().map(|bad| format!("{}: {}", bad.place, bad.message)));
        builder.feed(FeedInfo {
            id: id.to_owned(),
            date: stats.date,
            records: stats.records,
            skipped: 0,
            licence: feed.meta().licence.to_owned(),
            source: feed.meta().homepage.to_owned(),
            knows: feed.knows(),
        });
    }
    let mut file = Vec::new();
    builder.finish(&mut file).unwrap();
    (VulnDb::from_bytes(file).unwrap(), said)
}

/// The report in the form of an expectation.
fn text(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |text: String| out.push_str(&format!("{text}\n"));
    match &report.os {
        Some(os) => {
            let release = if os.release.is_empty() { "rolling" } else { &os.release };
            line(format!("system: {} {release}, by {}", os.id, os.evidence));
        }
        None => line("system: unknown".into()),
    }
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|f| (&f.package, &f.installed_version, &f.id));
    for finding in findings {
        let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let state = serde_json::to_value(finding.fix_state).unwrap();
        let mut text = format!(
            "finding: {} in {} {}: {}",
            finding.id,
            word(&finding.package),
            word(&finding.installed_version),
            state.as_str().unwrap_or("-"),
        );
        if let Some(fixed) = &finding.fixed_version {
            text.push_str(&format!(" in {fixed}"));
        }
        if let Some(channel) = &finding.fix_channel {
            let paid = if channel.paid { ", paid" } else { "" };
            text.push_str(&format!(" ({}{paid})", channel.name));
        }
        let names: Vec<&str> = finding.packages.iter().map(|p| p.name.as_str()).collect();
        text.push_str(&format!(" [{}]", names.join(" ")));
        line(text);
    }
    if let Some(plan) = &report.fix_plan {
        line(format!("fix: {}", plan.command.as_deref().unwrap_or("none")));
        for (reason, count) in &plan.remaining {
            line(format!("remains: {count}, {reason}"));
        }
    }
    for covered in &report.coverage {
        let state = serde_json::to_value(covered.state).unwrap();
        let mut text =
            format!("coverage: {} {}", covered.namespace, state.as_str().unwrap_or_default());
        if !covered.feeds.is_empty() {
            text.push_str(&format!(" by {}", covered.feeds.join(", ")));
        }
        if !covered.note.is_empty() {
            text.push_str(&format!(": {}", covered.note));
        }
        line(text);
    }
    for problem in &report.problems {
        let kind = serde_json::to_value(problem.kind).unwrap();
        line(format!("problem: {}: {}", kind.as_str().unwrap_or_default(), problem.message));
    }
    line(format!("complete: {}", if report.summary.complete { "yes" } else { "no" }));
    out
}

/// What no expectation may allow: an unaffected package with a finding, one that its case does not really test, and
/// a silent zero.
fn never_allowed(case: &Case, report: &Report, said: &[Said], out: &mut Vec<String>) {
    for wanted in &case.unaffected {
        let (package, flaw) = (&wanted.package, &wanted.flaw);
        let is_binary = case
            .packages
            .iter()
            .flat_map(|list| &list.lines)
            .any(|line| line.split_whitespace().next() == Some(package));
        let found = report.findings.iter().find(|f| {
            let names_binary = f.packages.iter().any(|p| p.name == *package);
            f.id == *flaw && (names_binary || (!is_binary && f.package.as_ref() == Some(package)))
        });
        if let Some(found) = found {
            let version = found.installed_version.as_deref().unwrap_or_default();
            out.push(format!("{flaw} is reported in {package} {version}"));
        }
        let installed = case.packages.iter().flat_map(|list| &list.lines).find(|line| {
            line.split_whitespace().any(|word| {
                let name = word.split('=').next().unwrap_or(word);
                name == package
                    || name.strip_prefix(package.as_str()).is_some_and(|v| v.starts_with('-'))
            })
        });
        if installed.is_none() {
            out.push(format!("{package} is not installed"));
        }
        let is_named = said.iter().any(|(name, flaws)| {
            flaws.contains(flaw)
                && (name == package
                    || installed.is_some_and(|line| line.split_whitespace().any(|w| w == name)))
        });
        if !is_named {
            out.push(format!("no advisory names {flaw} in {package}: nothing is proved"));
        }
    }
    let silent = report.coverage.is_empty() && report.problems.is_empty();
    if silent && report.findings.is_empty() {
        out.push("nothing is found, and nothing says why".into());
    }
    if report.coverage.iter().any(|c| c.note.is_empty() && c.feeds.is_empty()) {
        out.push("a namespace is not covered, and nothing says why".into());
    }
}
