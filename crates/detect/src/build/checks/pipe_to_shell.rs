//! Downloads that run unseen.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-pipe-to-shell",
    title: "a download is run without being looked at",
    class: Class::Verification,
    severity: Severity::Medium,
    why: "Whoever controls the server decides what runs in the build, each time anew; a download that breaks off runs half.",
    advice: "Download to a file, compare its checksum, then run it; or install from a package.",
    aliases: &["CIS 4.11"],
    references: &["https://cwe.mitre.org/data/definitions/494.html"],
    fails: &[
        "FROM debian:12\nRUN curl -fsSL https://example.com/install.sh | sh",
        "FROM a:1\nRUN wget -qO- https://x | sudo -E bash -s -- -y",
        "FROM a:1\nRUN bash -c \"$(curl -fsSL https://x)\"",
        "FROM a:1\nRUN curl https://x | python3 -",
        "FROM a:1\nRUN bash <(curl -s https://x)",
    ],
    passes: &[
        "FROM debian:12\nRUN curl -fsSLo i.sh https://example.com/install.sh && echo '0123  i.sh' | sha256sum -c && sh i.sh",
        "FROM a:1\nRUN curl https://x | tar xz",
        "FROM a:1\nRUN echo 'curl x | sh'",
        "FROM a:1\nRUN curl https://x | python3 -c 'import sys, json; print(json.load(sys.stdin))'",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let Some(script) = &instruction.script else { continue };
        let fetches = |command: &Command| command.is(&["curl", "wget", "fetch", "aria2c"]);
        let found = script.commands.iter().find(|command| {
            if !interprets(command) {
                return false;
            }
            let piped = command.stage > 0
                && reads_input(command)
                && script.commands.iter().any(|other| {
                    other.pipeline == command.pipeline
                        && other.pipeline_length > 1
                        && other.stage < command.stage
                        && fetches(other)
                });
            let substituted = command.args.iter().any(|arg| {
                !arg.is_literal
                    && (arg.value.contains("$(curl ")
                        || arg.value.contains("$(wget ")
                        || arg.value.contains("`curl ")
                        || arg.value.contains("`wget "))
            }) && command
                .args
                .iter()
                .any(|arg| arg.value == "-c" || arg.value == "-ec" || arg.value == "-lc");
            piped || substituted
        });
        if let Some(command) = found {
            let plain = instruction.args.as_str().contains("http://");
            let hit = hits.command(
                instruction,
                command,
                format!("{} runs a download without looking at it", command.base_name()),
            );
            if plain {
                hit.severity(Severity::High);
            }
            continue;
        }
        // `bash <(curl …)`: the substitution is a command of its own behind the shell.
        let direct = instruction.args.as_str();
        if (direct.contains("<(curl") || direct.contains("<(wget"))
            && let Some(command) = script
                .commands
                .iter()
                .find(|command| interprets(command) || command.is(&["source", "."]))
        {
            hits.command(
                instruction,
                command,
                format!("{} runs a download without looking at it", command.base_name()),
            );
        }
    }
}

fn interprets(command: &Command) -> bool {
    let name = command.base_name();
    command.is(&["sh", "bash", "ash", "dash", "zsh", "ksh", "perl", "ruby", "node", "php"])
        || name.starts_with("python")
}

/// Whether it takes its program from the pipe: no file and no `-c` or `-e` of its own.
fn reads_input(command: &Command) -> bool {
    let mut args = command.args.iter();
    match args.find(|arg| {
        !arg.value.starts_with('-')
            || matches!(
                arg.value.as_str(),
                "-" | "-s" | "-c" | "-e" | "-m" | "-n" | "-p" | "-ne" | "-pe" | "-r" | "--"
            )
    }) {
        None => true,
        Some(arg) => matches!(arg.value.as_str(), "-" | "-s" | "--") || arg.value == "/dev/stdin",
    }
}
