//! Files that everybody may change.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-world-writable",
    title: "everybody may write what chmod opens",
    class: Class::Security,
    severity: Severity::Medium,
    why: "Any process of the container can replace programs and settings, also one that was taken over.",
    advice: "Give the files to the user that needs them (`chown`, `COPY --chown`), and use 755 and 644.",
    aliases: &[],
    references: &["https://cwe.mitre.org/data/definitions/732.html"],
    fails: &[
        "FROM debian:12\nRUN chmod -R 777 /app",
        "FROM a:1\nCOPY --chmod=777 a /a",
        "FROM a:1\nRUN chmod a+rwx /x && chmod o+w /y",
        "FROM a:1\nRUN chmod 0666 /x",
    ],
    passes: &[
        "FROM debian:12\nRUN chmod -R 755 /app",
        "FROM a:1\nRUN chmod 1777 /tmp && chmod g+w /x && chmod u+rw,o-w /y && chmod +x z\nCOPY --chmod=0644 a /a",
    ],
    run,
    ..Check::BASE
};

/// Whether a mode lets everybody write, without the sticky bit that makes that harmless for folders.
fn opens(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_digit()) {
        let Ok(bits) = u32::from_str_radix(mode, 8) else { return false };
        return bits & 0o002 != 0 && bits & 0o1000 == 0;
    }
    mode.split(',').any(|part| {
        let Some(at) = part.find(['+', '=']) else { return false };
        let (who, what) = part.split_at(at);
        (who.contains('o') || who.contains('a')) && what.contains('w') && !what.contains('t')
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
            .filter(|arg| opens(&arg.value))
        {
            hits.at(instruction, mode.at, format!("chmod {} lets everybody write", mode.value));
        }
    }
    for instruction in plan.of(&[Keyword::Copy, Keyword::Add]) {
        if let Some(flag) =
            instruction.flag("chmod").filter(|flag| flag.value.as_deref().is_some_and(opens))
        {
            hits.at(
                instruction,
                flag.at,
                format!(
                    "--chmod={} lets everybody write",
                    flag.value.as_deref().unwrap_or_default()
                ),
            );
        }
    }
}
