//! Only the last `HEALTHCHECK` of a stage counts.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-several-healthcheck",
    title: "several HEALTHCHECK in one stage; only the last one counts",
    class: Class::Correctness,
    severity: Severity::Medium,
    judges: Judges::Dockerfiles,
    why: "Whoever reads the earlier HEALTHCHECK believes in a check that never runs.",
    advice: "Keep the last HEALTHCHECK.",
    aliases: &["DL3012", "DS023", "AVD-DS-0023", "MultipleInstructionsDisallowed"],
    references: &["https://docs.docker.com/reference/dockerfile/#healthcheck", BUILD_CHECKS],
    fails: &["FROM debian:12\nHEALTHCHECK CMD a\nHEALTHCHECK CMD b"],
    passes: &["FROM debian:12\nHEALTHCHECK CMD b"],
    run: |plan, hits| several_cmd::repeated(plan, hits, Keyword::Healthcheck),
    ..Check::BASE
};
