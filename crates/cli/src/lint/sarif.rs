//! SARIF 2.1.0 (OASIS standard): each finding with file, line and column, so that code-scanning pages show it there.

use std::collections::BTreeMap;

use plimsoll_model::Severity;
use serde_json::{Value, json};

use super::report::{LintFinding, LintReport};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log.
pub(super) fn log(report: &LintReport) -> Value {
    let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rules = Vec::new();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let index = *indexes.entry(&finding.id).or_insert_with(|| {
                rules.push(rule(finding));
                rules.len() - 1
            });
            result(finding, index)
        })
        .collect();
    let notifications: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| json!({ "level": "warning", "message": { "text": problem } }))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Negligible | Severity::Unknown => "note",
    }
}

/// GitHub's scale of security-severity.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Negligible | Severity::Unknown => "1.0",
    }
}

fn rule(finding: &LintFinding) -> Value {
    let check = plimsoll_detect::build::checks::find(&finding.id);
    let title = check.map_or(finding.title.as_str(), |check| check.title);
    let mut tags = vec![finding.class.clone()];
    tags.extend(check.into_iter().flat_map(|check| check.aliases).map(|alias| (*alias).to_owned()));
    let severity = check.map_or(finding.severity, |check| check.severity);
    let mut rule = json!({
        "id": finding.id,
        "shortDescription": { "text": title },
        "fullDescription": { "text": finding.description },
        "help": { "text": check.map_or(finding.advice.as_str(), |check| check.advice) },
        "defaultConfiguration": { "level": level(severity) },
        "properties": { "tags": tags, "security-severity": score(severity) },
    });
    if let (Some(reference), Value::Object(fields)) = (finding.references.first(), &mut rule) {
        fields.insert("helpUri".to_owned(), json!(reference));
    }
    rule
}

fn result(finding: &LintFinding, index: usize) -> Value {
    let uri = finding.file.replace('\\', "/").replace(' ', "%20");
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": format!("{}. {}", finding.title, finding.advice) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri },
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "snippet": { "text": finding.instruction },
            },
        } }],
    });
    if let (Some(reason), Value::Object(fields)) = (&finding.suppressed, &mut result) {
        fields.insert(
            "suppressions".to_owned(),
            json!([{ "kind": "external", "justification": reason }]),
        );
    }
    result
}
