//! `FROM --platform=$TARGETPLATFORM`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-platform-redundant",
    title: "FROM --platform=$TARGETPLATFORM says what holds anyway",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "Images are built for the target platform where nothing else is said.",
    advice: "Leave the flag out.",
    aliases: &["DL3065", "RedundantTargetPlatform"],
    references: &[BUILD_CHECKS],
    fails: &[
        "FROM --platform=$TARGETPLATFORM debian:12",
        "FROM --platform=${TARGETPLATFORM} debian:12",
    ],
    passes: &["FROM debian:12", "FROM --platform=$BUILDPLATFORM debian:12"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::From]) {
        let Some(flag) = instruction.flag("platform") else { continue };
        if matches!(flag.value.as_deref(), Some("$TARGETPLATFORM" | "${TARGETPLATFORM}")) {
            let hit = hits.at(instruction, flag.at, "");
            let behind = plan.slice(flag.end, plan.text.len());
            let space = behind.len() - behind.trim_start_matches(' ').len();
            hit.edit(flag.at, flag.end + space, "");
        }
    }
}
