//! Packages that nobody asked for.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-recommends",
    title: "apt-get installs recommended packages, too",
    class: Class::Size,
    severity: Severity::Low,
    why: "Each package that is not needed makes the image larger and brings flaws of its own.",
    advice: "Give --no-install-recommends, and name what is needed of them.",
    aliases: &["DL3015", "DS029", "AVD-DS-0029"],
    references: &[PRACTICES],
    fails: &["FROM debian:12\nRUN apt-get update && apt-get install -y curl"],
    passes: &[
        "FROM debian:12\nRUN apt-get install -y --no-install-recommends curl",
        "FROM a:1\nRUN apt-get install -y -o APT::Install-Recommends=false curl",
        "FROM a:1\nRUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/x && apt-get install -y curl",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        // A configuration that switches it off may be written in the same RUN.
        let lower = instruction.args.as_str().to_ascii_lowercase();
        if lower.contains("apt::install-recommends") {
            continue;
        }
        for command in instruction.script.iter().flat_map(|script| &script.commands) {
            let is_apt =
                command.is(&["apt-get", "apt", "aptitude"]) && APT.installs(command).is_some();
            if !is_apt || command.has_option(&["no-install-recommends", "R", "without-recommends"])
            {
                continue;
            }
            let hit = hits.command(instruction, command, "");
            let verb = command.operands().find(|arg| arg.value == "install");
            if let Some(verb) = verb.filter(|verb| plan.slice(verb.at, verb.end) == "install") {
                hit.edit(verb.end, verb.end, " --no-install-recommends");
            }
        }
    }
}
