//! What a report comes down to, in one sentence. Every format for people says the same one.

use plimsoll_model::{CoverageState, Report, RiskKind, UrgencyLevel};

/// How a report may be called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Something counts.
    Findings,
    /// Nothing counts, everything was read and judged, by fresh advisories, for a system that still gets
    /// fixes. The only verdict that is good news.
    Clean,
    /// Nothing counts, but not everything was read or judged.
    Incomplete,
    /// Nothing counts, but the advisories are too old to say so.
    Stale,
    /// Nothing counts, but the system no longer gets fixes, and flaws found since are not published for it.
    EndOfLife,
    /// There was nothing to judge.
    Nothing,
}

/// The verdict on a report, and the sentence. The parts of the report are looked at again here: a summary
/// that says `complete` beside a problem is not believed.
#[must_use]
pub fn verdict(report: &Report) -> (Verdict, String) {
    let summary = &report.summary;
    let unread = report.problems.iter().any(|p| p.kind.makes_incomplete());
    let uncovered: Vec<String> = report
        .coverage
        .iter()
        .filter(|c| c.state == CoverageState::NotCovered)
        .map(|c| c.namespace.to_string())
        .collect();
    // Neither matters to who did not ask for flaws.
    let vulnerabilities = looked_for_vulnerabilities(report);
    let end_of_life = vulnerabilities
        && (report.os.as_ref().is_some_and(|os| os.is_end_of_life)
            || report.coverage.iter().any(|c| c.state == CoverageState::EndOfLife));
    let only_end_of_life = end_of_life && !unread && uncovered.is_empty();
    let incomplete = unread || !uncovered.is_empty() || (!summary.complete && !end_of_life);
    let stale = vulnerabilities && report.database.staleness.is_stale;
    if summary.findings > 0 {
        let mut text = format!("{}: {}", count(summary.findings, "finding"), urgencies(report));
        if incomplete {
            text.push_str(". NOT COMPLETE: see below");
        } else if end_of_life {
            text.push_str(". END OF LIFE: newer flaws are not known");
        } else if stale {
            text.push_str(". STALE: newer flaws are missing");
        }
        return (Verdict::Findings, text);
    }
    let none = match summary.suppressed {
        0 => "no findings".to_owned(),
        n => format!("no findings that count ({n} suppressed)"),
    };
    let nothing_covered =
        !uncovered.is_empty() && uncovered.len() == report.coverage.len() && !unread;
    let (verdict, text) = if only_end_of_life {
        (
            Verdict::EndOfLife,
            format!(
                "END OF LIFE: {none}, but this system no longer gets fixes and newer flaws are not published for it"
            ),
        )
    } else if nothing_covered {
        let (named, more) = match &uncovered[..] {
            [] => (String::new(), 0),
            [first, rest @ ..] => (first.clone(), rest.len()),
        };
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        (
            Verdict::Incomplete,
            format!(
                "NOT COVERED: nothing can be said, because the data has no advisories for {named}{more}"
            ),
        )
    } else if incomplete {
        (
            Verdict::Incomplete,
            format!("NOT COMPLETE: {none} in what could be judged, which is not the whole image"),
        )
    } else if !vulnerabilities {
        let names: Vec<&str> = report.looked_for.iter().map(|kind| named(*kind)).collect();
        (Verdict::Clean, format!("{none}: only {} were looked for", names.join(", ")))
    } else if summary.packages == 0 {
        (Verdict::Nothing, format!("{none}: no package was found, so there was nothing to judge"))
    } else if stale {
        (Verdict::Stale, format!("STALE: {none}, but by advisories that are too old to rely on"))
    } else {
        (
            Verdict::Clean,
            format!("{none}: nothing is known against the {}", count(summary.packages, "package")),
        )
    };
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    (verdict, first.into_iter().chain(chars).collect())
}

/// Whether known flaws were looked for.
pub(crate) fn looked_for_vulnerabilities(report: &Report) -> bool {
    report.looked_for.is_empty() || report.looked_for.contains(&RiskKind::SystemVulnerability)
}

/// A sort of risk in the middle of a sentence.
pub(crate) fn named(kind: RiskKind) -> &'static str {
    match kind {
        RiskKind::SystemVulnerability => "flaws of the system",
        RiskKind::ApplicationVulnerability => "flaws of applications",
        RiskKind::Baseline => "unsafe settings",
        RiskKind::Malware => "malware",
        RiskKind::SensitiveFile => "credentials",
        RiskKind::BuildInstruction => "risky build instructions",
    }
}

fn urgencies(report: &Report) -> String {
    let parts: Vec<String> = report
        .summary
        .by_urgency
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(level, n)| match level {
            UrgencyLevel::FixNow => format!("{n} to fix now"),
            UrgencyLevel::FixLater => format!("{n} to fix later"),
            UrgencyLevel::CanWait => format!("{n} can wait"),
        })
        .collect();
    if parts.is_empty() { "not assessed".into() } else { parts.join(", ") }
}

/// `1 finding`, `2 findings`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("{n} {noun}") } else { format!("{n} {noun}s") }
}
