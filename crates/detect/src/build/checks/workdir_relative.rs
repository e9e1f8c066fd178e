//! A relative `WORKDIR` depends on the base image.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-workdir-relative",
    title: "WORKDIR is relative, and nothing in this file says to what",
    class: Class::Correctness,
    severity: Severity::Medium,
    why: "A relative WORKDIR continues the one before it. Where that is the base image's, the next base image may move it.",
    advice: "Write an absolute path.",
    aliases: &["DL3000", "DS009", "AVD-DS-0009", "WorkdirRelativePath"],
    references: &["https://docs.docker.com/reference/dockerfile/#workdir", BUILD_CHECKS],
    fails: &["FROM debian:12\nWORKDIR app", "FROM a:1\nWORKDIR /x\nWORKDIR y"],
    passes: &[
        "FROM debian:12\nWORKDIR /app",
        "FROM a:1\nWORKDIR $HOME/x",
        "FROM a:1\nWORKDIR c:\\x",
        "FROM a:1\nWORKDIR \"/x y\"",
    ],
    run,
    ..Check::BASE
};

/// Whether a path is absolute or may be, once its variables are expanded.
pub(super) fn may_be_absolute(path: &str) -> bool {
    let path = path.trim_matches(['"', '\'']);
    path.starts_with(['/', '$', '\\', '%'])
        || path.as_bytes().get(1) == Some(&b':')
        || path.is_empty()
}

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Workdir]) {
        let Some(path) = instruction.words.first() else { continue };
        if !may_be_absolute(instruction.rest()) {
            // Below an absolute WORKDIR of the same file it is only unclear.
            let has_anchor = instruction.stage.is_some_and(|stage| {
                plan.in_stage(stage)
                    .take_while(|i| i.index < instruction.index)
                    .any(|i| i.keyword == Keyword::Workdir && may_be_absolute(i.rest()))
            });
            let hit = hits.at(instruction, path.at, format!("WORKDIR {} is relative", path.value));
            if has_anchor {
                hit.severity(Severity::Negligible).aliases(&["DL3000", "DS009", "AVD-DS-0009"]);
            }
        }
    }
}
