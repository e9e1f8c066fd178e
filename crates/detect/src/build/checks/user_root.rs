//! The last `USER` is root.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-user-root",
    title: "the last USER is root: the application runs as root",
    class: Class::Security,
    severity: Severity::High,
    why: "Somebody chose root for what runs in the end. Whoever takes over the application is root in the container, and one flaw of the kernel or the runtime away from root on the node.",
    advice: "Switch to another user behind what needs root.",
    aliases: &["DL3002", "DS002", "AVD-DS-0002", "CIS-DI-0001", "CIS 4.1"],
    references: &["https://docs.docker.com/build/building/best-practices/#user"],
    fails: &[
        "FROM debian:12\nUSER root\nRUN x",
        "FROM a:1\nUSER 0:0",
        "FROM a:1\nARG U=root\nUSER $U",
        "FROM a:1 AS b\nUSER root\nFROM b\nCMD [\"x\"]",
    ],
    passes: &[
        "FROM debian:12\nUSER root\nRUN x\nUSER 10001",
        "FROM a:1 AS b\nUSER root\nFROM c:1\nUSER x",
        "FROM a:1\nUSER $UNKNOWN",
    ],
    run,
    ..Check::BASE
};

/// Whether a user, as `USER` and the configuration write it, is root.
pub(super) fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or(user).trim().trim_matches(['"', '\'']);
    name.eq_ignore_ascii_case("root") || (!name.is_empty() && name.bytes().all(|b| b == b'0'))
}

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    if let Some(config) = plan.config {
        if is_root(&config.user) {
            match plan.of(&[Keyword::User]).last() {
                Some(instruction) => hits.on(instruction, ""),
                None => hits.whole("the user of the image is root: the application runs as root"),
            };
        }
        return;
    }
    let Some(instruction) = plan.last_stage().and_then(|last| plan.last_in(last, Keyword::User))
    else {
        return;
    };
    let written = instruction.rest();
    let user = variables::expand(written, &plan.variables_at(instruction.index));
    if user.as_deref().is_some_and(is_root) {
        let at = instruction.words.first().map_or(instruction.start(), |word| word.at);
        hits.at(instruction, at, "");
    }
}
