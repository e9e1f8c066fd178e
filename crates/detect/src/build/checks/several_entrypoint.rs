//! Only the last `ENTRYPOINT` of a stage counts.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-several-entrypoint",
    title: "several ENTRYPOINT in one stage; only the last one counts",
    class: Class::Correctness,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "Whoever reads the earlier ENTRYPOINT believes in something that never runs.",
    advice: "Keep the last ENTRYPOINT.",
    aliases: &["DL4004", "DS007", "AVD-DS-0007", "MultipleInstructionsDisallowed"],
    references: &["https://docs.docker.com/reference/dockerfile/#entrypoint", BUILD_CHECKS],
    fails: &["FROM debian:12\nENTRYPOINT [\"a\"]\nENTRYPOINT [\"b\"]"],
    passes: &[
        "FROM debian:12\nENTRYPOINT [\"b\"]",
        "FROM a:1\nENTRYPOINT [\"a\"]\nFROM b:1\nENTRYPOINT [\"b\"]",
    ],
    run: |plan, hits| several_cmd::repeated(plan, hits, Keyword::Entrypoint),
    ..Check::BASE
};
