//! `apt` in scripts.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-apt-in-run",
    title: "RUN uses apt, which is meant for people; scripts use apt-get",
    class: Class::Style,
    severity: Severity::Low,
    why: "apt warns itself that its command line is not stable: another version may ask, print or decide differently, and the build breaks or changes.",
    advice: "Use apt-get and apt-cache.",
    aliases: &["DL3027"],
    references: &["https://manpages.debian.org/stable/apt/apt.8.en.html"],
    fails: &["FROM debian:12\nRUN apt update && apt install -y curl"],
    passes: &[
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl",
        "FROM a:1\nRUN echo apt install",
        "FROM a:1\nRUN rm -rf /etc/apt && ls apt",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        if command.name != "apt" && command.name != "/usr/bin/apt" {
            continue;
        }
        let verb = command.verb();
        let tool = match verb {
            "search" | "show" | "policy" | "depends" | "rdepends" | "showsrc" => "apt-cache",
            _ => "apt-get",
        };
        let hit = hits.command(
            instruction,
            command,
            format!("`apt {verb}` is meant for people; scripts use {tool}"),
        );
        // What apt has and apt-get has not stays as it is.
        let has_same = matches!(
            verb,
            "update"
                | "install"
                | "remove"
                | "purge"
                | "upgrade"
                | "autoremove"
                | "autoclean"
                | "clean"
                | "source"
                | "build-dep"
                | "download"
                | "dist-upgrade"
                | "search"
                | "show"
                | "policy"
        );
        if has_same && plan.slice(command.at, command.name_end) == command.name {
            hit.edit(command.at, command.name_end, command.name.replace("apt", tool));
        }
    }
}
