//! Commands that make no sense while an image is built.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-pointless-command",
    title: "a command that does nothing useful in a build",
    class: Class::Style,
    severity: Severity::Negligible,
    why: "A build has no services, no users at a terminal and no other machines; such commands are left over from another use.",
    advice: "Remove the command.",
    aliases: &["DL3001"],
    references: &[PRACTICES],
    fails: &[
        "FROM debian:12\nRUN top",
        "FROM a:1\nRUN service nginx start",
        "FROM a:1\nRUN apt-get update && mount /x",
    ],
    passes: &[
        "FROM debian:12\nRUN make",
        "FROM a:1\nRUN apt-get install -y vim",
        "FROM a:1\nRUN which free",
    ],
    run,
    ..Check::BASE
};

const POINTLESS: &[&str] = &[
    "ssh",
    "vim",
    "shutdown",
    "service",
    "ps",
    "free",
    "top",
    "kill",
    "mount",
    "ifconfig",
    "nano",
    "reboot",
    "systemctl",
];

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        // `systemctl enable` only writes links; `service --version` asks.
        if command.is(&["systemctl"])
            && !matches!(command.verb(), "start" | "restart" | "status" | "reload")
        {
            continue;
        }
        // Starting a database to fill it, then stopping it, within one RUN, is how that is done.
        if command.is(POINTLESS) && !command.has_option(&["version"]) {
            hits.command(
                instruction,
                command,
                format!("{} does nothing useful in a build", command.base_name()),
            );
        }
    }
}
