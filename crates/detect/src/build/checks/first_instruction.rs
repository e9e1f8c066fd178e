//! Nothing but `ARG` may stand before the first `FROM`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-first-instruction",
    title: "an instruction stands before the first FROM",
    class: Class::Correctness,
    severity: Severity::High,
    judges: Judges::Dockerfiles,
    why: "Before the first FROM there is no image that an instruction could change; only ARG may stand there.",
    advice: "Move the instruction below a FROM.",
    aliases: &["DL3061"],
    references: &[REFERENCE],
    fails: &["LABEL a=b\nFROM debian:12", "RUN true\nFROM debian:12"],
    passes: &["ARG VERSION=12\nFROM debian:${VERSION}\nLABEL a=b", "# comment\nFROM a:1"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let before = plan.instructions.iter().take_while(|i| i.stage.is_none());
    for instruction in before.filter(|i| !matches!(i.keyword, Keyword::Arg | Keyword::Unknown)) {
        hits.on(
            instruction,
            format!("{} stands before the first FROM", instruction.keyword.name()),
        );
    }
}
