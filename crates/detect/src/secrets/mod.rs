//! Credentials and keys in files and in the configuration of images.
//!
//! What is looked for is data: one YAML file per vendor in `rules/secrets`, each rule with examples that a test runs
//! (`docs/adding-a-secret-rule.md`). The way of a file: [`Secrets`] says whether it wants it, [`search`] finds
//! candidates and judges them, [`detections`] masks what is left. `docs/secrets.md` says what is dropped and why.

mod checksum;
mod context;
mod detections;
mod entropy;
pub mod examples;
mod files;
mod gitleaks;
mod load;
mod mask;
mod placeholder;
mod rule;
mod ruleset;
mod search;
mod validators;

#[cfg(test)]
mod tests;

pub use entropy::entropy;
pub use load::{MAX_RULES_TEXT, MAX_WINDOW, MIN_KEYWORD, RuleError};
pub use mask::{fingerprint, mask};
pub use rule::{Category, Example, Globs, Pattern, Rule};
pub use ruleset::{MAX_RULES, RuleSet};

use plimsoll_model::Detection;

/// What the rules find in a text that lies at `path`; for `plimsoll rules test`.
#[must_use]
pub fn test_text(set: &RuleSet, path: &str, bytes: &[u8]) -> Vec<Detection> {
    let mut out = Vec::new();
    for rule in set.by_path(path, bytes) {
        let rule = &set.rules[rule];
        if rule.file
            && let Some(verdict) = whole_file(rule, path, bytes)
        {
            out.push(detections::of_rule(rule, verdict));
        }
    }
    let finds = search::search(set, &search::Text { bytes, path, config: false });
    out.extend(detections::detections(set, bytes, &finds, (0, 1), true));
    out
}

fn whole_file(rule: &Rule, path: &str, bytes: &[u8]) -> Option<validators::Verdict> {
    match rule.validator {
        None => Some(validators::Verdict::default()),
        Some(validator) => {
            validator.check(&validators::Candidate { secret: bytes, matched: bytes, around: bytes, path })
        }
    }
}
