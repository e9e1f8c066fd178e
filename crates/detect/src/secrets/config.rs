//! Credentials in the configuration of an image: whoever may read the image's manifest has them without pulling a layer.

use std::collections::{HashMap, HashSet};

use plimsoll_model::{
    Confidence, Detection, HistoryEntry, ImageConfig, PlacedDetection, Severity, Sighting,
};

use super::{
    context::PlaceKind,
    detections::{detections, of_rule},
    mask::{fingerprint, mask},
    rule::{Category, Example, Globs, Rule, SecretGroup},
    ruleset::RuleSet,
    search::{Text, search},
    validators::Verdict,
    variables::{assignments, build_arguments, looks_secret},
};

/// Id of the rule about variables by their names.
const VARIABLE: &str = "config-variable";

/// Longest text of the configuration that is searched; a longer one is searched up to here.
const MAX_TEXT: usize = 1 << 20;

/// Most entries of the history, of the environment and of the labels that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// The rule about variables by their names. It has no pattern: [`looks_secret`] is its code.
pub(super) fn variable_rule() -> Rule {
    Rule {
        id: VARIABLE.to_owned(),
        vendor: "config".to_owned(),
        title: "Credential in an environment variable or build argument".to_owned(),
        category: Category::Application,
        severity: Severity::High,
        confidence: Confidence::Medium,
        description: "The image's configuration and history hold the value in clear, for everybody who can read the manifest.".to_owned(),
        advice: "Change the credential, and give it to the container at run time.".to_owned(),
        reference: "https://docs.docker.com/build/building/secrets/".to_owned(),
        keywords: Vec::new(),
        pattern: None,
        window: None,
        entropy: None,
        paths: Globs::default(),
        not_paths: Globs::default(),
        file: false,
        magic: Vec::new(),
        config: true,
        examples: vec![Example { path: String::new(), text: "DB_PASSWORD={{alnum:14}}".to_owned() }],
        counterexamples: vec![Example { path: String::new(), text: "DB_PASSWORD_FILE=/run/secrets/db".to_owned() }],
        validator: None,
        group: SecretGroup::Usual,
        allow: Vec::new(),
        allow_line: Vec::new(),
        exceptions: Vec::new(),
        path_pattern: None,
    }
}

struct Found<'a> {
    set: &'a RuleSet,
    list: Vec<PlacedDetection>,
    by_secret: HashMap<(String, Option<String>), usize>,
    known: HashSet<String>,
}

impl Found<'_> {
    /// What the rules find in one text, and its variables with telling names.
    fn text(&mut self, field: &str, layer: Option<u32>, text: &str, variables: &[(&str, &str)]) {
        let bytes = &text.as_bytes()[..text.len().min(MAX_TEXT)];
        let finds =
            search(self.set, &Text { bytes, path: "", config: true, place: PlaceKind::Live });
        for detection in detections(self.set, bytes, &finds, (0, 1), false) {
            self.add(field, layer, detection);
        }
        let hidden: Vec<&[u8]> =
            finds.hidden.iter().filter_map(|&(from, to)| bytes.get(from..to)).collect();
        for &(name, value) in variables {
            let value = unquoted(value);
            let is_known = hidden.iter().any(|secret| {
                memchr::memmem::find(value.as_bytes(), secret).is_some()
                    || memchr::memmem::find(secret, value.as_bytes()).is_some()
            });
            if is_known || !looks_secret(name, value) {
                continue;
            }
            let Some(rule) = self.set.get(VARIABLE) else { continue };
            let mut detection = of_rule(rule, Verdict::default());
            detection.fingerprint = Some(fingerprint(value.as_bytes()));
            let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
            detection.sightings.push(Sighting {
                text: format!("{name}={}", mask(value.as_bytes())),
                ..Sighting::default()
            });
            self.add(field, layer, detection);
        }
    }

    /// A value that the configuration shows is not reported again for the instruction that set it.
    fn add(&mut self, field: &str, layer: Option<u32>, detection: Detection) {
        let key = (detection.rule.clone(), detection.fingerprint.clone());
        let print = detection.fingerprint.clone().unwrap_or_default();
        if self.by_secret.contains_key(&key)
            || (detection.rule == VARIABLE && self.known.contains(&print))
        {
            return;
        }
        self.known.insert(print);
        self.by_secret.insert(key, self.list.len());
        self.list.push(PlacedDetection {
            detection,
            path: None,
            config_field: Some(field.to_owned()),
            layer,
            hidden_by: None,
            owner: None,
        });
    }
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}

/// What the rules find in an image's environment, commands, labels, triggers and history.
#[must_use]
pub fn scan_config(
    set: &RuleSet,
    config: &ImageConfig,
    history: &[HistoryEntry],
) -> Vec<PlacedDetection> {
    let mut found =
        Found { set, list: Vec::new(), by_secret: HashMap::new(), known: HashSet::new() };
    for line in config.env.iter().take(MAX_ENTRIES) {
        let variables: Vec<_> = line.split_once('=').into_iter().collect();
        found.text("Env", None, line, &variables);
    }
    for (field, words) in [
        ("Entrypoint", Some(&config.entrypoint)),
        ("Cmd", Some(&config.cmd)),
        ("Healthcheck", config.healthcheck.as_ref()),
        ("Shell", Some(&config.shell)),
    ] {
        let text = words.map(|words| words.join(" ")).unwrap_or_default();
        found.text(field, None, &text, &assignments(&text));
    }
    for trigger in config.on_build.iter().take(MAX_ENTRIES) {
        found.text("OnBuild", None, trigger, &assignments(trigger));
    }
    for (key, value) in config.labels.iter().take(MAX_ENTRIES) {
        found.text("Labels", None, &format!("{key}={value}"), &[(key, value)]);
    }
    for (at, entry) in history.iter().enumerate().take(MAX_ENTRIES) {
        let text = &entry.created_by;
        let mut variables = build_arguments(text);
        variables.extend(assignments(text));
        found.text(&format!("history[{at}]"), entry.layer, text, &variables);
        if let Some(comment) = &entry.comment {
            found.text(&format!("history[{at}]"), entry.layer, comment, &[]);
        }
    }
    found.list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::examples::expand;

    fn text(template: &str) -> String {
        String::from_utf8(expand(template, "config").unwrap()).unwrap()
    }

    fn fields(config: &ImageConfig, history: &[HistoryEntry]) -> Vec<(String, String)> {
        scan_config(&RuleSet::builtin(), config, history)
            .into_iter()
            .map(|placed| (placed.config_field.unwrap_or_default(), placed.detection.rule))
            .collect()
    }

    fn entry(created_by: String) -> HistoryEntry {
        HistoryEntry {
            created: None,
            created_by,
            author: None,
            comment: None,
            empty_layer: true,
            layer: Some(2),
        }
    }

    #[test]
    fn every_part_is_searched_and_a_value_is_told_once() {
        let token = text("{{github:ghp}}");
        let password = text("{{alnum:16}}");
        let argument = text("{{alnum:20}}x");
        let config = ImageConfig {
            env: vec![
                "PATH=/usr/bin".to_owned(),
                format!("DB_PASSWORD={password}"),
                "POSTGRES_PASSWORD_FILE=/run/secrets/x".to_owned(),
                "MYSQL_ALLOW_EMPTY_PASSWORD=yes".to_owned(),
                "API_TOKEN=${API_TOKEN}".to_owned(),
            ],
            cmd: vec!["app".to_owned(), format!("--token={token}")],
            labels: vec![("maintainer".to_owned(), "a".to_owned())],
            ..ImageConfig::default()
        };
        let history = [
            entry(format!("ENV DB_PASSWORD={password}")),
            entry(format!("|2 NPM_TOKEN={argument} VERSION=1 /bin/sh -c make # buildkit")),
            entry(format!("RUN curl -H 'Authorization: token {token}' https://x")),
        ];
        let fields = fields(&config, &history);
        let places: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(places, ["Env", "Cmd", "history[1]"], "{fields:?}");
        assert_eq!(fields[1].1, "github-personal-token");
        let found = scan_config(&RuleSet::builtin(), &config, &history);
        let shown = format!("{found:?}");
        for secret in [&token, &password, &argument] {
            assert!(!shown.contains(secret.as_str()), "a value is shown");
        }
    }
}
