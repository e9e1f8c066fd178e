//! Accounts without a password, or with a published one.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-account-password",
    title: "an account gets a published password, or none",
    class: Class::Secrets,
    severity: Severity::High,
    why: "Everybody who can read the history of the image knows it.",
    advice: "Lock the account (`passwd -l`); containers need no passwords.",
    aliases: &["DKL-LI-0001", "CIS-DI-0010"],
    references: &["https://cwe.mitre.org/data/definitions/798.html"],
    fails: &[
        "FROM debian:12\nRUN echo 'root:hunter22' | chpasswd",
        "FROM a:1\nRUN passwd -d root",
        "FROM a:1\nRUN useradd -p hunter22 x",
        "FROM a:1\nRUN echo hunter22 | passwd --stdin x",
    ],
    passes: &[
        "FROM debian:12\nRUN passwd -l root",
        "FROM a:1\nRUN echo \"root:$P\" | chpasswd && useradd -m x && useradd -p '*' y && usermod -p '!' z",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let commands = instruction
            .script
            .as_ref()
            .map(|script| script.commands.as_slice())
            .unwrap_or_default();
        for command in commands {
            let before = || {
                commands.iter().find(|other| {
                    other.pipeline == command.pipeline
                        && other.pipeline_length > 1
                        && other.stage + 1 == command.stage
                        && other.is(&["echo", "printf"])
                })
            };
            let (what, secret) = if command.is(&["passwd"]) && command.has_option(&["d", "delete"])
            {
                ("gets no password", None)
            } else if command.is(&["useradd", "usermod", "adduser"]) {
                let Some(given) = command.option_value(&["p", "password"]) else { continue };
                let is_lock = given.is_empty() && command.is(&["adduser"])
                    || given.starts_with(['*', '!', '$'])
                    || given.contains('`');
                if is_lock {
                    continue;
                }
                ("gets a published password", Some(given.to_owned()))
            } else if command.is(&["chpasswd"])
                || (command.is(&["passwd"]) && command.has_option(&["stdin"]))
            {
                let Some(text) = before()
                    .and_then(|echo| echo.args.last())
                    .filter(|arg| arg.is_literal && !arg.value.contains('$'))
                else {
                    continue;
                };
                let given = text
                    .value
                    .rsplit(':')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches("\\n")
                    .to_owned();
                ("gets a published password", Some(given))
            } else {
                continue;
            };
            let hit = hits.command(
                instruction,
                command,
                format!("an account {what} by {}", command.base_name()),
            );
            if let Some(secret) = secret {
                hit.hide(&secret);
            }
        }
    }
}
