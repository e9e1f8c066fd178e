//! Upgrades of the whole distribution.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-dist-upgrade",
    title: "RUN upgrades the whole distribution",
    class: Class::Pinning,
    severity: Severity::Low,
    why: "A dist-upgrade may remove packages and move to another release; what comes out differs from day to day.",
    advice: "Use a newer base image. For security updates alone, `apt-get upgrade` is enough.",
    aliases: &["DL3035", "DS024", "AVD-DS-0024", "DKL-DI-0003"],
    references: &[PRACTICES],
    fails: &[
        "FROM debian:12\nRUN apt-get update && apt-get dist-upgrade -y",
        "FROM a:1\nRUN zypper -n dup",
        "FROM a:1\nRUN apt full-upgrade -y",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get update && apt-get upgrade -y",
        "FROM a:1\nRUN zypper -n update\nRUN apk upgrade",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        if APT.does(command, &["dist-upgrade", "full-upgrade"]) {
            hits.command(instruction, command, "").aliases(&[
                "DS024",
                "AVD-DS-0024",
                "DKL-DI-0003",
            ]);
        } else if ZYPPER.does(command, &["dist-upgrade", "dup"]) {
            hits.command(instruction, command, "").aliases(&["DL3035", "DKL-DI-0003"]);
        }
    }
}
