//! `/bin/sh` replaced by a link.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-shell-link",
    title: "RUN replaces /bin/sh; SHELL says which shell is meant",
    class: Class::Correctness,
    severity: Severity::Low,
    why: "Packages and scripts of the distribution rely on their own /bin/sh.",
    advice: "Write `SHELL [\"/bin/bash\", \"-c\"]`.",
    aliases: &["DL4005"],
    references: &["https://docs.docker.com/reference/dockerfile/#shell"],
    fails: &[
        "FROM debian:12\nRUN ln -sf /bin/bash /bin/sh",
        "FROM a:1\nRUN rm /bin/sh && ln -s /bin/bash /bin/sh",
    ],
    passes: &["FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]", "FROM a:1\nRUN ln -s /a /b"],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        if command.is(&["ln"]) && command.has("/bin/sh") {
            hits.command(instruction, command, "");
        }
    }
}
