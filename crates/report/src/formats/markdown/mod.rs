//! `markdown`: for the summary page of a CI job and for comments on a change. GitHub's dialect: tables, folded
//! sections.

mod escape;

use std::io::{self, Write};

use plimsoll_model::{
    Coverage, CoverageState, Finding, FixPlan, Problem, Report, Severity, Suppression,
    SuppressionSource, UrgencyLevel,
};

use crate::{
    Format, RenderOptions, application, detection, text::wrap_command, verdict, verdict::count,
};
use escape::{code, fence, text};

/// Findings listed; the rest is counted. GitHub cuts a job's summary at 1 MiB and a comment at 65,536
/// characters (its documentation of workflow commands and of the comments API).
const LISTED: usize = 200;
/// Problems listed.
const PROBLEMS_LISTED: usize = 50;
/// Characters of a title.
const TITLE: usize = 120;
/// Columns of a command before it is broken.
const COMMAND_WIDTH: usize = 100;

/// See the module.
pub(crate) struct Markdown;

impl Format for Markdown {
    fn id(&self) -> &'static str {
        "markdown"
    }

    fn summary(&self) -> &'static str {
        "for CI job summaries and comments"
    }

    fn write(&self, report: &Report, options: &RenderOptions, w: &mut dyn Write) -> io::Result<()> {
        writeln!(w, "## {}\n", code(&report.image.reference))?;
        writeln!(w, "**{}**\n", text(&verdict(report).1))?;
        head(report, w)?;
        findings(report, w)?;
        if let Some(plan) = &report.fix_plan {
            fix(plan, report.summary.findings, w)?;
        }
        problems(&report.problems, w)?;
        suppressed(report, options, w)
    }
}

fn head(report: &Report, w: &mut dyn Write) -> io::Result<()> {
    if let Some(os) = &report.os {
        let end = os.end_of_life.as_ref().map(|e| format!(" since {}", e.date)).unwrap_or_default();
        let end = if os.is_end_of_life { format!(", **END OF LIFE**{end}") } else { String::new() };
        writeln!(w, "- System: {}{end}", text(format!("{} {}", os.name, os.version).trim()))?;
    } else {
        writeln!(w, "- System: none recognised")?;
    }
    let staleness = &report.database.staleness;
    let age = staleness
        .age_days
        .map(|age| format!(", data {} old", count(age.try_into().unwrap_or(0), "day")))
        .unwrap_or_default();
    let stale = if staleness.is_stale {
        format!(", **STALE**: {}", text(&staleness.advice))
    } else {
        String::new()
    };
    let built = report.database.built.strftime("%Y-%m-%d");
    writeln!(w, "- Data: {} built {built}{age}{stale}", code(&report.database.origin))?;
    for Coverage { namespace, packages, state, note, .. } in &report.coverage {
        let verdict = match state {
            CoverageState::Covered => "covered",
            CoverageState::NotCovered => "**NOT COVERED**",
            CoverageState::EndOfLife => "**END OF LIFE**",
        };
        let note = if note.is_empty() { String::new() } else { format!(": {}", text(note)) };
        let namespace = code(&namespace.to_string());
        writeln!(w, "- Coverage: {namespace}, {}, {verdict}{note}", count(*packages, "package"))?;
    }
    let summary = &report.summary;
    let severities: Vec<String> = summary
        .by_severity
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {severity}"))
        .collect();
    if !severities.is_empty() {
        let exploited = match summary.exploited {
            0 => String::new(),
            n => format!(", **{n} known to be exploited**"),
        };
        writeln!(
            w,
            "- Found: {}; {} with a fix{exploited}",
            severities.join(", "),
            summary.fixable
        )?;
    }
    writeln!(w)
}

fn findings(report: &Report, w: &mut dyn Write) -> io::Result<()> {
    let mut list: Vec<&Finding> =
        report.findings.iter().filter(|f| f.suppression.is_none()).collect();
    if list.is_empty() {
        return Ok(());
    }
    list.sort_by_key(|f| std::cmp::Reverse(f.urgency.as_ref().map(|u| (u.level, u.score))));
    writeln!(w, "| Urgency | Severity | Finding | Where | Installed | Fixed | |")?;
    writeln!(w, "| --- | --- | --- | --- | --- | --- | --- |")?;
    for finding in list.iter().take(LISTED) {
        row(finding, w)?;
    }
    let more = list.len().saturating_sub(LISTED);
    if more > 0 {
        writeln!(w, "\n… and {more} more.")?;
    }
    writeln!(w)
}

fn row(finding: &Finding, w: &mut dyn Write) -> io::Result<()> {
    let urgency = match finding.urgency.as_ref().map(|u| u.level) {
        Some(UrgencyLevel::FixNow) => "**now**",
        Some(UrgencyLevel::FixLater) => "later",
        Some(UrgencyLevel::CanWait) => "can wait",
        None => "",
    };
    let severity = match finding.severity {
        severity @ (Severity::Critical | Severity::High) => format!("**{severity}**"),
        severity => severity.to_string(),
    };
    let or_none = |value: Option<&String>| value.map(|v| code(v)).unwrap_or_default();
    let title = if finding.title.starts_with(&finding.id) { "" } else { &finding.title };
    let mut short: String = title.chars().take(TITLE).collect();
    if short.len() < title.len() {
        short.push('…');
    }
    let exploited = if finding.kev.is_some() { "**EXPLOITED** " } else { "" };
    let mut place = detection::subject(finding).map(|name| code(&name)).unwrap_or_default();
    if let Some(path) = application::place(finding) {
        place = format!("{place} in {}", code(&path));
    }
    if let Some(line) = finding.evidence.first().and_then(|evidence| evidence.line) {
        place = format!("{place} line {line}");
    }
    if let Some(layer) = finding.detection.as_ref().and_then(|detection| detection.hidden_by) {
        place = format!("{place}, hidden by layer {layer}");
    }
    if let Some(required_by) = application::required_by(finding) {
        place = format!("{place}, {}", text(&required_by));
    }
    let impact = application::impact(finding);
    let semicolon = if short.is_empty() || impact.is_empty() { "" } else { "; " };
    short = format!("{short}{semicolon}{impact}");
    writeln!(
        w,
        "| {urgency} | {severity} | {} | {place} | {} | {} | {} |",
        code(&finding.id),
        or_none(finding.installed_version.as_ref()),
        or_none(finding.fixed_version.as_ref()),
        format!("{exploited}{}", text(&short)).trim_end(),
    )
}

fn fix(plan: &FixPlan, all: u64, w: &mut dyn Write) -> io::Result<()> {
    writeln!(w, "### Quick fix\n\nMends {} of {}.\n", plan.fixes, count(all, "finding"))?;
    let broken = |line: &str| wrap_command(line, COMMAND_WIDTH);
    if let Some(command) = &plan.command {
        writeln!(w, "{}", fence("sh", &broken(command)))?;
    }
    if !plan.dockerfile.is_empty() {
        let lines: Vec<String> = plan.dockerfile.iter().flat_map(|l| broken(l)).collect();
        writeln!(w, "In the Dockerfile:\n\n{}", fence("dockerfile", &lines))?;
    }
    for note in &plan.notes {
        writeln!(w, "- {}", text(note))?;
    }
    for (reason, n) in &plan.remaining {
        writeln!(w, "- Not mended: {n}, {}", text(reason))?;
    }
    writeln!(w)
}

fn problems(problems: &[Problem], w: &mut dyn Write) -> io::Result<()> {
    let hiding: Vec<&Problem> = problems.iter().filter(|p| p.kind.makes_incomplete()).collect();
    if hiding.is_empty() {
        return Ok(());
    }
    writeln!(w, "### Not scanned completely\n")?;
    for problem in hiding.iter().take(PROBLEMS_LISTED) {
        let mut place = Vec::new();
        place.extend(problem.layer.map(|index| format!("layer {index}")));
        place.extend(problem.path.as_ref().map(|path| code(path)));
        let colon = if place.is_empty() { "" } else { ": " };
        writeln!(w, "- {}{colon}{}", place.join(", "), text(&problem.message))?;
    }
    let more = hiding.len().saturating_sub(PROBLEMS_LISTED);
    if more > 0 {
        writeln!(w, "- … and {more} more")?;
    }
    writeln!(w)
}

fn suppressed(report: &Report, options: &RenderOptions, w: &mut dyn Write) -> io::Result<()> {
    if report.summary.suppressed == 0 {
        return Ok(());
    }
    let total = count(report.summary.suppressed, "suppressed finding");
    if !options.show_suppressed {
        return writeln!(w, "{total}.");
    }
    writeln!(w, "<details><summary>{total}</summary>\n")?;
    let list = report.findings.iter().filter_map(|f| Some((f, f.suppression.as_ref()?)));
    for (finding, Suppression { source, reason, expires }) in list.take(LISTED) {
        let by = match source {
            SuppressionSource::File(place) => format!(" ({})", code(place)),
            SuppressionSource::Vex(statement) => format!(" (VEX {})", code(statement)),
            _ => String::new(),
        };
        let until = expires.map(|date| format!(", until {date}")).unwrap_or_default();
        let package = detection::subject(finding).map(|name| format!(" in {}", code(&name)));
        let package = package.unwrap_or_default();
        writeln!(w, "- {}{package}: {}{until}{by}", code(&finding.id), text(reason))?;
    }
    writeln!(w, "\n</details>")
}
