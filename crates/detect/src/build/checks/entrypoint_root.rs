//! Entry points that become root again.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-entrypoint-root",
    title: "what the container starts makes itself root",
    class: Class::Security,
    severity: Severity::High,
    why: "The USER of the image then protects nothing: the application runs as root after all.",
    advice: "Start the application as the USER of the image.",
    aliases: &["CIS 4.1"],
    references: &["https://docs.docker.com/build/building/best-practices/#user"],
    fails: &[
        "FROM debian:12\nUSER app\nENTRYPOINT [\"sudo\", \"/app\"]",
        "FROM a:1\nCMD gosu root app",
        "FROM a:1\nENTRYPOINT [\"su-exec\", \"0:0\", \"app\"]",
        "FROM a:1\nCMD [\"sh\", \"-c\", \"su -c app\"]",
    ],
    passes: &[
        "FROM debian:12\nUSER app\nENTRYPOINT [\"/app\"]",
        "FROM a:1\nENTRYPOINT [\"gosu\", \"app\", \"/app\"]",
        "FROM a:1\nCMD su app -c /app\nENTRYPOINT [\"sudo\", \"-u\", \"app\", \"/app\"]",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let last = plan.last_stage();
    for instruction in plan.of(&[Keyword::Cmd, Keyword::Entrypoint]) {
        if instruction.stage != last {
            continue;
        }
        for command in instruction.script.iter().flat_map(|script| &script.commands) {
            if let Some(how) = becomes_root(command, instruction) {
                hits.command(
                    instruction,
                    command,
                    format!("{how} makes the application run as root"),
                );
                break;
            }
        }
    }
}

fn becomes_root(command: &Command, instruction: &Instruction) -> Option<&'static str> {
    let words: Vec<&str> = instruction
        .rest()
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']' | '\''))
        .filter(|w| !w.is_empty())
        .collect();
    let behind = |name: &str| {
        words
            .iter()
            .position(|word| word.rsplit('/').next() == Some(name))
            .and_then(|at| words.get(at + 1))
            .copied()
    };
    let wrapped = |name: &str| command.wrappers.iter().any(|wrapper| wrapper == name);
    if wrapped("sudo") || command.is(&["sudo"]) {
        let names_user =
            words.iter().any(|word| word.starts_with("-u") || word.starts_with("--user"));
        return (!names_user).then_some("sudo");
    }
    if wrapped("gosu") {
        return behind("gosu").is_some_and(user_root::is_root).then_some("gosu");
    }
    if wrapped("su-exec") {
        return behind("su-exec").is_some_and(user_root::is_root).then_some("su-exec");
    }
    if command.is(&["su"]) {
        let user = command
            .args
            .iter()
            .take_while(|arg| arg.value != "-c")
            .find(|arg| !arg.value.starts_with('-'));
        return user.is_none_or(|user| user_root::is_root(&user.value)).then_some("su");
    }
    None
}
