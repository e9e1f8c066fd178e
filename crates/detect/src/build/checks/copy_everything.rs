//! The whole build context in the image.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-everything",
    title: "the whole build context is copied into the image",
    class: Class::Secrets,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    by_default: false,
    why: "What happens to lie there gets into the image: .git, .env, keys, test data. Only .dockerignore keeps it out.",
    advice: "Copy what is needed, or list what must stay out in .dockerignore.",
    aliases: &["DL4007"],
    references: &["https://docs.docker.com/build/concepts/context/#dockerignore-files"],
    fails: &["FROM debian:12\nWORKDIR /app\nCOPY . ."],
    passes: &[
        "FROM debian:12\nCOPY src /app/src",
        "FROM debian:12 AS b\nWORKDIR /x\nCOPY . .\nFROM a:1\nCOPY --from=b /x/y /y",
    ],
    run,
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let kept: Vec<usize> = plan.last_stage().map(|last| plan.lineage(last)).unwrap_or_default();
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        let is_kept = instruction.stage.is_some_and(|stage| kept.contains(&stage));
        if !is_kept || instruction.flag("from").is_some() {
            continue;
        }
        if let Some(source) =
            instruction.sources().find(|source| matches!(source.value.as_str(), "." | "./"))
        {
            hits.at(instruction, source.at, "");
        }
    }
}
