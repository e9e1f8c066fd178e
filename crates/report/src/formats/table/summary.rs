//! The head of the page: what was scanned, by which data, what that covers, and the counts.

use std::{collections::BTreeMap, io};

use jiff::{Unit, civil::Date};
use plimsoll_model::{CoverageState, Report, ReportOs, RiskKind, Severity};

use super::{findings::layer_of, severity_style};
use crate::{
    RenderOptions,
    text::{Page, Piece, palette},
    verdict::{count, looked_for_vulnerabilities, named},
};

/// Columns of a label. With it a `sha256:` digest just fits into 80.
const LABEL: usize = 9;
/// Lines of the instruction that made a layer.
const INSTRUCTION_LINES: usize = 2;
/// Days before the end of life from which it is announced.
const EOL_NOTICE_DAYS: i32 = 180;

pub(super) fn write(
    page: &mut Page<'_>,
    report: &Report,
    options: &RenderOptions,
) -> io::Result<()> {
    image(page, report)?;
    system(page, report.os.as_ref(), options.today)?;
    data(page, report)?;
    coverage(page, report)?;
    looked_for(page, report)?;
    engines(page, report)?;
    counts(page, report)?;
    layers(page, report)
}

/// One or more lines under a label.
fn entry(page: &mut Page<'_>, label: &str, piece: Piece<'_>) -> io::Result<()> {
    let label = format!("{label:<LABEL$}");
    page.wrapped(&[(palette::FAINT, &label)], LABEL, piece, None)
}

fn image(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let image = &report.image;
    entry(page, "Image", (palette::STRONG, &image.reference))?;
    let layers = count(image.layers.len().try_into().unwrap_or(u64::MAX), "layer");
    entry(page, "", (palette::PLAIN, &format!("{}, {}, {layers}", image.source, image.platform)))?;
    if let Some(digest) = image.digest.or(image.config_digest) {
        entry(page, "", (palette::FAINT, &digest.to_string()))?;
    }
    Ok(())
}

fn system(page: &mut Page<'_>, os: Option<&ReportOs>, today: Date) -> io::Result<()> {
    let Some(os) = os else {
        return entry(page, "System", (palette::WARN, "none recognised"));
    };
    let mut name = format!("{} {}", os.name, os.version);
    if let Some(codename) = &os.codename {
        name = format!("{} ({codename})", name.trim_end());
    }
    entry(page, "System", (palette::PLAIN, name.trim_end()))?;
    let Some(end) = &os.end_of_life else {
        if os.is_end_of_life {
            entry(page, "", (palette::ALARM, "END OF LIFE: it no longer gets public fixes"))?;
        }
        return Ok(());
    };
    let days = end.date.until((Unit::Day, today)).map_or(0, |span| span.get_days());
    if os.is_end_of_life {
        let text = format!("END OF LIFE since {}: it no longer gets public fixes", end.date);
        entry(page, "", (palette::ALARM, &text))?;
        if let Some((name, until)) = end.extended.as_ref().filter(|(_, until)| *until >= today) {
            let text = format!("{name}, paid or by subscription, runs until {until}");
            entry(page, "", (palette::PLAIN, &text))?;
        }
    } else if -days <= EOL_NOTICE_DAYS {
        let text = format!("gets fixes only until {}, {} more days", end.date, -days);
        entry(page, "", (palette::WARN, &text))?;
    }
    Ok(())
}

fn data(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let database = &report.database;
    let origin = if database.origin == "starter" { "starter database" } else { &database.origin };
    let mut text = format!("{origin} built {}", database.built.strftime("%Y-%m-%d"));
    let staleness = &database.staleness;
    if let Some(age) = staleness.age_days {
        let age = count(age.try_into().unwrap_or(0), "day");
        text = format!("{text}, data {age} old");
    }
    entry(page, "Data", (palette::PLAIN, &text))?;
    if staleness.is_stale {
        let text = format!("STALE: older than {} days; {}", staleness.limit_days, staleness.advice);
        entry(page, "", (palette::ALARM, text.trim_end_matches(['.', ' ', ';'])))?;
    } else if !staleness.advice.is_empty() {
        entry(page, "", (palette::PLAIN, &staleness.advice))?;
    }
    // Only what was left out of the feeds that judge this image is missing here.
    let judges = |id: &String| report.coverage.iter().any(|c| c.feeds.contains(id));
    let skipped: u64 = database.feeds.iter().filter(|f| judges(&f.id)).map(|f| f.skipped).sum();
    if skipped > 0 {
        let text = format!("{} of its feeds could not be read", count(skipped, "record"));
        entry(page, "", (palette::WARN, &text))?;
    }
    Ok(())
}

fn coverage(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let coverage = &report.coverage;
    let names: Vec<String> = coverage.iter().map(|c| c.namespace.to_string()).collect();
    let widest = names.iter().map(|n| n.chars().count()).max().unwrap_or(0).min(24);
    for (index, (entry, name)) in coverage.iter().zip(&names).enumerate() {
        let label = format!("{:<LABEL$}", if index == 0 { "Coverage" } else { "" });
        let lead = format!("{name:<widest$}  {}", count(entry.packages, "package"));
        let (style, verdict) = match entry.state {
            CoverageState::Covered => (palette::GOOD, "covered"),
            CoverageState::NotCovered => (palette::ALARM, "NOT COVERED"),
            CoverageState::EndOfLife => (palette::ALARM, "END OF LIFE"),
        };
        let note = match (entry.state, entry.note.as_str()) {
            (CoverageState::NotCovered, "") => {
                "the data has no advisories for it, so nothing is said about it"
            }
            (CoverageState::EndOfLife, "") => "what came up later is unknown",
            (_, note) => note,
        };
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        page.wrapped(
            &[
                (palette::FAINT, &label),
                (palette::PLAIN, &lead),
                (palette::PLAIN, ", "),
                (style, verdict),
            ],
            LABEL + 2,
            (palette::PLAIN, &note),
            None,
        )?;
    }
    if coverage.is_empty() && !looked_for_vulnerabilities(report) {
        entry(page, "Coverage", (palette::WARN, "known flaws were not looked for"))?;
    } else if coverage.is_empty() {
        entry(page, "Coverage", (palette::WARN, "no packages, so there was nothing to look up"))?;
    }
    Ok(())
}

/// What nobody looked for. Nothing is said about it, so the page must not look as if.
fn looked_for(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.looked_for.is_empty() {
        return Ok(());
    }
    let missing: Vec<&str> = RiskKind::ALL
        .into_iter()
        .filter(|kind| !report.looked_for.contains(kind))
        .map(named)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("not looked for: {}", missing.join(", "));
    entry(page, "", (palette::PLAIN, &text))
}

/// Who else was asked.
fn engines(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for engine in &report.engines {
        let text = format!("also asked: {} {}", engine.name, engine.version);
        entry(page, "", (palette::PLAIN, &text))?;
    }
    Ok(())
}

fn counts(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let summary = &report.summary;
    let label = format!("{:<LABEL$}", "Found");
    let severities: Vec<(Severity, String)> = summary
        .by_severity
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| (*severity, format!("{n} {severity}")))
        .collect();
    if severities.is_empty() {
        entry(page, "Found", (palette::PLAIN, "nothing that counts"))?;
    } else {
        list(page, &label, &severities)?;
        let fixable = match summary.fixable {
            0 => "none has a fix".into(),
            1 => "1 has a fix".into(),
            n => format!("{n} have a fix"),
        };
        entry(page, "", (palette::PLAIN, &fixable))?;
    }
    let kinds: Vec<String> = summary
        .by_kind
        .iter()
        .filter(|(kind, n)| *n > 0 && !is_vulnerability(*kind))
        .map(|(kind, n)| format!("{n} {}", noun(*kind)))
        .collect();
    if !kinds.is_empty() {
        let vulnerabilities: u64 =
            summary.by_kind.iter().filter(|(k, _)| is_vulnerability(*k)).map(|(_, n)| n).sum();
        let text = format!("{vulnerabilities} of vulnerabilities, {}", kinds.join(", "));
        entry(page, "", (palette::PLAIN, &text))?;
    }
    if summary.exploited > 0 {
        let verb = if summary.exploited == 1 { "is" } else { "are" };
        let text = format!("{} {verb} known to be EXPLOITED", summary.exploited);
        entry(page, "", (palette::ALARM, &text))?;
    }
    if summary.suppressed > 0 {
        let verb = if summary.suppressed == 1 { "is" } else { "are" };
        entry(page, "", (palette::PLAIN, &format!("{} {verb} suppressed", summary.suppressed)))?;
    }
    Ok(())
}

fn is_vulnerability(kind: RiskKind) -> bool {
    matches!(kind, RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability)
}

fn noun(kind: RiskKind) -> &'static str {
    match kind {
        RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability => "of vulnerabilities",
        RiskKind::Baseline => "of the baseline",
        RiskKind::Malware => "of malware",
        RiskKind::SensitiveFile => "of sensitive files",
        RiskKind::BuildInstruction => "of build instructions",
    }
}

/// Severities with their counts, broken over lines between two of them.
fn list(page: &mut Page<'_>, label: &str, parts: &[(Severity, String)]) -> io::Result<()> {
    let indent = " ".repeat(LABEL);
    let mut pieces = vec![(palette::FAINT, label)];
    let mut columns = LABEL;
    for (index, (severity, text)) in parts.iter().enumerate() {
        let more = index + 1 < parts.len();
        let needed = text.len() + usize::from(more);
        if columns + needed > page.width {
            page.trimmed(&pieces)?;
            pieces = vec![(palette::PLAIN, indent.as_str())];
            columns = LABEL;
        }
        pieces.push((severity_style(*severity), text));
        pieces.push((palette::PLAIN, if more { ", " } else { "" }));
        columns += needed + 1;
    }
    page.trimmed(&pieces)
}

/// The layers that brought findings. The findings name them by number.
fn layers(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.image.layers.len() < 2 {
        return Ok(());
    }
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.suppression.is_none()) {
        if let Some(index) = layer_of(finding) {
            *counts.entry(index).or_default() += 1;
        }
    }
    for (at, (index, n)) in counts.into_iter().enumerate() {
        let label = format!("{:<LABEL$}", if at == 0 { "Layers" } else { "" });
        let instruction = report
            .image
            .layers
            .iter()
            .find(|l| l.index == index)
            .map_or("", |l| instruction(&l.created_by));
        let lead = format!("{index}: {}", count(n, "finding"));
        let text =
            if instruction.is_empty() { String::new() } else { format!(" from {instruction}") };
        page.wrapped(
            &[(palette::FAINT, &label), (palette::PLAIN, &lead)],
            LABEL + 3,
            (palette::FAINT, &text),
            Some(INSTRUCTION_LINES),
        )?;
    }
    Ok(())
}

/// An instruction without what builders add around it.
fn instruction(created_by: &str) -> &str {
    let text = created_by.trim().trim_end_matches("# buildkit").trim();
    let text = text.strip_prefix("RUN").map_or(text, str::trim);
    let text = text.strip_prefix("/bin/sh -c").map_or(text, str::trim);
    text.strip_prefix("#(nop)").map_or(text, str::trim)
}
