//! The cache of Yarn left in the layer.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-yarn-cache",
    title: "the cache of Yarn stays in the image",
    class: Class::Size,
    severity: Severity::Negligible,
    why: "Downloaded packages make the layer larger, and nothing uses them again.",
    advice: "End the RUN with `yarn cache clean`, or mount a cache.",
    aliases: &["DL3060"],
    references: &["https://classic.yarnpkg.com/en/docs/cli/cache"],
    fails: &["FROM node:22\nRUN yarn install"],
    passes: &[
        "FROM node:22\nRUN yarn install && yarn cache clean",
        "FROM a:1\nRUN --mount=type=cache,target=/usr/local/share/.cache yarn install",
        "FROM a:1 AS b\nRUN yarn install\nFROM c:1\nCOPY --from=b /x /y",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let kept: Vec<usize> = plan.last_stage().map(|last| plan.lineage(last)).unwrap_or_default();
    for instruction in plan.of(&[Keyword::Run]) {
        if plan.origin == Origin::Dockerfile
            && !instruction.stage.is_some_and(|stage| kept.contains(&stage))
        {
            continue;
        }
        let Some(script) = &instruction.script else { continue };
        let installs = |command: &&Command| {
            command.is(&["yarn"]) && matches!(command.verb(), "install" | "add")
        };
        let Some(command) = script.commands.iter().find(installs) else { continue };
        let is_cleaned = script.commands.iter().any(|command| {
            command.is(&["yarn"]) && command.has("cache") && command.has("clean")
                || command.is(&["rm"]) && command.args.iter().any(|arg| arg.value.contains("cache"))
        });
        let is_cached = plan::mounts(instruction)
            .iter()
            .any(|mount| matches!(mount.get("type"), Some(&"cache" | &"tmpfs")));
        if !is_cleaned && !is_cached {
            hits.command(instruction, command, "");
        }
    }
}
