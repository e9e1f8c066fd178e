//! `cargo xtask quality`: precision and recall of the secret rules on the labelled corpus.

use plimsoll_detect::secrets::{RuleSet, quality::measure};

/// Variants of each sample.
const ROUNDS: usize = 5;

fn main() {
    let quality = measure(&RuleSet::builtin_with_examples(), ROUNDS);
    for line in &quality.wrong {
        println!("{line}");
    }
    println!(
        "{:<14}{:>8}{:>8}{:>8}{:>11}{:>9}",
        "class", "found", "missed", "false", "precision", "recall"
    );
    let all = quality.by_category.iter().map(|(name, score)| (name.as_str(), score));
    for (name, score) in all.chain([("overall", &quality.overall)]) {
        println!(
            "{name:<14}{:>8}{:>8}{:>8}{:>11.4}{:>9.4}",
            score.found,
            score.missed,
            score.false_alarms,
            score.precision(),
            score.recall()
        );
    }
    println!("{} samples with a secret, {} without", quality.positives, quality.negatives);
}
