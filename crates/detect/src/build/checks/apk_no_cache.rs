//! The index of apk left in the layer.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-apk-no-cache",
    title: "apk add without --no-cache leaves its index in the image",
    class: Class::Size,
    severity: Severity::Low,
    why: "The index makes the layer larger, and a later install from it gets old versions.",
    advice: "Give --no-cache.",
    aliases: &["DL3019", "DS025", "AVD-DS-0025", "DKL-DI-0004"],
    references: &[PRACTICES],
    fails: &["FROM alpine:3.20\nRUN apk update && apk add curl"],
    passes: &[
        "FROM alpine:3.20\nRUN apk add --no-cache curl",
        "FROM a:1\nRUN --mount=type=cache,target=/var/cache/apk apk add curl",
        "FROM a:1\nRUN apk add curl && rm -rf /var/cache/apk/*",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let Some(script) = &instruction.script else { continue };
        let is_cleaned = script.commands.iter().any(|command| {
            command.is(&["rm"])
                && command.operands().any(|arg| arg.value.contains("/var/cache/apk"))
        });
        if is_cleaned
            || cached_target(instruction, "/var/cache/apk")
            || cached_target(instruction, "/etc/apk/cache")
        {
            continue;
        }
        for command in &script.commands {
            if APK.installs(command).is_none() || command.has_option(&["no-cache"]) {
                continue;
            }
            let hit = hits.command(instruction, command, "");
            let verb = command.operands().find(|arg| arg.value == "add");
            if let Some(verb) = verb.filter(|verb| plan.slice(verb.at, verb.end) == "add") {
                hit.edit(verb.end, verb.end, " --no-cache");
            }
        }
    }
}
