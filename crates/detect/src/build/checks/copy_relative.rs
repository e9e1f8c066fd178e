//! Relative destinations without `WORKDIR`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-relative",
    title: "COPY to a relative path without WORKDIR",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "Where files land then depends on the base image, and may change with it.",
    advice: "Set WORKDIR above, or write an absolute path.",
    aliases: &["DL3045"],
    references: &["https://docs.docker.com/reference/dockerfile/#copy"],
    fails: &[
        "FROM debian:12\nCOPY app .",
        "FROM debian:12 AS a\nWORKDIR /x\nFROM debian:12\nCOPY a b/",
    ],
    passes: &[
        "FROM debian:12\nWORKDIR /app\nCOPY app .",
        "FROM debian:12\nCOPY app /app\nCOPY app $X",
        "FROM debian:12 AS base\nWORKDIR /x\nFROM base\nCOPY a b/",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for stage in 0..plan.stages.len() {
        let lineage = plan.lineage(stage);
        let inherited = lineage
            .iter()
            .skip(1)
            .any(|parent| plan.in_stage(*parent).any(|i| i.keyword == Keyword::Workdir));
        let mut has_workdir = inherited;
        for instruction in plan.in_stage(stage) {
            has_workdir |= instruction.keyword == Keyword::Workdir;
            if has_workdir || instruction.keyword != Keyword::Copy {
                continue;
            }
            if let Some(to) =
                instruction.destination().filter(|to| !workdir_relative::may_be_absolute(&to.value))
            {
                hits.at(instruction, to.at, format!("COPY to {}, and no WORKDIR above", to.value));
            }
        }
    }
}
