//! Labels that the caller does not allow.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-label-unknown",
    title: "a label is not in the schema",
    class: Class::Style,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "The schema of labels that was given (--require-label, --strict-labels) does not know it.",
    advice: "Remove the label, or add it to the schema.",
    aliases: &["DL3050"],
    references: &["https://docs.docker.com/engine/manage-resources/labels/"],
    fails: &["FROM debian:12\nLABEL other=b"],
    passes: &["FROM debian:12\nLABEL version=1.0.0"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    if !plan.options.strict_labels {
        return;
    }
    for instruction in plan.of(&[Keyword::Label]) {
        for pair in &instruction.pairs {
            if !plan.options.labels.iter().any(|(name, _)| *name == pair.name) {
                hits.at(instruction, pair.at, format!("label {} is not in the schema", pair.name));
            }
        }
    }
}
