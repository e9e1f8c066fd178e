//! Shell code of instructions as a flat list of commands. A real shell grammar (`brush-parser`) reads it, so that checks
//! never take a word in a string or in a comment for a command.
//!
//! The grammar descends recursively and is fed hostile text: what nests deeply is read on a thread with a large stack,
//! what nests absurdly or is overlong is not read at all (the grammar needs exponential time for some nestings), and a
//! panic of the grammar costs that script. Each of these is said ([`Outcome::Unreadable`]), never taken for code without commands.

mod command;
mod flatten;
mod words;

pub use command::{Argument, Command, Join, Redirect};

use super::{
    instruction::{Instruction, Keyword},
    source::Text,
};

/// Longest script that is read.
pub const MAX_SCRIPT: usize = 64 << 10;

/// Most commands of one script.
pub const MAX_COMMANDS: usize = 10_000;

/// Most things that may nest (brackets, `if`, `case` …), counted without looking at what closes them.
pub const MAX_NESTING: usize = 1_000;

/// Above this many the grammar gets a thread of its own.
const DEEP: usize = 40;

/// Stack of that thread: at [`MAX_NESTING`] a debug build needs less than half of it.
const STACK: usize = 256 << 20;

/// How deeply scripts in strings (`sh -c '…'`, `$(…)`) are followed.
const MAX_LEVELS: usize = 6;

/// Whether a script could be read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Outcome {
    /// It could.
    #[default]
    Read,
    /// It is no POSIX shell's: PowerShell, `cmd`, or a here-document for another interpreter.
    OtherLanguage,
    /// It could not; no check can decide on it.
    Unreadable(String),
}

/// What an instruction runs.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Its commands in their order, those in substitutions and nested shells included.
    pub commands: Vec<Command>,
    /// Whether all of it was understood.
    pub outcome: Outcome,
}

/// Names of shells whose `-c` argument is read.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// What an instruction runs; `from` is where the command line begins in its arguments.
pub(super) fn of_instruction(instruction: &Instruction, from: usize) -> Option<Script> {
    use Keyword::{Cmd, Entrypoint, Healthcheck, Run};
    if !matches!(instruction.keyword, Run | Cmd | Entrypoint | Healthcheck) {
        return None;
    }
    if instruction.is_json {
        let words = &instruction.words;
        let words = if instruction.keyword == Healthcheck { words.get(1..)? } else { words };
        return Some(of_words(words));
    }
    let args = &instruction.args;
    let line = args.as_str().get(from..).unwrap_or_default();
    if instruction.keyword == Healthcheck && line.trim().eq_ignore_ascii_case("none") {
        return None;
    }
    let mut script = Script::default();
    let only_heredocs = !instruction.heredocs.is_empty()
        && line
            .split_whitespace()
            .all(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with("<<"));
    if only_heredocs {
        // BuildKit runs the first one; the others are its further descriptors.
        if let Some(first) = instruction.heredocs.first() {
            interpret(&first.body, &mut script, 0);
        }
        return Some(script);
    }
    let mut text = args.slice(from, args.as_str().len());
    for heredoc in &instruction.heredocs {
        let end = text.source(text.as_str().len());
        text.push("\n", end);
        append(&mut text, &heredoc.body);
        text.push(&format!("{}\n", heredoc.name), end);
    }
    read(&text, &mut script, 0);
    for heredoc in &instruction.heredocs {
        let is_fed = script.commands.iter().any(|command| {
            SHELLS.contains(&command.base_name()) && command.operands().next().is_none()
        });
        if is_fed {
            interpret(&heredoc.body, &mut script, 1);
        }
    }
    Some(script)
}

/// Appends a text with its places.
fn append(text: &mut Text, tail: &Text) {
    // Line by line, as it was put together: removed tabs make the places jump.
    let mut at = 0;
    for line in tail.as_str().split_inclusive('\n') {
        text.push(line, tail.source(at));
        at += line.len();
    }
}

/// A script that may name its interpreter.
fn interpret(body: &Text, script: &mut Script, level: usize) {
    if let Some(first) = body.as_str().strip_prefix("#!") {
        let line = first.lines().next().unwrap_or_default();
        let is_shell = line
            .split_whitespace()
            .map(|word| word.rsplit('/').next().unwrap_or(word))
            .any(|name| SHELLS.contains(&name));
        if !is_shell {
            script.outcome = Outcome::OtherLanguage;
            return;
        }
    }
    read(body, script, level);
}

/// The exec form: one command, or the argument of a shell.
fn of_words(words: &[super::instruction::Word]) -> Script {
    let mut script = Script::default();
    let Some((name, args)) = words.split_first() else { return script };
    let args = args
        .iter()
        .map(|word| Argument {
            value: word.value.clone(),
            raw: word.value.clone(),
            at: word.at,
            end: word.end,
            is_literal: true,
            is_quoted: true,
        })
        .collect();
    let command = Command::new(name.value.clone(), args, name.at, name.end);
    add(command, &mut script, 0, None);
    script
}

/// Adds a command, unwrapped, and what it makes a shell run.
fn add(mut command: Command, script: &mut Script, level: usize, source: Option<&Text>) {
    command.unwrap();
    let nested = command.shell_code().cloned();
    if script.commands.len() < MAX_COMMANDS {
        script.commands.push(command);
    } else {
        script.outcome = Outcome::Unreadable(format!("more than {MAX_COMMANDS} commands"));
    }
    let (Some(code), true) = (nested, level < MAX_LEVELS) else { return };
    // Places inside are right as long as the quoted code holds no escapes.
    let at = code.at + usize::from(code.is_quoted && source.is_some());
    let mut text = Text::default();
    text.push(&code.value, at);
    read(&text, script, level + 1);
}

/// Reads shell code and adds its commands.
fn read(text: &Text, script: &mut Script, level: usize) {
    let code = text.as_str();
    if code.len() > MAX_SCRIPT {
        script.outcome =
            Outcome::Unreadable(format!("shell code over the limit of {MAX_SCRIPT} bytes"));
        return;
    }
    let nesting = nesting(code);
    if nesting > MAX_NESTING {
        script.outcome =
            Outcome::Unreadable(format!("shell code with more than {MAX_NESTING} nested parts"));
        return;
    }
    let found = if nesting > DEEP {
        let owned = code.to_owned();
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || flatten::commands(&owned))
            .map_or_else(
                |_| Err("no thread for deeply nested shell code".to_owned()),
                |thread| thread.join().unwrap_or_else(|_| Err(PANICKED.to_owned())),
            )
    } else {
        std::panic::catch_unwind(|| flatten::commands(code))
            .unwrap_or_else(|_| Err(PANICKED.to_owned()))
    };
    let found = match found {
        Ok(found) => found,
        Err(message) => {
            script.outcome = Outcome::Unreadable(message);
            return;
        }
    };
    let first_pipeline =
        script.commands.iter().map(|command| command.pipeline + 1).max().unwrap_or(0);
    for mut command in found.commands {
        command.pipeline += first_pipeline;
        command.is_nested |= level > 0;
        command.relocate(text);
        add(command, script, level, Some(text));
    }
    for (offset, code) in found.substitutions {
        if level < MAX_LEVELS {
            let mut inner = Text::default();
            inner.push(&code, text.source(offset));
            read(&inner, script, level + 1);
        } else {
            script.outcome =
                Outcome::Unreadable(format!("shell code nested more than {MAX_LEVELS} times"));
        }
    }
}

const PANICKED: &str = "the shell grammar failed on it";

/// An upper bound of how deeply the grammar can descend.
fn nesting(code: &str) -> usize {
    let brackets = code.bytes().filter(|b| matches!(b, b'(' | b'{' | b'`')).count();
    let words = code.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')'));
    let keywords = words
        .filter(|word| {
            matches!(
                *word,
                "if" | "elif"
                    | "case"
                    | "while"
                    | "until"
                    | "for"
                    | "select"
                    | "[["
                    | "!"
                    | "time"
                    | "coproc"
                    | "function"
            )
        })
        .count();
    brackets + keywords
}

#[cfg(test)]
mod tests;
