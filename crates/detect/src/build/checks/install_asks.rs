//! Package managers that would ask.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-install-asks",
    title: "a package manager waits for an answer that nobody gives",
    class: Class::Correctness,
    severity: Severity::Medium,
    why: "Nobody answers in a build: the question is taken as refused, and the build fails or goes on without the packages.",
    advice: "Give the option that answers.",
    aliases: &["DL3014", "DL3030", "DL3034", "DL3038", "DS021", "AVD-DS-0021"],
    references: &[PRACTICES],
    fails: &[
        "FROM debian:12\nRUN apt-get install curl",
        "FROM fedora:40\nRUN dnf install curl",
        "FROM centos:7\nRUN yum -q install curl",
        "FROM opensuse/leap:15.6\nRUN zypper install curl",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get install -y curl",
        "FROM a:1\nRUN apt-get -qq install x\nRUN apt-get install --yes x\nRUN yes | apt-get install x\nRUN apt-get -o APT::Get::Assume-Yes=true install x",
        "FROM a:1\nRUN dnf install -y x && yum -y install x\nRUN zypper -n install x\nRUN zypper install -y x\nRUN dnf install --assumeyes x",
        "FROM a:1\nRUN apt-get install -qqy x\nRUN apt-get -q -q install x\nRUN apt-get install -q=2 x",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        // Something in front of it in the pipe answers.
        if command.stage > 0 {
            continue;
        }
        let quiet =
            command.options().filter(|arg| matches!(arg.value.as_str(), "-q" | "--quiet")).count();
        let (manager, option, aliases): (_, _, &'static [&'static str]) =
            if APT.installs(command).is_some() && command.is(&["apt-get", "apt", "aptitude"]) {
                let assumed = command
                    .args
                    .iter()
                    .any(|arg| arg.value.to_ascii_lowercase().contains("assume-yes"));
                let answers = command.has_option(&["y", "yes", "assume-yes", "qq", "qqq"])
                    || quiet > 1
                    || command.has("-q=2")
                    || assumed
                    || command.options().any(|arg| arg.value.contains("qq"));
                if answers {
                    continue;
                }
                ("apt-get", "-y", &["DL3014", "DS021", "AVD-DS-0021"])
            } else if YUM.installs(command).is_some() {
                if command.has_option(&["y", "assumeyes"]) {
                    continue;
                }
                ("yum", "-y", &["DL3030"])
            } else if DNF.installs(command).is_some() {
                if command.has_option(&["y", "assumeyes"]) {
                    continue;
                }
                ("dnf", "-y", &["DL3038"])
            } else if ZYPPER.installs(command).is_some() {
                if command.has_option(&["n", "y", "non-interactive", "no-confirm"]) {
                    continue;
                }
                ("zypper", "-n", &["DL3034"])
            } else {
                continue;
            };
        let hit = hits.command(
            instruction,
            command,
            format!("{manager} waits for an answer; {option} gives it"),
        );
        hit.aliases(aliases);
        let Some(verb) = command.operands().find(|arg| {
            matches!(
                arg.value.as_str(),
                "install" | "in" | "reinstall" | "localinstall" | "groupinstall"
            )
        }) else {
            continue;
        };
        if plan.slice(verb.at, verb.end) == verb.value {
            if option == "-n" {
                hit.edit(command.name_end, command.name_end, " -n");
            } else {
                hit.edit(verb.end, verb.end, format!(" {option}"));
            }
        }
    }
}
