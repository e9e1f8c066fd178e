//! Pipes whose first part may fail unseen.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-pipe-without-pipefail",
    title: "a pipe hides that its first part failed",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "A shell looks at the last command of a pipe alone. When a download in front of it breaks off, the build goes on with half of it.",
    advice: "Put `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]` above, or `set -o pipefail` in front (on Alpine with /bin/ash).",
    aliases: &["DL4006", "DS032", "DS-0032"],
    references: &["https://docs.docker.com/build/building/best-practices/#using-pipes"],
    fails: &[
        "FROM debian:12\nRUN wget -O - https://example.com/x | tar x",
        "FROM a:1\nSHELL [\"/bin/bash\", \"-c\"]\nRUN a | b",
    ],
    passes: &[
        "FROM debian:12\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN wget -O - https://example.com/x | tar x",
        "FROM a:1\nRUN set -o pipefail && a | b",
        "FROM a:1\nRUN set -euxo pipefail; a | b",
        "FROM a:1\nRUN echo 'a | b'",
        "FROM a:1\nSHELL [\"pwsh\", \"-c\"]\nRUN a | b",
        "FROM a:1\nRUN echo hello | cat",
    ],
    run,
    ..Check::BASE
};

/// Programs that do not fail, whose pipes therefore hide nothing.
const SAFE: &[&str] = &["echo", "printf", "yes", "true", "cat", ":"];

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        if plan
            .shell_at(instruction.index)
            .is_some_and(|shell| shell.iter().any(|word| word == "pipefail"))
        {
            continue;
        }
        let Some(script) = &instruction.script else { continue };
        let sets = script.commands.iter().position(|command| {
            (command.is(&["set"]) || command.is(&["bash", "ash", "zsh"])) && command.has("pipefail")
        });
        let found = script.commands.iter().enumerate().find(|(index, command)| {
            command.pipeline_length > 1
                && command.stage + 1 < command.pipeline_length
                && !command.is(SAFE)
                && sets.is_none_or(|set| set > *index)
        });
        if let Some((_, command)) = found {
            hits.command(
                instruction,
                command,
                format!(
                    "the pipe hides it when {} fails",
                    if command.name.is_empty() { "its first part" } else { command.base_name() }
                ),
            );
        }
    }
}
