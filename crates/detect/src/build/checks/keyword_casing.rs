//! Instructions in mixed case.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-keyword-casing",
    title: "instructions are not all written in one case",
    class: Class::Style,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "Capitals are the custom, and mixed case reads like a mistake.",
    advice: "Write all instructions in capitals.",
    aliases: &["ConsistentInstructionCasing"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12\nrun make", "from debian:12\nRUN make\nRUN x", "From debian:12"],
    passes: &["FROM debian:12\nRUN make", "from debian:12\nrun make"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let known = || plan.instructions.iter().filter(|i| i.keyword != Keyword::Unknown);
    let is_small = |i: &Instruction| i.written.bytes().all(|b| b.is_ascii_lowercase());
    let is_capital = |i: &Instruction| i.written.bytes().all(|b| b.is_ascii_uppercase());
    let small = known().filter(|i| is_small(i)).count();
    let wants_small = small > known().count() - small;
    for instruction in known() {
        let right = if wants_small { is_small(instruction) } else { is_capital(instruction) };
        if right {
            continue;
        }
        let written = if wants_small {
            instruction.written.to_ascii_lowercase()
        } else {
            instruction.written.to_ascii_uppercase()
        };
        let hit =
            hits.on(instruction, format!("{} is written unlike the others", instruction.written));
        hit.corrected(written.clone());
        let start = instruction.start();
        if plan.slice(start, start + instruction.written.len()) == instruction.written {
            hit.edit(start, start + instruction.written.len(), written);
        }
    }
}
