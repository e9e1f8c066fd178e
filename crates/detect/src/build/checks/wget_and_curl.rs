//! Two programs for one task.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-wget-and-curl",
    title: "both wget and curl are used; one is enough",
    class: Class::Size,
    severity: Severity::Negligible,
    why: "Each brings its libraries and their flaws.",
    advice: "Use one of them.",
    aliases: &["DL4001", "DS014", "AVD-DS-0014"],
    references: &[PRACTICES],
    fails: &["FROM debian:12\nRUN curl -o a https://x\nRUN wget -q https://y"],
    passes: &[
        "FROM debian:12\nRUN curl -o a https://x\nRUN curl -o b https://y",
        "FROM a:1\nRUN curl x\nFROM b:1\nRUN wget y",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for stage in 0..plan.stages.len() {
        let commands: Vec<(&Instruction, &Command)> =
            plan.commands().filter(|(instruction, _)| instruction.stage == Some(stage)).collect();
        let first = |name: &str| commands.iter().position(|(_, command)| command.is(&[name]));
        if let (Some(wget), Some(curl)) = (first("wget"), first("curl")) {
            let (instruction, command) = commands[wget.max(curl)];
            hits.command(instruction, command, "");
        }
    }
}
