//! Credentials and keys in files and in the configuration of images.
//!
//! What is looked for is data: one YAML file per vendor in `rules/secrets`, each rule with examples that a test runs
//! (`docs/adding-a-secret-rule.md`). The way of a file: [`Secrets`] says whether it wants it, [`search`] finds
//! candidates and judges them, [`detections`] masks what is left. `docs/secrets.md` says what is dropped and why.

mod analyzer;
mod archive;
mod bytecode;
mod checksum;
mod collect;
mod config;
mod content;
mod context;
mod detections;
mod encoding;
mod entropy;
pub mod examples;
mod files;
mod gitleaks;
mod keywords;
mod load;
mod mask;
mod placeholder;
pub mod quality;
mod redact;
mod rule;
mod ruleset;
mod search;
mod stream;
mod validators;
mod variables;

#[cfg(test)]
mod tests;

pub use analyzer::Secrets;
pub use config::scan_config;
pub use entropy::entropy;
pub use load::{MAX_RULES_TEXT, MAX_WINDOW, MIN_KEYWORD, RuleError};
pub use mask::{fingerprint, mask};
pub use redact::redact;
pub use rule::{Category, Example, Globs, Pattern, Rule};
pub use ruleset::{MAX_RULES, RuleSet};
pub use variables::looks_secret;

use plimsoll_model::Detection;

/// What the rules find in a text that lies at `path`; for `plimsoll rules test`.
#[must_use]
pub fn test_text(set: &RuleSet, path: &str, bytes: &[u8]) -> Vec<Detection> {
    let mut found = collect::Collector::new(set, path);
    let place = collect::Place::file(path, true);
    found.file(&place, bytes);
    found.text(&place, bytes, 0..bytes.len());
    found.finish()
}
