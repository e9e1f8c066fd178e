//! Several sources need a folder to go to.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-copy-destination-slash",
    title: "COPY of several sources to what is not marked as a folder",
    class: Class::Correctness,
    severity: Severity::High,
    judges: Judges::Dockerfiles,
    why: "With more than one source the destination must be a folder, and must end with a slash; builders refuse it otherwise.",
    advice: "End the destination with a slash.",
    aliases: &["DL3021", "DS011", "AVD-DS-0011"],
    references: &["https://docs.docker.com/reference/dockerfile/#copy"],
    fails: &["FROM debian:12\nCOPY a b /app", "FROM a:1\nCOPY [\"a\", \"b\", \"/x\"]"],
    passes: &["FROM debian:12\nCOPY a b /app/", "FROM a:1\nCOPY a /b\nCOPY a b .\nCOPY a b $X"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        let Some(to) = instruction.destination() else { continue };
        let sources = instruction.sources().count() + instruction.heredocs.len();
        let may_be_folder = to.value.ends_with(['/', '\\'])
            || matches!(to.value.as_str(), "." | "..")
            || ends_with_variable(&to.value);
        if sources > 1 && !may_be_folder {
            let hit = hits.at(
                instruction,
                to.at,
                format!("{} {} is not marked as a folder", instruction.keyword.name(), to.value),
            );
            if plan.slice(to.at, to.end) == to.value {
                hit.edit(to.end, to.end, "/");
            }
        }
    }
}

fn ends_with_variable(path: &str) -> bool {
    path.rfind('$').is_some_and(|at| !path[at..].contains('/'))
}
