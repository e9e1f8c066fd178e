//! The report of a lint. It is not the report of a scan: there is no image, and every finding has a line.

use plimsoll_detect::build::{Evaluated, Found};
use plimsoll_model::{Confidence, Severity};
use plimsoll_policy::{FailOn, IgnoreRule, RuleOrigin};
use schemars::JsonSchema;
use serde::Serialize;

use super::files::Dockerfile;
use crate::args::LintArgs;

/// Raised whenever the JSON changes shape.
pub(crate) const LINT_SCHEMA: u32 = 1;

/// What `plimsoll lint --format json` prints.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct LintReport {
    /// Version of this shape.
    pub(crate) schema: u32,
    /// The program.
    pub(crate) tool: Tool,
    /// The files that were judged, in order.
    pub(crate) files: Vec<String>,
    /// The findings, by file, line and column; suppressed ones too.
    pub(crate) findings: Vec<LintFinding>,
    /// What could not be judged.
    pub(crate) problems: Vec<String>,
    /// Numbers.
    pub(crate) summary: Summary,
}

/// The program.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
}

/// Something that a check found.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct LintFinding {
    /// The file.
    pub(crate) file: String,
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column in characters, from 1.
    pub(crate) column: u32,
    /// The check.
    pub(crate) id: String,
    /// What other tools call it.
    pub(crate) aliases: Vec<String>,
    /// What it protects: secrets, security, verification, pinning, correctness, size, style.
    pub(crate) class: String,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// How sure it is.
    pub(crate) confidence: Confidence,
    /// What is wrong, in one line.
    pub(crate) title: String,
    /// Why it matters.
    pub(crate) description: String,
    /// What to do.
    pub(crate) advice: String,
    /// The instruction, secrets masked, cut.
    pub(crate) instruction: String,
    /// Addresses to read on.
    pub(crate) references: Vec<String>,
    /// Whether `--fix` mends it.
    pub(crate) fixable: bool,
    /// Why it does not count, where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suppressed: Option<String>,
}

/// Numbers of findings that count.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(crate) struct Summary {
    /// Critical ones.
    pub(crate) critical: usize,
    /// High ones.
    pub(crate) high: usize,
    /// Medium ones.
    pub(crate) medium: usize,
    /// Low ones.
    pub(crate) low: usize,
    /// Negligible ones.
    pub(crate) negligible: usize,
    /// Those that do not count.
    pub(crate) suppressed: usize,
    /// Those that `--fix` mends.
    pub(crate) fixable: usize,
    /// Whether `--fail-on` is met.
    pub(crate) gate_tripped: bool,
}

impl Default for LintReport {
    fn default() -> Self {
        Self {
            schema: LINT_SCHEMA,
            tool: Tool { name: "plimsoll", version: env!("CARGO_PKG_VERSION") },
            files: Vec::new(),
            findings: Vec::new(),
            problems: Vec::new(),
            summary: Summary::default(),
        }
    }
}

/// The first rule that sets a finding aside.
pub(crate) fn ignored_by<'r>(
    found: &Found,
    file: &str,
    ignores: &'r [IgnoreRule],
) -> Option<&'r IgnoreRule> {
    let detection = &found.placed.detection;
    let ids: Vec<&str> =
        std::iter::once(&detection.rule).chain(&detection.aliases).map(String::as_str).collect();
    let file = file.trim_start_matches("./");
    ignores.iter().find(|rule| rule.matches_check(&ids, file))
}

impl LintReport {
    /// Adds what was found in a file.
    pub(crate) fn add(
        &mut self,
        file: &Dockerfile,
        evaluated: Evaluated,
        args: &LintArgs,
        ignores: &[IgnoreRule],
    ) {
        self.files.push(file.name.clone());
        if !file.is_utf8
            && std::str::from_utf8(file.text.as_bytes()).is_ok()
            && file.text.contains('\u{fffd}')
        {
            self.problems
                .push(format!("{}: not UTF-8; the bytes that are not were passed over", file.name));
        }
        for problem in evaluated.problems {
            self.problems.push(format!("{}: {}", file.name, problem.message));
        }
        for found in evaluated.findings {
            let severity = found.placed.detection.severity;
            let ignored = ignored_by(&found, &file.name, ignores);
            let suppressed = match (&found.suppressed, ignored) {
                (Some(suppressed), _) => Some(suppressed.reason()),
                (None, Some(rule)) if rule.origin == RuleOrigin::CommandLine => {
                    Some("--ignore".to_owned())
                }
                (None, Some(rule)) => Some(format!("{} ({})", rule.reason, rule.origin)),
                (None, None) if args.severity.is_some_and(|filter| !filter.counts(severity)) => {
                    Some("below --severity".to_owned())
                }
                (None, None) => None,
            };
            self.findings.push(finding(&file.name, found, suppressed));
        }
    }

    /// Counts, and decides the gate.
    pub(crate) fn finish(&mut self, fail_on: &[FailOn]) {
        let mut summary = Summary::default();
        for finding in &self.findings {
            if finding.suppressed.is_some() {
                summary.suppressed += 1;
                continue;
            }
            summary.fixable += usize::from(finding.fixable);
            *match finding.severity {
                Severity::Critical => &mut summary.critical,
                Severity::High => &mut summary.high,
                Severity::Medium => &mut summary.medium,
                Severity::Low => &mut summary.low,
                Severity::Negligible | Severity::Unknown => &mut summary.negligible,
            } += 1;
            summary.gate_tripped |= fail_on.iter().any(|condition| match condition {
                FailOn::Severity(floor) => finding.severity >= *floor,
                _ => true,
            });
        }
        self.summary = summary;
    }
}

fn finding(file: &str, found: Found, suppressed: Option<String>) -> LintFinding {
    let fixable = !found.edits.is_empty();
    let detection = found.placed.detection;
    let sighting = detection.sightings.into_iter().next().unwrap_or_default();
    LintFinding {
        file: file.to_owned(),
        line: sighting.line.unwrap_or(1),
        column: sighting.column.unwrap_or(1),
        id: detection.rule,
        aliases: detection.aliases,
        class: detection.class,
        severity: detection.severity,
        confidence: detection.confidence,
        title: detection.title,
        description: detection.description,
        advice: detection.advice,
        instruction: sighting.text,
        references: detection.references,
        fixable,
        suppressed,
    }
}
