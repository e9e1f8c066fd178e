//! Precision and recall on the labelled corpus.

use super::{super::quality::measure, rules::rules_of_folder};

/// What the project promises.
const LEAST: f64 = 0.95;

#[test]
fn precision_and_recall() {
    let quality = measure(&rules_of_folder(&mut Vec::new()), 3);
    let wrong = quality.wrong.join("\n  ");
    println!(
        "precision {:.4}, recall {:.4}\n  {wrong}",
        quality.overall.precision(),
        quality.overall.recall()
    );
    assert!(
        quality.positives > 1000 && quality.negatives > 250,
        "the corpus is small: {} and {}",
        quality.positives,
        quality.negatives
    );
    assert!(
        quality.overall.precision() >= LEAST && quality.overall.recall() >= LEAST,
        "{:?}\n  {wrong}",
        quality.overall
    );
    for (category, score) in &quality.by_category {
        assert!(
            score.precision() >= LEAST && score.recall() >= LEAST,
            "{category}: {score:?}\n  {wrong}"
        );
    }
}
