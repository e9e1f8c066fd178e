//! What several formats say in the same words about a finding in a file, a setting or a build instruction.

use std::borrow::Cow;

use plimsoll_model::{Confidence, Evidence, Finding, RiskKind};

/// Places of one finding that are listed; the rest is counted.
const PLACES: usize = 5;

/// The name of a sort of risk, as a heading.
pub(crate) fn heading(kind: RiskKind) -> &'static str {
    match kind {
        RiskKind::SystemVulnerability => "System vulnerabilities",
        RiskKind::ApplicationVulnerability => "Application vulnerabilities",
        RiskKind::Baseline => "Baseline",
        RiskKind::Malware => "Malware",
        RiskKind::SensitiveFile => "Sensitive files",
        RiskKind::BuildInstruction => "Build instructions",
    }
}

/// What a finding is about: a package, a path, a part of the image's configuration.
pub(crate) fn subject(finding: &Finding) -> Option<Cow<'_, str>> {
    if let Some(name) = finding.package.as_deref().or(finding.path.as_deref()) {
        return Some(name.into());
    }
    let field = finding.detection.as_ref()?.config_field.as_deref()?;
    Some(format!("image configuration, {field}").into())
}

/// What shows it, a line each: the place inside the file, the setting, the lines.
pub(crate) fn evidence(finding: &Finding) -> Vec<String> {
    let Some(detection) = &finding.detection else { return Vec::new() };
    let mut lines = Vec::new();
    if !detection.inside.is_empty() {
        lines.push(format!("inside: {}", detection.inside));
    }
    if let Some(setting) = &detection.setting {
        let actual = if setting.actual.is_empty() { "not set" } else { setting.actual.as_str() };
        lines.push(format!("{} is {actual}, should be {}", setting.name, setting.expected));
    }
    lines.extend(finding.evidence.iter().take(PLACES).map(place));
    match finding.evidence.len().saturating_sub(PLACES) {
        0 => {}
        1 => lines.push("and 1 more place".into()),
        more => lines.push(format!("and {more} more places")),
    }
    if let Some(file) = &detection.file {
        lines.push(format!("{}, {} bytes, SHA-256 {}", file.file_type, file.size, file.sha256));
    }
    let mut marks = Vec::new();
    if let Some(layer) = detection.hidden_by {
        marks.push(format!("hidden by layer {layer}, but still in the image"));
    }
    match detection.confidence {
        Confidence::High => {}
        Confidence::Medium => marks.push("medium confidence".into()),
        Confidence::Low => marks.push("low confidence".into()),
    }
    marks.extend(detection.fingerprint.as_ref().map(|print| format!("fingerprint {print}")));
    if !marks.is_empty() {
        lines.push(marks.join("; "));
    }
    lines
}

fn place(evidence: &Evidence) -> String {
    let text = &evidence.text;
    match (evidence.line, evidence.offset) {
        (Some(line), _) => format!("line {line}: {text}"),
        (None, Some(offset)) => format!("offset {offset}: {text}"),
        (None, None) => text.clone(),
    }
}
