//! `COPY --from` the stage itself.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-own-stage",
    title: "COPY --from names the stage that it stands in",
    class: Class::Correctness,
    severity: Severity::High,
    judges: Judges::Dockerfiles,
    why: "A stage cannot copy from itself; builders refuse it.",
    advice: "Name another stage, or use RUN cp.",
    aliases: &["DL3023", "DS006", "AVD-DS-0006"],
    references: &["https://docs.docker.com/reference/dockerfile/#copy---from"],
    fails: &["FROM debian:12 AS app\nCOPY --from=app /a /b"],
    passes: &["FROM debian:12 AS build\nFROM debian:12 AS app\nCOPY --from=build /a /b"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        let own = instruction.stage.and_then(|stage| plan.stages.get(stage));
        let from = instruction.flag("from");
        if let (Some(own), Some(flag)) = (own, from)
            && flag.value.as_deref().is_some_and(|name| own.is_called(name))
        {
            hits.at(instruction, flag.at, "");
        }
    }
}
