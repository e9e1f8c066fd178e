//! `sarif`: SARIF 2.1.0 (OASIS standard), for code-scanning pages. A rule is a flaw, a result is a finding, a
//! suppressed finding is a suppressed result, and what could not be scanned is a notification.

mod log;

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use plimsoll_model::{
    CoverageState, Finding, Problem, Report, RiskKind, Severity, Suppression, SuppressionSource,
};
use serde::Serialize;

use super::json::Pretty;
use crate::{Format, RenderOptions, application, detection, verdict};
use log::{
    ArtifactLocation, Description, Driver, Fingerprints, Invocation, Location, Log,
    LogicalLocation, Message, Notification, PhysicalLocation, Properties, Region, Rule,
    RuleProperties, Run, RunProperties, SarifSuppression, SarifTool,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What paths are relative to.
const ROOT: &str = "IMAGE_ROOT";

/// See the module.
pub(crate) struct Sarif;

impl Format for Sarif {
    fn id(&self) -> &'static str {
        "sarif"
    }

    fn summary(&self) -> &'static str {
        "SARIF 2.1.0, for code-scanning pages"
    }

    fn write(&self, report: &Report, _: &RenderOptions, w: &mut dyn Write) -> io::Result<()> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *w, Pretty::new());
        log(report).serialize(&mut serializer)?;
        w.write_all(b"\n")
    }
}

fn log(report: &Report) -> Log<'_> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for finding in &report.findings {
        let index = *indexes.entry(&finding.id).or_insert_with(|| {
            rules.push(rule(finding));
            rules.len() - 1
        });
        results.push(result(finding, index, report));
    }
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: SarifTool {
                driver: Driver { name: &report.tool.name, version: &report.tool.version, rules },
            },
            invocations: [Invocation {
                execution_successful: true,
                end_time_utc: report.created.to_string(),
                tool_execution_notifications: notifications(report),
            }],
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                Description { description: Message::new("the root of the image's file system") },
            )]),
            results,
            properties: RunProperties {
                image: &report.image.reference,
                digest: report.image.digest.or(report.image.config_digest).map(|d| d.to_string()),
                verdict: verdict(report).1,
            },
        }],
    }
}

fn rule(finding: &Finding) -> Rule<'_> {
    let text = if finding.title.is_empty() { &finding.id } else { &finding.title };
    let kind = match finding.kind {
        RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability => "vulnerability",
        RiskKind::Baseline => "baseline",
        RiskKind::Malware => "malware",
        RiskKind::SensitiveFile => "sensitive-file",
        RiskKind::BuildInstruction => "build-instruction",
    };
    Rule {
        id: &finding.id,
        short_description: Message::new(text),
        full_description: Message::new(finding.description.as_deref().unwrap_or(text)),
        help_uri: finding
            .references
            .iter()
            .map(String::as_str)
            .find(|r| r.starts_with("https://") && r.bytes().all(is_uri_byte)),
        properties: RuleProperties {
            security_severity: security_severity(finding),
            tags: ["security", kind, finding.severity.as_str()],
        },
    }
}

/// The number by which code-scanning pages sort: 9 and more is critical, from 7 high, from 4 medium, above
/// 0 low. The CVSS score where it says the same as the severity that counts, else the middle of that.
fn security_severity(finding: &Finding) -> String {
    if let Some(score) = finding.cvss_score
        && Severity::from_cvss_score(score.into()) == finding.severity
    {
        return format!("{score:.1}");
    }
    match finding.severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Negligible | Severity::Unknown => "0.0",
    }
    .to_owned()
}

fn result<'a>(finding: &'a Finding, rule_index: usize, report: &'a Report) -> log::Result<'a> {
    let first = finding.packages.first();
    let path = finding.path.as_deref().or(first.map(|p| p.path.as_str())).unwrap_or_default();
    let line = finding.evidence.first().and_then(|e| e.line).filter(|l| *l > 0).unwrap_or(1);
    let column = finding.evidence.first().and_then(|e| e.column).filter(|c| *c > 0);
    let place = detection::subject(finding).unwrap_or("image".into());
    let secret = finding.detection.as_ref().and_then(|detection| detection.fingerprint.as_ref());
    let secret = secret.map(|print| format!(":{print}")).unwrap_or_default();
    let logical = finding
        .packages
        .iter()
        .map(|p| LogicalLocation { fully_qualified_name: &p.purl, kind: "package" })
        .collect();
    log::Result {
        rule_id: &finding.id,
        rule_index,
        level: match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Negligible | Severity::Unknown => "note",
        },
        message: Message::new(message(finding, report)),
        locations: vec![location(path, (line, column), logical)],
        partial_fingerprints: Fingerprints {
            finding: format!("{}:{place}:{}{secret}", finding.id, uri(path)),
        },
        suppressions: finding.suppression.iter().map(suppression).collect(),
        properties: finding
            .urgency
            .as_ref()
            .map(|urgency| Properties { urgency: urgency.level, urgency_score: urgency.score }),
    }
}

fn message(finding: &Finding, report: &Report) -> String {
    let mut parts = Vec::new();
    if let Some(package) = &finding.package {
        let version = finding.installed_version.as_deref().unwrap_or_default();
        parts.push(format!("{package} {version} in {}", report.image.reference));
        parts.push(match &finding.fixed_version {
            Some(fixed) => format!("fixed in {fixed}"),
            None => "no fixed version".into(),
        });
    }
    parts.extend(application::place(finding).map(|place| format!("at {place}")));
    parts.extend(application::required_by(finding));
    if finding.kev.is_some() {
        parts.push("known to be exploited".into());
    }
    if !finding.title.starts_with(&finding.id) {
        parts.push(finding.title.clone());
    }
    parts.extend(detection::evidence(finding));
    parts.extend(Some(application::impact(finding)).filter(|impact| !impact.is_empty()));
    if !finding.fix.advice.is_empty() {
        parts.push(finding.fix.advice.clone());
    }
    if finding.kind == RiskKind::ApplicationVulnerability && !finding.fix.commands.is_empty() {
        parts.push(finding.fix.commands.join(" && "));
    }
    let text = parts.join("; ");
    if text.is_empty() { finding.id.clone() } else { text }
}

fn location<'a>(
    path: &str,
    (start_line, start_column): (u32, Option<u32>),
    logical_locations: Vec<LogicalLocation<'a>>,
) -> Location<'a> {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(path), uri_base_id: ROOT },
            region: Region { start_line, start_column },
        },
        logical_locations,
    }
}

fn suppression(suppression: &Suppression) -> SarifSuppression {
    let by = match &suppression.source {
        SuppressionSource::CommandLine => "--ignore",
        SuppressionSource::File(place) => place,
        SuppressionSource::Vex(statement) => statement,
        SuppressionSource::Unfixed => "--ignore-unfixed",
        SuppressionSource::BelowSeverity => "--severity",
        SuppressionSource::NotApplicable => "not applicable",
        SuppressionSource::PackageOwned => "package",
        SuppressionSource::BaseImage => "base image",
        SuppressionSource::NotReachable => "reachability",
    };
    let until = suppression.expires.map(|date| format!(", until {date}")).unwrap_or_default();
    SarifSuppression {
        kind: "external",
        status: "accepted",
        justification: format!("{} ({by}{until})", suppression.reason),
    }
}

fn notifications(report: &Report) -> Vec<Notification<'_>> {
    let uncovered = report.coverage.iter().filter_map(|c| {
        let what = match c.state {
            CoverageState::Covered => return None,
            CoverageState::NotCovered => "not covered: no advisories for",
            CoverageState::EndOfLife => "past its end of life:",
        };
        let note = if c.note.is_empty() { String::new() } else { format!("; {}", c.note) };
        let text = format!("{what} {} ({} packages){note}", c.namespace, c.packages);
        Some(Notification { level: "error", message: Message::new(text), locations: Vec::new() })
    });
    let staleness = &report.database.staleness;
    let stale = staleness.is_stale.then(|| Notification {
        level: "warning",
        message: Message::new(format!(
            "advisories are older than {} days: {}",
            staleness.limit_days, staleness.advice
        )),
        locations: Vec::new(),
    });
    let problems = report.problems.iter().map(|problem| {
        let Problem { kind, layer, path, message } = problem;
        let layer = layer.map(|index| format!("layer {index}: ")).unwrap_or_default();
        Notification {
            level: if kind.makes_incomplete() { "error" } else { "note" },
            message: Message::new(format!("{layer}{message}")),
            locations: path.iter().map(|path| location(path, (1, None), Vec::new())).collect(),
        }
    });
    uncovered.chain(stale).chain(problems).collect()
}

/// A path as a relative URI reference (RFC 3986): anything but plain characters is percent-encoded. An
/// empty path is the root.
fn uri(path: &str) -> String {
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return ".".into();
    }
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_references() {
        assert_eq!(uri("/var/lib/dpkg/status"), "var/lib/dpkg/status");
        assert_eq!(uri("a b%/ä:c"), "a%20b%25/%C3%A4%3Ac");
        assert_eq!(uri("//evil.example/x"), "evil.example/x");
        assert_eq!(uri(""), ".");
    }
}
