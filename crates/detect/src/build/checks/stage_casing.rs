//! Stage names with capitals.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-stage-casing",
    title: "the name of a stage has capitals",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "Names of stages do not differ in case; small letters keep it so that they do not seem to.",
    advice: "Write the name in small letters.",
    aliases: &["StageNameCasing"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12 AS Build"],
    passes: &["FROM debian:12 AS build"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (stage, from) in stages(plan) {
        if let Some(name) =
            stage.name.as_ref().filter(|name| name.value.bytes().any(|b| b.is_ascii_uppercase()))
        {
            hits.at(from, name.at, format!("stage {} has capitals in its name", name.value));
        }
    }
}
