//! The findings, by package or path, and the suppressed ones.

use std::{collections::BTreeMap, io};

use plimsoll_model::{Finding, Report, RiskKind, SuppressionSource, UrgencyLevel};

use super::{
    groups::{Group, group, no_fix, section},
    severity_style, urgency_style,
};
use crate::{
    RenderOptions, application, detection,
    text::{Page, palette},
    verdict::count,
};

/// Columns of urgency and severity.
const URGENCY: usize = 5;
const SEVERITY: usize = 10;
/// Where that starts which stands under a row: below the severity.
const UNDER: usize = 2 + URGENCY + 2;
/// Ids up to this long stand in a column; a longer one pushes its text to the next line.
const WIDEST_ID: usize = 20;
/// Columns that a title must have beside its id; with fewer it gets lines of its own.
const NARROWEST_TITLE: usize = 28;
/// Lines of one title.
const TITLE_LINES: usize = 3;
/// Lines of one piece of evidence.
const EVIDENCE_LINES: usize = 3;
/// Reasons shown of a finding that is to be fixed now.
const REASONS: usize = 4;
/// Installed packages named under a heading; the rest is counted.
const NAMES: usize = 12;

/// Whether there was any.
pub(super) fn write(
    page: &mut Page<'_>,
    report: &Report,
    options: &RenderOptions,
) -> io::Result<bool> {
    let groups = group(report.findings.iter().filter(|f| f.suppression.is_none()));
    let kinds = || groups.iter().filter_map(|group| group.findings.first().map(|f| f.kind));
    // A page about vulnerabilities alone needs no heading that says so.
    let several = kinds().any(|kind| section(kind) != section(RiskKind::SystemVulnerability));
    let mut last = None;
    for group in &groups {
        let kind = group.findings.first().map(|f| f.kind);
        if several && kind.map(section) != last.map(section) {
            page.blank()?;
            let name = match kind {
                Some(RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability) => {
                    "Vulnerabilities"
                }
                Some(kind) => detection::heading(kind),
                None => "",
            };
            page.line(&[(palette::STRONG, &name.to_uppercase())])?;
        }
        last = kind;
        page.blank()?;
        heading(page, group, report)?;
        rows(page, group, options)?;
    }
    Ok(!groups.is_empty())
}

fn heading(page: &mut Page<'_>, group: &Group<'_>, report: &Report) -> io::Result<()> {
    let Some(first) = group.findings.first() else { return Ok(()) };
    let name = &*detection::subject(first).unwrap_or("the image".into());
    let mut rest = String::new();
    if let Some(version) = &first.installed_version {
        rest = format!(" {version}");
    }
    if let Some(kind) = first.packages.first().map(|p| p.kind).filter(|k| !k.is_system()) {
        rest = format!("{rest} ({})", kind.purl_type());
    }
    if let Some(fixed) = group.fixed_version() {
        rest = format!("{rest} {} {fixed}", page.arrow());
    } else if let Some(no_fix) = group.no_fix() {
        rest = format!("{rest} ({no_fix})");
    }
    // The arrow is ours and survives ASCII mode; the rest is neutralised by the page.
    page.wrapped(&[(palette::STRONG, name)], 4, (palette::PLAIN, &rest), None)?;
    let mut origin = Vec::new();
    let names = binaries(&group.findings, name);
    if !names.is_empty() {
        origin.push(names);
    }
    origin.extend(application::place(first));
    origin.extend(application::required_by(first));
    if report.image.layers.len() > 1 {
        origin.extend(layer_of(first).map(|index| format!("layer {index}")));
    }
    if !origin.is_empty() {
        page.wrapped(&[(palette::PLAIN, "  ")], 2, (palette::FAINT, &origin.join("; ")), None)?;
    }
    Ok(())
}

/// The installed packages, where they are not just the one that the heading names.
fn binaries(findings: &[&Finding], name: &str) -> String {
    let mut names: Vec<(&str, bool)> =
        findings.iter().flat_map(|f| &f.packages).map(|p| (p.name.as_str(), p.held)).collect();
    names.sort_unstable();
    names.dedup();
    if matches!(names[..], [(only, false)] if only == name) {
        return String::new();
    }
    let shown: Vec<String> = names
        .iter()
        .take(NAMES)
        .map(|(name, held)| format!("{name}{}", if *held { " (held back)" } else { "" }))
        .collect();
    let more = names.len().saturating_sub(NAMES);
    match more {
        0 => shown.join(", "),
        n => format!("{} and {n} more", shown.join(", ")),
    }
}

/// Index of the layer that brought it.
pub(super) fn layer_of(finding: &Finding) -> Option<u32> {
    finding.layer.as_ref().map(|l| l.index).or_else(|| finding.packages.first().map(|p| p.layer))
}

fn rows(page: &mut Page<'_>, group: &Group<'_>, options: &RenderOptions) -> io::Result<()> {
    let limit = options.max_per_package.unwrap_or(usize::MAX);
    let column = group
        .findings
        .iter()
        .take(limit)
        .map(|f| textwrap::core::display_width(&page.shown(&f.id)))
        .filter(|w| *w <= WIDEST_ID)
        .max()
        .unwrap_or(0);
    let mut said = None;
    for finding in group.findings.iter().take(limit) {
        row(page, finding, group, column)?;
        // One dependency's flaws are often mended in one go.
        if said != Some(&finding.fix) {
            advice(page, finding)?;
        }
        said = Some(&finding.fix);
    }
    let more = group.findings.len().saturating_sub(limit);
    if more > 0 {
        page.line(&[(palette::FAINT, &format!("  and {more} more"))])?;
    }
    Ok(())
}

fn row(page: &mut Page<'_>, finding: &Finding, group: &Group<'_>, column: usize) -> io::Result<()> {
    let (style, urgency) = match finding.urgency.as_ref().map(|u| u.level) {
        Some(level @ UrgencyLevel::FixNow) => (urgency_style(level), "NOW"),
        Some(level @ UrgencyLevel::FixLater) => (urgency_style(level), "later"),
        Some(level @ UrgencyLevel::CanWait) => (urgency_style(level), "wait"),
        None => (palette::FAINT, "-"),
    };
    let urgency = format!("  {urgency:<URGENCY$}  ");
    let severity = format!("{:<SEVERITY$}  ", finding.severity.as_str());
    let id = page.shown(&finding.id);
    let id_width = textwrap::core::display_width(&id);
    let id = format!("{id}{}", " ".repeat(column.saturating_sub(id_width)));
    let left = 2 + URGENCY + 2 + SEVERITY + 2 + column + 2;
    let lead = [
        (style, urgency.as_str()),
        (severity_style(finding.severity), severity.as_str()),
        (palette::STRONG, id.as_str()),
    ];
    let mark = match &finding.kev {
        Some(kev) if kev.ransomware => "EXPLOITED by ransomware  ",
        Some(_) => "EXPLOITED  ",
        None => "",
    };
    let text = text(finding, group);
    let beside = id_width <= column && page.width.saturating_sub(left) >= NARROWEST_TITLE;
    let indent = if beside { left } else { UNDER };
    if text.is_empty() && mark.is_empty() {
        let lead = [lead[0], lead[1], (palette::STRONG, id.trim_end())];
        page.line(&lead)?;
    } else if beside {
        let lead = [lead[0], lead[1], lead[2], (palette::PLAIN, "  "), (palette::ALARM, mark)];
        page.wrapped(&lead, indent, (palette::PLAIN, &text), Some(TITLE_LINES))?;
    } else {
        page.line(&[lead[0], lead[1], (palette::STRONG, id.trim_end())])?;
        let space = " ".repeat(indent);
        let lead = [(palette::PLAIN, space.as_str()), (palette::ALARM, mark)];
        page.wrapped(&lead, indent, (palette::PLAIN, &text), Some(TITLE_LINES))?;
    }
    for line in detection::evidence(finding) {
        let lead = " ".repeat(UNDER);
        page.wrapped(
            &[(palette::PLAIN, &lead)],
            UNDER + 2,
            (palette::CALM, &line),
            Some(EVIDENCE_LINES),
        )?;
    }
    why(page, finding)
}

/// What stands behind the id: the fix where it is not the heading's, then the title or, without one, the
/// numbers.
fn text(finding: &Finding, group: &Group<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    match &finding.fixed_version {
        Some(version) => {
            let paid = finding
                .fix_channel
                .as_ref()
                .map(|c| format!("{}{}", c.name, if c.paid { ", by subscription" } else { "" }));
            match paid {
                Some(channel) => parts.push(format!("fixed in {version} ({channel})")),
                None if group.fixed_version() != Some(version) => {
                    parts.push(format!("fixed in {version}"));
                }
                None => {}
            }
        }
        None if group.no_fix().is_none() => parts.extend(no_fix(finding).map(Into::into)),
        None => {}
    }
    let title = finding.title.trim();
    let impact = Some(application::impact(finding)).filter(|impact| !impact.is_empty());
    // A database without prose titles a flaw by its id and package, which stand here already.
    if title.is_empty() || title.starts_with(&finding.id) {
        parts.extend(impact);
        parts.extend(finding.cvss_score.map(|score| format!("CVSS {score:.1}")));
        parts.extend(finding.epss.as_ref().map(|e| match f64::from(e.probability) * 100.0 {
            p if p < 0.1 => "EPSS under 0.1 %".into(),
            p if p < 10.0 => format!("EPSS {p:.1} %"),
            p => format!("EPSS {p:.0} %"),
        }));
    } else {
        parts.push(title.to_owned());
        parts.extend(impact);
    }
    parts.join("; ")
}

fn why(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let Some(urgency) = finding.urgency.as_ref().filter(|u| u.level == UrgencyLevel::FixNow) else {
        return Ok(());
    };
    let reasons: Vec<&str> = urgency
        .reasons
        .iter()
        .filter(|r| r.points > 0)
        .take(REASONS)
        .map(|r| r.text.as_str())
        .collect();
    if reasons.is_empty() {
        return Ok(());
    }
    let text = format!("why: {}", reasons.join("; "));
    page.wrapped(
        &[(palette::PLAIN, &" ".repeat(UNDER))],
        UNDER + "why: ".len(),
        (palette::FAINT, &text),
        None,
    )
}

/// Advice on findings that no package upgrade mends; the others are the quick fix's.
fn advice(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    if finding.kind == RiskKind::SystemVulnerability || finding.fix.advice.is_empty() {
        return Ok(());
    }
    page.wrapped(
        &[(palette::PLAIN, &" ".repeat(UNDER))],
        UNDER + "fix: ".len(),
        (palette::PLAIN, &format!("fix: {}", finding.fix.advice)),
        None,
    )?;
    for command in &finding.fix.commands {
        let indent = UNDER + "fix: ".len();
        let lead = " ".repeat(indent);
        page.wrapped(
            &[(palette::PLAIN, &lead)],
            indent + "  ".len(),
            (palette::STRONG, &format!("$ {command}")),
            None,
        )?;
    }
    Ok(())
}

/// The count of suppressed findings by cause, and the findings themselves where asked for.
pub(super) fn write_suppressed(
    page: &mut Page<'_>,
    report: &Report,
    options: &RenderOptions,
) -> io::Result<()> {
    let suppressed: Vec<&Finding> =
        report.findings.iter().filter(|f| f.suppression.is_some()).collect();
    if suppressed.is_empty() {
        return Ok(());
    }
    let mut causes: BTreeMap<&str, u64> = BTreeMap::new();
    for source in suppressed.iter().filter_map(|f| f.suppression.as_ref().map(|s| &s.source)) {
        *causes.entry(cause(source)).or_default() += 1;
    }
    let causes: Vec<String> = causes.iter().map(|(cause, n)| format!("{n} {cause}")).collect();
    page.blank()?;
    let total = count(suppressed.len().try_into().unwrap_or(u64::MAX), "suppressed finding");
    page.wrapped(
        &[(palette::STRONG, &total)],
        2,
        (palette::PLAIN, &format!(": {}", causes.join(", "))),
        None,
    )?;
    if !options.show_suppressed {
        return page.line(&[(palette::FAINT, "  (list them with --show-suppressed)")]);
    }
    for finding in suppressed {
        let Some(suppression) = &finding.suppression else { continue };
        let severity = format!("  {:<SEVERITY$}  ", finding.severity.as_str());
        let place = detection::subject(finding).unwrap_or_default();
        let by = match &suppression.source {
            SuppressionSource::File(place) => format!("{place}: "),
            SuppressionSource::Vex(statement) => format!("VEX {statement}: "),
            SuppressionSource::CommandLine
            | SuppressionSource::Unfixed
            | SuppressionSource::BelowSeverity
            | SuppressionSource::NotApplicable
            | SuppressionSource::PackageOwned
            | SuppressionSource::BaseImage
            | SuppressionSource::NotReachable => String::new(),
        };
        let until = suppression.expires.map(|d| format!(" (until {d})")).unwrap_or_default();
        page.wrapped(
            &[
                (severity_style(finding.severity), &severity),
                (palette::STRONG, &finding.id),
                (palette::PLAIN, " "),
                (palette::PLAIN, &place),
                (palette::PLAIN, "  "),
            ],
            2 + SEVERITY + 2,
            (palette::FAINT, &format!("{by}{}{until}", suppression.reason)),
            None,
        )?;
    }
    Ok(())
}

fn cause(source: &SuppressionSource) -> &'static str {
    match source {
        SuppressionSource::CommandLine => "by --ignore",
        SuppressionSource::File(_) => "by an ignore file",
        SuppressionSource::Vex(_) => "by VEX",
        SuppressionSource::Unfixed => "without a fix",
        SuppressionSource::BelowSeverity => "of other severity than asked for",
        SuppressionSource::NotApplicable => "not applicable in a container",
        SuppressionSource::PackageOwned => "part of a system package",
        SuppressionSource::BaseImage => "of the base image",
        SuppressionSource::NotReachable => "not reachable",
    }
}
