//! `COPY --from` of what is neither a stage nor clearly an image.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-unknown-stage",
    title: "COPY --from names no earlier stage",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "What is no stage is taken for an image and pulled from a registry. A mistyped stage so becomes somebody else's image.",
    advice: "Name an earlier stage. Where an image is meant, give it a stage of its own (`FROM image:tag AS name`), or name it with its tag.",
    aliases: &["DL3022"],
    references: &["https://docs.docker.com/reference/dockerfile/#copy---from"],
    fails: &[
        "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=biuld /a /b",
        "FROM a:1\nCOPY --from=5 /a /b",
    ],
    passes: &[
        "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=build /a /b",
        "FROM a:1\nFROM b:1\nCOPY --from=0 /a /b\nCOPY --from=busybox:1.36 /a /b\nCOPY --from=$X /a /b",
        "FROM a:1 AS Build\nFROM b:1\nCOPY --from=build /a /b",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        let (Some(flag), Some(stage)) = (instruction.flag("from"), instruction.stage) else {
            continue;
        };
        let Some(name) = flag.value.as_deref().filter(|name| !name.contains('$')) else { continue };
        if plan.stage_called(name, stage).is_some()
            || plan.stages.get(stage).is_some_and(|own| own.is_called(name))
        {
            continue;
        }
        // A tag or a digest shows that an image is meant.
        if name.contains([':', '@']) {
            continue;
        }
        let hit = hits.at(
            instruction,
            flag.at,
            format!("--from={name} names no earlier stage; it is pulled as an image"),
        );
        if name.contains('/') {
            hit.severity(Severity::Negligible);
        }
    }
}
