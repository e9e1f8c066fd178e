//! Names that mean something else.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-reserved-stage",
    title: "a stage has a reserved name",
    class: Class::Correctness,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "`scratch` is the empty image and `context` the build context; a stage of that name cannot be referred to.",
    advice: "Give the stage another name.",
    aliases: &["DL3063", "ReservedStageName"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12 AS scratch", "FROM debian:12 AS Context"],
    passes: &["FROM scratch AS app"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for stage in &plan.stages {
        let (Some(name), Some(from)) = (&stage.name, plan.instructions.get(stage.from)) else {
            continue;
        };
        if matches!(name.value.to_ascii_lowercase().as_str(), "scratch" | "context") {
            hits.at(from, name.at, format!("{} is a reserved name", name.value));
        }
    }
}
