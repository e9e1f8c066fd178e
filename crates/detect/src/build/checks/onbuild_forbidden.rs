//! Triggers that builders refuse.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-onbuild-forbidden",
    title: "ONBUILD cannot trigger ONBUILD, FROM or MAINTAINER",
    class: Class::Correctness,
    severity: Severity::High,
    why: "Builders refuse these triggers, so that no image can be built on this one.",
    advice: "Remove the trigger.",
    aliases: &["DL3043"],
    references: &["https://docs.docker.com/reference/dockerfile/#onbuild"],
    fails: &[
        "FROM debian:12\nONBUILD FROM debian:12",
        "FROM a:1\nONBUILD ONBUILD RUN x",
        "FROM a:1\nONBUILD MAINTAINER x",
    ],
    passes: &["FROM debian:12\nONBUILD COPY . /app"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::OnBuild]) {
        let word = instruction.words.first().map(|word| word.value.as_str()).unwrap_or_default();
        if matches!(Keyword::of(word), Keyword::From | Keyword::OnBuild | Keyword::Maintainer) {
            hits.on(instruction, format!("ONBUILD cannot trigger {}", word.to_ascii_uppercase()));
        }
    }
}
