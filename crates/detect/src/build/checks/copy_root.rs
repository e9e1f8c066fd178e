//! A whole file system copied from another stage.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-root",
    title: "the whole file system of another stage is copied",
    class: Class::Secrets,
    severity: Severity::Low,
    why: "Everything that the other stage needed comes along: build tools, caches, credentials.",
    advice: "Copy what is needed.",
    aliases: &["DL3067"],
    references: &["https://docs.docker.com/build/building/multi-stage/"],
    fails: &["FROM debian:12 AS b\nFROM debian:12\nCOPY --from=b / /"],
    passes: &[
        "FROM debian:12 AS b\nFROM debian:12\nCOPY --from=b /app /app",
        "FROM a:1 AS b\nFROM scratch\nCOPY --from=b / /",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Copy]) {
        let is_root = instruction.sources().any(|source| source.value == "/");
        let to_root = instruction.destination().is_some_and(|to| to.value == "/");
        // Onto nothing it flattens an image, which is meant.
        let onto_nothing =
            instruction.stage.and_then(|stage| plan.root_image(stage)) == Some("scratch");
        if instruction.flag("from").is_some() && is_root && to_root && !onto_nothing {
            hits.on(instruction, "");
        }
    }
}
