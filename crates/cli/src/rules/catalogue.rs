//! The rules of all scanners in one shape.

use plimsoll_detect::{baseline, build, secrets::RuleSet};
use plimsoll_malware::rules::Pack;
use plimsoll_model::{Confidence, Detection};
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
    entries.extend(baseline::catalogue::all().map(setting));
    entries.extend(build::checks::all().iter().map(instruction));
    entries.extend(Pack::builtin().rules().iter().map(|rule| {
        let types = rule.types.join(", ");
        Entry { details: vec![("files".to_owned(), types)], ..malware(&rule.detection()) }
    }));
    entries
        .extend(plimsoll_malware::catalogue::checks().into_iter().map(|c| malware(&c.detection())));
    entries.sort_by(|a, b| (a.scanner, &a.id).cmp(&(b.scanner, &b.id)));
    entries
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn confidence(confidence: Confidence) -> String {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
    .to_owned()
}

fn setting(check: &baseline::Check) -> Entry {
    let catalogue = if check.default { "default" } else { "full" };
    Entry {
        id: check.id.to_owned(),
        scanner: Scanner::Baseline.name(),
        class: check.class.to_owned(),
        severity: check.severity.to_string(),
        confidence: String::new(),
        title: check.title.to_owned(),
        description: check.why.to_owned(),
        advice: check.advice.to_owned(),
        aliases: owned(check.aliases),
        references: owned(check.references),
        details: vec![("catalogue".to_owned(), catalogue.to_owned())],
    }
}

fn instruction(check: &build::Check) -> Entry {
    let runs = if check.by_default { "always" } else { "where it is enabled" };
    let example =
        |list: &[&str]| list.first().map_or_else(String::new, |text| text.trim().to_owned());
    let details = [
        ("runs", runs.to_owned()),
        ("not so", example(check.fails)),
        ("but so", example(check.passes)),
    ];
    Entry {
        id: check.id.to_owned(),
        scanner: Scanner::Build.name(),
        class: check.class.name().to_owned(),
        severity: check.severity.to_string(),
        confidence: String::new(),
        title: check.title.to_owned(),
        description: check.why.to_owned(),
        advice: check.advice.to_owned(),
        aliases: owned(check.aliases),
        references: owned(check.references),
        details: details.map(|(name, value)| (name.to_owned(), value)).to_vec(),
    }
}

fn malware(found: &Detection) -> Entry {
    Entry {
        id: found.rule.clone(),
        scanner: Scanner::Malware.name(),
        class: found.class.clone(),
        severity: found.severity.to_string(),
        confidence: confidence(found.confidence),
        title: found.title.clone(),
        description: found.description.clone(),
        advice: found.advice.clone(),
        aliases: Vec::new(),
        references: found.references.clone(),
        details: Vec::new(),
    }
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
        confidence: confidence(rule.confidence),
        title: rule.title.clone(),
        description: rule.description.clone(),
        advice: rule.advice.clone(),
        aliases: Vec::new(),
        references: Some(rule.reference.clone()).filter(|r| !r.is_empty()).into_iter().collect(),
        details,
    }
}
