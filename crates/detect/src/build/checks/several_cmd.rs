//! Only the last `CMD` of a stage counts.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-several-cmd",
    title: "several CMD in one stage; only the last one counts",
    class: Class::Correctness,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "Whoever reads the earlier CMD believes in something that never runs.",
    advice: "Keep the last CMD.",
    aliases: &["DL4003", "DS016", "AVD-DS-0016", "MultipleInstructionsDisallowed"],
    references: &["https://docs.docker.com/reference/dockerfile/#cmd", BUILD_CHECKS],
    fails: &["FROM debian:12\nCMD [\"a\"]\nCMD [\"b\"]"],
    passes: &["FROM debian:12\nCMD [\"b\"]", "FROM a:1\nCMD [\"a\"]\nFROM b:1\nCMD [\"b\"]"],
    run: |plan, hits| repeated(plan, hits, Keyword::Cmd),
    ..Check::BASE
};

/// All but the last of a sort in each stage.
pub(super) fn repeated(plan: &Plan<'_>, hits: &mut Hits, keyword: Keyword) {
    for stage in 0..plan.stages.len() {
        let found: Vec<&Instruction> =
            plan.in_stage(stage).filter(|i| i.keyword == keyword).collect();
        let Some((_, earlier)) = found.split_last() else { continue };
        for instruction in earlier {
            hits.on(instruction, format!("a later {} takes the place of this one", keyword.name()));
        }
    }
}
