//! Package lists of apt left in the layer.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-apt-lists",
    title: "the package lists of apt stay in the image",
    class: Class::Size,
    severity: Severity::Low,
    why: "They make each layer some twenty megabytes larger, and a later install from old lists fails or gets old versions.",
    advice: "End the RUN with `rm -rf /var/lib/apt/lists/*`, or mount a cache there.",
    aliases: &["DL3009", "DKL-DI-0005"],
    references: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
    fails: &[
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl",
        "FROM a:1\nRUN apt-get update && rm -rf /tmp/*",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "FROM a:1\nRUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y curl",
        "FROM debian:12 AS build\nRUN apt-get update\nFROM debian:12\nCOPY --from=build /a /b",
        "FROM a:1\nRUN apt-get update && rm -r -f /var/lib/apt/lists\nRUN apt-get update && rm -rf /var/lib/apt/",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let last = plan.last_stage();
    let kept: Vec<usize> = last.map(|last| plan.lineage(last)).unwrap_or_default();
    for instruction in plan.of(&[Keyword::Run]) {
        // A stage that files are only copied from is thrown away.
        if plan.origin == Origin::Dockerfile
            && !instruction.stage.is_some_and(|stage| kept.contains(&stage))
        {
            continue;
        }
        let Some(script) = &instruction.script else { continue };
        let update = script
            .commands
            .iter()
            .rposition(|c| c.is(&["apt-get", "apt", "aptitude"]) && c.verb() == "update");
        let Some(update) = update else { continue };
        let is_removed = script.commands.iter().skip(update).any(removes_lists);
        if is_removed || cached_target(instruction, "/var/lib/apt") {
            continue;
        }
        let hit = hits.command(instruction, &script.commands[update], "");
        let rest = &script.commands[update..];
        let is_plain = script.outcome == Outcome::Read
            && script
                .commands
                .iter()
                .all(|c| !c.is_nested && c.join != Join::IfFailed && c.wrappers.is_empty())
            && rest.iter().skip(1).all(|c| c.join == Join::IfDone)
            && instruction.heredocs.is_empty();
        if let (true, Some((start, end))) = (is_plain, plan.range(instruction)) {
            let text = plan.slice(start, end);
            let installs = rest.iter().any(|c| APT.installs(c).is_some());
            // Another RUN may still need lists that this one only fetches.
            if installs && !text.contains('#') {
                let joint = if text.contains('\n') { " \\\n    && " } else { " && " };
                hit.edit(end, end, format!("{joint}rm -rf /var/lib/apt/lists/*"));
            }
        }
    }
}

fn removes_lists(command: &Command) -> bool {
    (command.is(&["rm"]) || command.is(&["find"]))
        && command.operands().any(|arg| {
            let path = arg.value.trim_end_matches(['*', '/']);
            matches!(path, "/var/lib/apt/lists" | "/var/lib/apt" | "/var/lib")
                || arg.value.contains("/var/lib/apt/lists")
                || arg.value.contains("{apt,")
        })
}
