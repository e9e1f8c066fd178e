//! Labels that the caller demands.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-label-required",
    title: "a label is missing",
    class: Class::Style,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "The schema of labels that was given (--require-label) demands it.",
    advice: "Add the label.",
    aliases: &["DL3049"],
    references: &["https://docs.docker.com/engine/manage-resources/labels/"],
    fails: &["FROM debian:12\nLABEL a=b"],
    passes: &["FROM debian:12\nLABEL version=1.0.0 url=https://example.com"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let Some(last) = plan.last_stage() else { return };
    let Some(from) = plan.stages.get(last).and_then(|stage| plan.instructions.get(stage.from))
    else {
        return;
    };
    let lineage = plan.lineage(last);
    for (name, _) in &plan.options.labels {
        let has = lineage.iter().any(|stage| {
            plan.in_stage(*stage).any(|i| {
                i.keyword == Keyword::Label && i.pairs.iter().any(|pair| pair.name == *name)
            })
        });
        if !has {
            hits.on(from, format!("label {name} is missing"));
        }
    }
}
