//! Programs that become root.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-setuid",
    title: "a program is made to run with its owner's rights",
    class: Class::Security,
    severity: Severity::Medium,
    why: "A setuid program of root is the usual way from a user back to root.",
    advice: "Remove the bit; give the one capability that is needed (`setcap`), or start as that user.",
    aliases: &["CIS-DI-0008", "CIS 4.8"],
    references: &["https://cwe.mitre.org/data/definitions/250.html"],
    fails: &[
        "FROM debian:12\nRUN chmod u+s /app/helper",
        "FROM a:1\nRUN chmod 4755 /x",
        "FROM a:1\nCOPY --chmod=6755 x /x",
    ],
    passes: &[
        "FROM debian:12\nRUN chmod 755 /app/helper",
        "FROM a:1\nRUN chmod u-s /x && chmod 1777 /tmp && chmod 0755 /y && find / -perm /6000 -exec chmod a-s {} +",
        "FROM a:1\nRUN chmod g+s /shared/",
    ],
    run,
    ..Check::BASE
};

fn sets(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_digit()) {
        return u32::from_str_radix(mode, 8).is_ok_and(|bits| bits & 0o4000 != 0);
    }
    mode.split(',').any(|part| {
        let Some(at) = part.find(['+', '=']) else { return false };
        let (who, what) = part.split_at(at);
        what.contains('s') && (who.is_empty() || who.contains('u') || who.contains('a'))
    })
}

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for (instruction, command) in plan.commands() {
        if !command.is(&["chmod"]) {
            continue;
        }
        if let Some(mode) = command
            .args
            .iter()
            .find(|arg| !arg.value.starts_with('-'))
            .filter(|arg| sets(&arg.value))
        {
            hits.at(instruction, mode.at, format!("chmod {} makes a setuid program", mode.value));
        }
    }
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        if let Some(flag) =
            instruction.flag("chmod").filter(|flag| flag.value.as_deref().is_some_and(sets))
        {
            hits.at(
                instruction,
                flag.at,
                format!(
                    "--chmod={} makes a setuid program",
                    flag.value.as_deref().unwrap_or_default()
                ),
            );
        }
    }
}
