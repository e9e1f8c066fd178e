//! `CMD` and `ENTRYPOINT` in the shell form.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-cmd-shell-form",
    title: "CMD or ENTRYPOINT in the shell form",
    class: Class::Correctness,
    severity: Severity::Low,
    judges: Judges::Dockerfiles,
    why: "The shell form starts the program below `/bin/sh -c`: the program does not get the signal that stops the container, and is killed after ten seconds.",
    advice: "Use the JSON form.",
    aliases: &["DL3025", "JSONArgsRecommended"],
    references: &[
        BUILD_CHECKS,
        "https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
    ],
    fails: &[
        "FROM debian:12\nCMD nginx -g 'daemon off;'",
        "FROM a:1\nENTRYPOINT exec app",
        "FROM a:1\nCMD ['x']",
    ],
    passes: &[
        "FROM debian:12\nCMD [\"nginx\", \"-g\", \"daemon off;\"]",
        "FROM mcr.microsoft.com/windows/nanoserver:1\nCMD app.exe",
        "FROM a:1\nSHELL [\"/bin/bash\", \"-c\"]\nENTRYPOINT app",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Cmd, Keyword::Entrypoint]) {
        if instruction.is_json || instruction.words.is_empty() {
            continue;
        }
        // Who sets a shell chose it; Docker's own check holds its tongue then, too.
        if plan.shell_at(instruction.index).is_some() {
            continue;
        }
        let json = json_form(instruction);
        let hit = hits.on(instruction, format!("{} in the shell form", instruction.keyword.name()));
        let Some(json) = json else { continue };
        hit.corrected(format!("{} {json}", instruction.keyword.name()));
        if let (Some((start, end)), Some(script)) = (plan.range(instruction), &instruction.script) {
            // Certain only where one plain command stands on one line.
            let is_one_line = !plan.slice(start, end).contains('\n');
            if is_one_line && script.commands.len() == 1 && !instruction.is_trigger {
                let keyword = instruction.written.len();
                hit.edit(start + keyword, end, format!(" {json}"));
            }
        }
    }
}

/// The same in the JSON form, where the shell does nothing that would be lost.
fn json_form(instruction: &Instruction) -> Option<String> {
    let script = instruction.script.as_ref().filter(|script| script.outcome == Outcome::Read)?;
    let [command] = script.commands.as_slice() else { return None };
    let rest = instruction.rest();
    let is_plain = command.pipeline_length == 1
        && command.redirects.is_empty()
        && command.assignments.is_empty()
        && !command.is_nested
        && !outside_quotes(rest)
        && !command.name.contains('$');
    let wrappers: Vec<&str> = command.wrappers.iter().map(String::as_str).collect();
    let is_plain = is_plain && matches!(wrappers.as_slice(), [] | ["exec"]);
    // The shell's own commands are no programs; expansions and patterns need it.
    let builtin = [
        "cd", "source", ".", "eval", "export", "set", "ulimit", "umask", "if", "while", "for",
        "trap", "exec", "[", "test",
    ];
    let has_glob =
        command.args.iter().any(|arg| !arg.is_quoted && arg.raw.contains(['*', '?', '[', '{']));
    if !is_plain
        || has_glob
        || builtin.contains(&command.name.as_str())
        || command.args.iter().any(|arg| !arg.is_literal || arg.value.contains('$'))
    {
        return None;
    }
    if command.name.starts_with('[') || command.name.is_empty() {
        return None;
    }
    let words = std::iter::once(command.name.as_str())
        .chain(command.args.iter().map(|arg| arg.value.as_str()));
    let quoted: Vec<String> = words
        .map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    Some(format!("[{}]", quoted.join(", ")))
}

/// Whether something stands outside of quotes that only a shell understands.
fn outside_quotes(text: &str) -> bool {
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if matches!(
                c,
                ';' | '&' | '|' | '<' | '>' | '(' | ')' | '`' | '~' | '\n' | '#'
            ) =>
            {
                return true;
            }
            None => {}
        }
    }
    false
}
