//! Judges settings and build instructions of an inventory.

use plimsoll_detect::{
    baseline,
    build::{self, LooksSecret, Suppressed},
    secrets::{RuleSet, looks_secret, redact},
};
use plimsoll_model::{
    Finding, Inventory, PlacedDetection, Problem, Suppression, SuppressionSource,
};

use super::detections::finding;
use crate::{Checks, Scanner};

/// What the checks say.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
}

/// The rules about secrets as the checks of build instructions ask them.
struct ByRules;

impl LooksSecret for ByRules {
    fn looks_secret(&self, name: &str, value: &str) -> Option<String> {
        looks_secret(name, value).then(|| "a credential".to_owned())
    }
}

/// Judges by the checks that `checks` select. Findings quote settings and instructions without the secrets in them.
pub(super) fn judge(inventory: &Inventory, checks: &Checks, rules: &RuleSet) -> Judged {
    let mut judged = Judged::default();
    if checks.has(Scanner::Baseline) {
        let outcome = baseline::evaluate(inventory, &checks.baseline());
        judged.problems.extend(outcome.problems);
        for mut placed in outcome.detections {
            hide(&mut placed, rules);
            judged.findings.push(finding(inventory, &placed));
        }
    }
    if checks.has(Scanner::Build) && !inventory.history.is_empty() {
        let mut options = checks.build().clone();
        if options.secrets.is_none() {
            options.secrets = Some(std::sync::Arc::new(ByRules));
        }
        let outcome = build::evaluate_history(&inventory.config, &inventory.history, &options);
        judged.problems.extend(outcome.problems);
        for mut found in outcome.findings {
            hide(&mut found.placed, rules);
            let mut finding = finding(inventory, &found.placed);
            finding.suppression = found.suppressed.as_ref().map(|why| Suppression {
                source: match why {
                    Suppressed::BaseImage { .. } => SuppressionSource::BaseImage,
                    Suppressed::Comment { .. } => SuppressionSource::NotApplicable,
                },
                reason: why.reason(),
                expires: None,
            });
            judged.findings.push(finding);
        }
    }
    judged
}

fn hide(placed: &mut PlacedDetection, rules: &RuleSet) {
    let text = |text: &mut String| {
        if let Some(shown) = redact(rules, text) {
            *text = shown;
        }
    };
    for sighting in &mut placed.detection.sightings {
        text(&mut sighting.text);
    }
    if let Some(setting) = &mut placed.detection.setting {
        text(&mut setting.actual);
    }
    text(&mut placed.detection.advice);
}
