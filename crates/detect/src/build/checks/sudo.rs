//! `sudo` in a build.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-sudo",
    title: "RUN uses sudo",
    class: Class::Security,
    severity: Severity::Medium,
    why: "A build is root already, or switches with USER. With sudo in the image, and allowed without a password, every process of the container can become root.",
    advice: "Do it while USER is root, and leave sudo out of the image.",
    aliases: &["DL3004", "DS010", "AVD-DS-0010", "DKL-DI-0001"],
    references: &["https://docs.docker.com/build/building/best-practices/#user"],
    fails: &["FROM debian:12\nRUN sudo apt-get update", "FROM a:1\nRUN make && sudo make install"],
    passes: &[
        "FROM debian:12\nUSER root\nRUN apt-get update\nUSER app",
        "FROM a:1\nRUN apt-get install -y sudo",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let commands = instruction.script.iter().flat_map(|script| &script.commands);
        if let Some(command) =
            commands.into_iter().find(|c| c.is(&["sudo"]) || c.wrappers.iter().any(|w| w == "sudo"))
        {
            hits.command(instruction, command, "");
        }
    }
}
