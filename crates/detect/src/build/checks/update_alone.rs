//! Package lists fetched in a layer of their own.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-update-alone",
    title: "package lists are fetched in a RUN of their own",
    class: Class::Correctness,
    severity: Severity::Medium,
    why: "The layer is cached: later installs use lists from months ago, and get versions with known flaws or none at all.",
    advice: "Fetch the lists and install in one RUN.",
    aliases: &["DS017", "AVD-DS-0017", "CIS-DI-0007", "CIS 4.7"],
    references: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
    fails: &[
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl",
        "FROM a:1\nRUN apk update",
    ],
    passes: &[
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl",
        "FROM a:1\nRUN apt-get update && apt-get upgrade -y\nRUN apk update && apk add x",
        "FROM a:1\nRUN apt-get update && ./install.sh",
        "FROM a:1\nRUN --mount=type=cache,target=/var/lib/apt apt-get update",
        "FROM a:1\nRUN yum update -y",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let Some(script) =
            instruction.script.as_ref().filter(|script| script.outcome == Outcome::Read)
        else {
            continue;
        };
        let is_update = |command: &&Command| {
            // `yum update` and `zypper update` install.
            APT.does(command, &["update"]) || APK.does(command, &["update"])
        };
        let Some(command) = script.commands.iter().find(is_update) else { continue };
        let harmless = ["set", "echo", "rm", "export", "sleep", "sed", "true", "mkdir", "cat"];
        let alone = script
            .commands
            .iter()
            .all(|other| is_update(&other) || other.is(&harmless) || other.name.is_empty());
        if alone
            && !cached_target(instruction, "/var/lib/apt")
            && !cached_target(instruction, "/var/cache/apk")
        {
            hits.command(instruction, command, "");
        }
    }
}
