//! `FROM --platform` with a constant.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-platform-constant",
    title: "FROM --platform is fixed",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "The image is then built for this platform alone, whatever --platform asks for.",
    advice: "Leave the flag out, or use $BUILDPLATFORM or $TARGETPLATFORM.",
    aliases: &["DL3029", "FromPlatformFlagConstDisallowed"],
    references: &[BUILD_CHECKS],
    fails: &["FROM --platform=linux/amd64 debian:12"],
    passes: &[
        "FROM --platform=$BUILDPLATFORM debian:12",
        "FROM --platform=linux/amd64 debian:12 AS build-amd64\nFROM build-amd64",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for stage in &plan.stages {
        let Some(from) = plan.instructions.get(stage.from) else { continue };
        let Some(flag) = from.flag("platform") else { continue };
        let Some(platform) = flag.value.as_deref().filter(|value| !value.contains('$')) else {
            continue;
        };
        // A stage that is named for its platform means it (Docker's check says the same).
        let arch = platform.split('/').nth(1).unwrap_or(platform);
        if stage.name.as_ref().is_some_and(|name| name.value.contains(arch)) {
            continue;
        }
        hits.at(from, flag.at, format!("--platform={platform} is fixed"));
    }
}
