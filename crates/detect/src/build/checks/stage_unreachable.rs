//! Stages that the image does not need.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-stage-unreachable",
    title: "the last stage does not need this one",
    class: Class::Correctness,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "BuildKit leaves such stages out: what they seem to do never happens, unless they are built with --target.",
    advice: "Remove the stage, or copy what it makes. Leave it where it is built with --target.",
    references: &["https://docs.docker.com/build/building/multi-stage/"],
    fails: &["FROM debian:12\nRUN make\nFROM alpine:3.20\nRUN true"],
    passes: &[
        "FROM debian:12 AS build\nRUN make\nFROM alpine:3.20\nCOPY --from=build /a /b",
        "FROM debian:12 AS test\nRUN make test\nFROM alpine:3.20\nRUN true",
        "FROM debian:12 AS x\nFROM x\nRUN --mount=type=bind,from=x true",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let last = plan.last_stage();
    for (index, stage) in plan.stages.iter().enumerate() {
        // A stage with a name may be somebody's --target.
        if stage.is_used || Some(index) == last || stage.name.is_some() {
            continue;
        }
        if let Some(from) = plan.instructions.get(stage.from) {
            hits.on(from, "").confidence(Confidence::Medium);
        }
    }
}
