//! `cd` instead of `WORKDIR`.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-cd-in-run",
    title: "RUN changes the folder with cd; WORKDIR does it for what follows, too",
    class: Class::Style,
    severity: Severity::Negligible,
    why: "The change ends with the RUN, which readers overlook; WORKDIR is seen and stays.",
    advice: "Use WORKDIR.",
    aliases: &["DL3003", "DS013", "AVD-DS-0013"],
    references: &["https://docs.docker.com/build/building/best-practices/#workdir"],
    fails: &["FROM debian:12\nRUN cd /app && make", "FROM a:1\nRUN cd /app"],
    passes: &[
        "FROM debian:12\nWORKDIR /app\nRUN make",
        "FROM a:1\nRUN echo 'cd /x'\nRUN (cd /x && make)",
        "FROM a:1\nRUN make && cd /tmp/x && make",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let Some(script) = &instruction.script else { continue };
        let found =
            script.commands.iter().position(|command| command.is(&["cd"]) && !command.is_nested);
        let Some(index) = found else { continue };
        let command = &script.commands[index];
        let only = script.commands.len() == 1;
        // Deep in a chain that changes folders as it goes, WORKDIR is no way to say the same.
        if index > 0 {
            continue;
        }
        let hit = hits.command(instruction, command, "");
        let [to] = command.args.as_slice() else { continue };
        if !to.is_literal || !to.value.starts_with('/') {
            continue;
        }
        if only {
            hit.corrected(format!("WORKDIR {}", to.value));
        }
        // Certain where nothing behind it in the stage depends on the folder that was before: WORKDIR stays.
        let Some((start, end)) = plan.range(instruction) else { continue };
        let next = script.commands.get(1);
        let is_chain =
            next.is_some_and(|next| next.join == Join::IfDone) && instruction.flags.is_empty();
        let has_workdir_next = plan.instructions.get(instruction.index + 1).is_some_and(|next| {
            matches!(next.keyword, Keyword::Workdir | Keyword::From)
                && (next.keyword == Keyword::From || workdir_relative::may_be_absolute(next.rest()))
        });
        if let (true, true, Some(next), false) =
            (is_chain, has_workdir_next, next, instruction.is_trigger)
        {
            let head = plan.slice(start, next.at);
            if !head.contains(['\n', '#', '<']) && next.at > command.at && next.at < end {
                hit.edit(start, next.at, format!("WORKDIR {}\n{} ", to.value, instruction.written));
                hit.corrected(format!("WORKDIR {}", to.value));
            }
        }
    }
}
