//! Accounts with high numbers.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-useradd-log",
    title: "useradd with a high number writes a huge sparse file",
    class: Class::Size,
    severity: Severity::Low,
    why: "/var/log/faillog and lastlog have a record for every number below; builders that do not keep holes make gigabytes of them.",
    advice: "Give --no-log-init.",
    aliases: &["DL3046"],
    references: &["https://docs.docker.com/build/building/best-practices/#user"],
    fails: &["FROM debian:12\nRUN useradd -u 123456 app"],
    passes: &[
        "FROM debian:12\nRUN useradd --no-log-init -u 123456 app",
        "FROM a:1\nRUN useradd -l -u 123456 x && useradd -u 1000 y && useradd z",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        if !command.is(&["useradd"]) || command.has_option(&["l", "no-log-init"]) {
            continue;
        }
        let number = command.option_value(&["u", "uid"]).unwrap_or_default();
        if number.len() > 5 && number.bytes().all(|b| b.is_ascii_digit()) {
            let hit = hits.command(instruction, command, "");
            if plan.slice(command.at, command.name_end) == command.name {
                hit.edit(command.name_end, command.name_end, " --no-log-init");
            }
        }
    }
}
