//! Layers that could be one.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-consecutive-run",
    title: "several RUN in a row make a layer each",
    class: Class::Size,
    severity: Severity::Negligible,
    judges: Judges::Dockerfiles,
    why: "What one layer writes and the next removes still is in the image.",
    advice: "Join them with `&&` or a here-document, where they belong together.",
    aliases: &["DL3059"],
    references: &[PRACTICES],
    fails: &["FROM debian:12\nRUN a\nRUN b"],
    passes: &[
        "FROM debian:12\nRUN a && b",
        "FROM a:1\nRUN a\nCOPY x y\nRUN b",
        "FROM a:1\nRUN --mount=type=cache,target=/x a\nRUN b",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for pair in plan.instructions.windows(2) {
        let [before, after] = pair else { continue };
        let are_runs = before.keyword == Keyword::Run
            && after.keyword == Keyword::Run
            && !after.is_trigger
            && !before.is_trigger;
        // Different mounts, and long scripts, are reasons to keep them apart.
        let flags = |i: &Instruction| {
            i.flags.iter().map(|flag| (flag.name.clone(), flag.value.clone())).collect::<Vec<_>>()
        };
        let commands =
            |i: &Instruction| i.script.as_ref().map_or(0, |script| script.commands.len());
        if are_runs
            && flags(before) == flags(after)
            && (commands(before) <= 2 || commands(after) <= 2)
        {
            hits.on(after, "");
        }
    }
}
