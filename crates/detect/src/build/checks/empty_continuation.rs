//! Empty lines inside an instruction.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-empty-continuation",
    title: "an empty line stands inside an instruction",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "Readers take it for the end of the instruction; builders announce that it will be an error.",
    advice: "Remove the empty line, or put a comment there.",
    aliases: &["NoEmptyContinuation"],
    references: &[BUILD_CHECKS],
    fails: &["FROM debian:12\nRUN a \\\n\n  && b"],
    passes: &["FROM debian:12\nRUN a \\\n  # why\n  && b"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.instructions.iter().filter(|i| !i.is_trigger) {
        for at in &instruction.empty_lines {
            let (start, end) = plan.line_range(*at);
            hits.at(instruction, *at, "").edit(start, end, "");
        }
    }
}
