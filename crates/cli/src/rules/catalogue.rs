//! The rules of all scanners in one shape.

use plimsoll_detect::secrets::RuleSet;
use plimsoll_scan::Scanner;
use serde::Serialize;

/// What is said of a rule, whatever looks for it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) scanner: &'static str,
    pub(super) class: String,
    pub(super) severity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) confidence: String,
    pub(super) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) advice: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<String>,
    /// What it is looked for by, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) details: Vec<(String, String)>,
}

/// All rules, by scanner and id.
pub(super) fn all(secrets: &RuleSet) -> Vec<Entry> {
    let mut entries: Vec<Entry> = secrets.rules().map(secret).collect();
    entries.sort_by(|a, b| (a.scanner, &a.id).cmp(&(b.scanner, &b.id)));
    entries
}

fn secret(rule: &plimsoll_detect::secrets::Rule) -> Entry {
    let mut details = Vec::new();
    let mut detail = |name: &str, value: String| {
        if !value.is_empty() {
            details.push((name.to_owned(), value));
        }
    };
    detail("keywords", rule.keywords.join(", "));
    detail("pattern", rule.pattern.as_ref().map_or_else(String::new, |p| p.as_str().to_owned()));
    detail("entropy", rule.entropy.map_or_else(String::new, |bits| bits.to_string()));
    detail("paths", rule.paths.texts().join(", "));
    detail("not in", rule.not_paths.texts().join(", "));
    Entry {
        id: rule.id.clone(),
        scanner: Scanner::Secret.name(),
        class: rule.category.as_str().to_owned(),
        severity: rule.severity.to_string(),
        confidence: format!("{:?}", rule.confidence).to_lowercase(),
        title: rule.title.clone(),
        description: rule.description.clone(),
        advice: rule.advice.clone(),
        aliases: Vec::new(),
        references: Some(rule.reference.clone()).filter(|r| !r.is_empty()).into_iter().collect(),
        details,
    }
}
