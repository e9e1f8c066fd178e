//! The report as text.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Result;
use plimsoll_model::Severity;
use plimsoll_report::text::printable;

use super::{
    report::{LintFinding, LintReport},
    sarif,
};
use crate::args::{LintArgs, LintFormat};

/// Writes it in the format that was asked for.
pub(super) fn write(report: &LintReport, args: &LintArgs, color: bool) -> Result<String> {
    Ok(match args.format {
        LintFormat::Json => format!("{}\n", serde_json::to_string_pretty(report)?),
        LintFormat::Sarif => format!("{}\n", serde_json::to_string_pretty(&sarif::log(report))?),
        LintFormat::Gnu => gnu(report, args.show_suppressed),
        LintFormat::Table => table(report, args, color),
    })
}

fn shown(report: &LintReport, with_suppressed: bool) -> impl Iterator<Item = &LintFinding> {
    report.findings.iter().filter(move |finding| with_suppressed || finding.suppressed.is_none())
}

fn gnu(report: &LintReport, with_suppressed: bool) -> String {
    let mut out = String::new();
    for finding in shown(report, with_suppressed) {
        let kind = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium | Severity::Low => "warning",
            Severity::Negligible | Severity::Unknown => "note",
        };
        let _ = writeln!(
            out,
            "{}:{}:{}: {kind}: {} [{}]",
            printable(&finding.file),
            finding.line,
            finding.column,
            printable(&finding.title),
            finding.id
        );
    }
    for problem in &report.problems {
        let _ = writeln!(out, "{}", printable(problem));
    }
    out
}

fn table(report: &LintReport, args: &LintArgs, color: bool) -> String {
    let mut out = String::new();
    let mut files: BTreeMap<&str, Vec<&LintFinding>> = BTreeMap::new();
    for finding in shown(report, args.show_suppressed) {
        files.entry(&finding.file).or_default().push(finding);
    }
    for file in &report.files {
        let Some(findings) = files.remove(file.as_str()) else { continue };
        let name = printable(file);
        let _ = writeln!(
            out,
            "{}",
            if color { format!("\x1b[1m{name}\x1b[0m") } else { name.into_owned() }
        );
        let places: Vec<String> =
            findings.iter().map(|f| format!("{}:{}", f.line, f.column)).collect();
        let width = places.iter().map(String::len).max().unwrap_or_default();
        for (finding, place) in findings.iter().zip(&places) {
            let fixable = if finding.fixable { "  (--fix)" } else { "" };
            let names =
                finding.aliases.first().map(|alias| format!(", {alias}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {place:>width$}  {}  {}  [{}{names}]{fixable}",
                severity(finding.severity, color),
                printable(&finding.title),
                finding.id,
            );
            if let Some(reason) = &finding.suppressed {
                let _ = writeln!(out, "  {:width$}  suppressed: {}", "", printable(reason));
            }
            if args.explain {
                let _ = writeln!(out, "  {:width$}  {}", "", printable(&finding.instruction));
                let _ = writeln!(
                    out,
                    "  {:width$}  {} {}",
                    "",
                    printable(&finding.description),
                    printable(&finding.advice)
                );
            }
        }
        out.push('\n');
    }
    for problem in &report.problems {
        let _ = writeln!(out, "not judged: {}", printable(problem));
    }
    let summary = &report.summary;
    let counts = [
        (summary.critical, "critical"),
        (summary.high, "high"),
        (summary.medium, "medium"),
        (summary.low, "low"),
        (summary.negligible, "negligible"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let total: usize = counts.iter().map(|(count, _)| count).sum();
    let files = report.files.len();
    let plural = if files == 1 { "file" } else { "files" };
    let _ = match total {
        0 if report.problems.is_empty() => writeln!(out, "{files} {plural}: nothing found"),
        0 => writeln!(out, "{files} {plural}: nothing found, but not everything could be judged"),
        _ => writeln!(out, "{files} {plural}: {}", parts.join(", ")),
    };
    if summary.suppressed > 0 {
        let _ = writeln!(out, "{} suppressed", summary.suppressed);
    }
    if summary.fixable > 0 {
        let _ = writeln!(out, "{} can be mended with --fix", summary.fixable);
    }
    out
}

fn severity(severity: Severity, color: bool) -> String {
    let name = format!("{:<10}", severity.as_str());
    let code = match severity {
        Severity::Critical | Severity::High => "31",
        Severity::Medium => "33",
        _ => "2",
    };
    if color { format!("\x1b[{code}m{name}\x1b[0m") } else { name }
}
