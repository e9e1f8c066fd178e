//! How good the rules are: a labelled corpus, built anew from templates at each run, so that the repository holds no
//! credential. Positives are the examples of all rules with other random parts, put into files as people write them;
//! negatives (`negatives.txt`) are what looks like a secret and is none, at places where it would count.

use std::collections::BTreeMap;

use super::{
    examples::{Random, expand},
    rule::{Example, Rule},
    ruleset::RuleSet,
    test_text,
};

/// Samples that must give nothing: `//- PATH` and the lines up to the next.
const NEGATIVES: &str = include_str!("negatives.txt");

/// Files around a positive: path, what stands before, what stands behind.
const CARRIERS: &[(&str, &str, &str)] = &[
    (
        "srv/app/.env.production",
        "APP_ENV=production\nLOG_LEVEL=info\n",
        "\nFEATURE_X=on\nCACHE_TTL=3600\n",
    ),
    (
        "opt/service/config.yaml",
        "server:\n  port: 8080\n  workers: 4\n",
        "\nlogging:\n  level: info\n",
    ),
    (
        "home/dev/deploy.sh",
        "#!/bin/bash\nset -euo pipefail\ncd /srv/app\n",
        "\nsystemctl restart app\n",
    ),
    (
        "app/settings.py",
        "import os\n\nDEBUG = False\nALLOWED_HOSTS = ['*']\n",
        "\n\nTIME_ZONE = 'UTC'\n",
    ),
    (
        "app/src/config.js",
        "'use strict';\n\nconst path = require('path');\n",
        "\n\nmodule.exports = {};\n",
    ),
    ("root/.bash_history", "ls -la\ncd /srv\nvim config\n", "\ngit status\nexit\n"),
    (
        "srv/infra/main.tf",
        "terraform {\n  required_version = \">= 1.5\"\n}\n",
        "\n\noutput \"x\" {\n  value = 1\n}\n",
    ),
];

/// Counts of one class of rules.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Score {
    /// Secrets that were found by the rule that is made for them.
    pub found: usize,
    /// Secrets that were not.
    pub missed: usize,
    /// What was found and is none, or another's.
    pub false_alarms: usize,
}

impl Score {
    /// Share of what was found that is right.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.found, self.false_alarms)
    }

    /// Share of what is there that was found.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.found, self.missed)
    }
}

fn share(good: usize, bad: usize) -> f64 {
    if good + bad == 0 { 1.0 } else { good as f64 / (good + bad) as f64 }
}

/// What a run over the corpus gave.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    /// All together.
    pub overall: Score,
    /// By class of the rule.
    pub by_category: BTreeMap<String, Score>,
    /// Number of samples without a secret.
    pub negatives: usize,
    /// Number of samples with one.
    pub positives: usize,
    /// Each miss and each false alarm, for people.
    pub wrong: Vec<String>,
}

/// Runs `set` over `rounds` variants of each sample. The same number gives the same corpus.
#[must_use]
pub fn measure(set: &RuleSet, rounds: usize) -> Quality {
    let mut quality = Quality::default();
    for rule in set.rules() {
        for (at, example) in rule.examples.iter().enumerate() {
            for round in 0..rounds {
                positive(
                    set,
                    rule,
                    example,
                    &format!("corpus {} {at} {round}", rule.id),
                    &mut quality,
                );
            }
        }
    }
    for (path, template) in negatives() {
        for round in 0..rounds {
            negative(set, path, template, &format!("corpus {path} {round}"), &mut quality);
        }
    }
    quality
}

fn positive(set: &RuleSet, rule: &Rule, example: &Example, seed: &str, quality: &mut Quality) {
    let Ok(text) = expand(&example.text, seed) else { return };
    if rule.pattern.is_none() && !rule.file {
        return;
    }
    let (path, text) = if example.path.is_empty() {
        let (path, before, behind) = CARRIERS[Random::new(seed).below(CARRIERS.len())];
        (path, [before.as_bytes(), &text, behind.as_bytes()].concat())
    } else {
        (example.path.as_str(), text)
    };
    quality.positives += 1;
    let found = test_text(set, path, &text);
    let category = quality.by_category.entry(rule.category.as_str().to_owned()).or_default();
    if found.iter().any(|detection| detection.rule == rule.id) {
        category.found += 1;
        quality.overall.found += 1;
    } else {
        category.missed += 1;
        quality.overall.missed += 1;
        quality.wrong.push(format!("missed: {} ({path}), seed `{seed}`", rule.id));
    }
    for other in found.iter().filter(|detection| detection.rule != rule.id) {
        alarm(
            quality,
            &other.class,
            format!("{} where {} is ({path}), seed `{seed}`", other.rule, rule.id),
        );
    }
}

fn negative(set: &RuleSet, path: &str, template: &str, seed: &str, quality: &mut Quality) {
    let text = match expand(template, seed) {
        Ok(text) => text,
        Err(error) => {
            quality.wrong.push(format!("{path}: {error}"));
            return;
        }
    };
    quality.negatives += 1;
    for detection in test_text(set, path, &text) {
        let sighting = detection.sightings.first().map(|s| s.text.clone()).unwrap_or_default();
        alarm(quality, &detection.class, format!("{} in {path}: {sighting}", detection.rule));
    }
}

fn alarm(quality: &mut Quality, class: &str, what: String) {
    quality.overall.false_alarms += 1;
    quality.by_category.entry(class.to_owned()).or_default().false_alarms += 1;
    quality.wrong.push(format!("false alarm: {what}"));
}

fn negatives() -> impl Iterator<Item = (&'static str, &'static str)> {
    NEGATIVES.split("//- ").skip(1).filter_map(|sample| sample.split_once('\n'))
}
