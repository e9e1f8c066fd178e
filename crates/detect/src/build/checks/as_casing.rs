//! `as` in another case than `FROM`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-as-casing",
    title: "AS is written in another case than FROM",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "Mixed case reads like a mistake.",
    advice: "Write both in capitals.",
    aliases: &["FromAsCasing"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12 as build"],
    passes: &["FROM debian:12 AS build", "from debian:12 as build"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::From]) {
        let Some(word) =
            instruction.words.get(1).filter(|word| word.value.eq_ignore_ascii_case("as"))
        else {
            continue;
        };
        let right =
            if instruction.written.bytes().all(|b| b.is_ascii_lowercase()) { "as" } else { "AS" };
        if word.value != right {
            hits.at(instruction, word.at, "").edit(word.at, word.end, right);
        }
    }
}
