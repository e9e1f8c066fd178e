//! The cache of pip left in the layer.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-pip-cache",
    title: "the cache of pip stays in the image",
    class: Class::Size,
    severity: Severity::Negligible,
    why: "Downloaded packages make the layer larger, and nothing uses them again.",
    advice: "Give --no-cache-dir, set PIP_NO_CACHE_DIR=1, or mount a cache at /root/.cache/pip.",
    aliases: &["DL3042"],
    references: &["https://pip.pypa.io/en/stable/topics/caching/"],
    fails: &["FROM python:3.12\nRUN pip install flask==3.0.3"],
    passes: &[
        "FROM python:3.12\nRUN pip install --no-cache-dir flask==3.0.3",
        "FROM a:1\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x",
        "FROM a:1\nRUN --mount=type=cache,target=/root/.cache/pip pip install x",
        "FROM a:1\nRUN PIP_NO_CACHE_DIR=1 pip install x && pip install y && rm -rf ~/.cache/pip",
        "FROM a:1 AS base\nENV PIP_NO_CACHE_DIR=off\nFROM base\nRUN pip install x",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let Some(script) = &instruction.script else { continue };
        if !script.commands.iter().any(|command| PIP.installs(command).is_some()) {
            continue;
        }
        let is_cleaned = script.commands.iter().any(|command| {
            command.is(&["rm"]) && command.operands().any(|arg| arg.value.contains(".cache"))
                || PIP.does(command, &["cache"])
                || command.assignments.iter().any(|(name, _)| name == "PIP_NO_CACHE_DIR")
        });
        let is_cached = plan::mounts(instruction).iter().any(|mount| {
            mount.get("type") == Some(&"cache") || mount.get("type") == Some(&"tmpfs")
        });
        if is_cleaned || is_cached || plan.env_sets(instruction, "PIP_NO_CACHE_DIR") {
            continue;
        }
        for command in &script.commands {
            if PIP.installs(command).is_none() || command.has_option(&["no-cache-dir"]) {
                continue;
            }
            let hit = hits.command(instruction, command, "");
            let verb = command.args.iter().find(|arg| arg.value == "install");
            if let Some(verb) = verb.filter(|verb| plan.slice(verb.at, verb.end) == "install") {
                hit.edit(verb.end, verb.end, " --no-cache-dir");
            }
        }
    }
}
