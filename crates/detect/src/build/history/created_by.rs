//! The forms that `created_by` has.

use plimsoll_model::HistoryEntry;

use crate::build::instruction::Keyword;

/// A tool that writes histories.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Builder {
    /// Docker's BuildKit.
    BuildKit,
    /// Docker before BuildKit, and what imitates it.
    Classic,
    /// Buildah and Podman.
    Buildah,
    /// Kaniko.
    Kaniko,
    /// Bazel's rules.
    Bazel,
    /// ko, for Go.
    Ko,
    /// Jib, for Java.
    Jib,
    /// Nix.
    Nix,
    /// apko and melange.
    Apko,
    /// Cloud Native Buildpacks.
    Buildpacks,
    /// `docker import`, `docker commit`, root file systems, anything else.
    Other,
}

/// An entry that is an instruction.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Parsed {
    pub(super) keyword: Keyword,
    pub(super) args: String,
    /// Build arguments and their values, which a builder writes into the entry of a `RUN`.
    pub(super) build_args: Vec<(String, String)>,
    /// It ran in no POSIX shell.
    pub(super) is_foreign: bool,
}

const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// Reads an entry.
pub(super) fn parse(entry: &HistoryEntry) -> (Builder, Option<Parsed>) {
    let text = entry.created_by.trim();
    let comment = entry.comment.as_deref().unwrap_or_default();
    if let Some(builder) = other_tool(text, comment) {
        return (builder, None);
    }
    let (text, is_buildkit) = match text.strip_suffix("# buildkit") {
        Some(text) => (text.trim_end(), true),
        None => (text, comment.starts_with("buildkit")),
    };
    let is_buildah =
        comment.starts_with("FROM ") || text.contains("#(nop)") && comment.contains("buildah");
    let is_kaniko = entry.author.as_deref() == Some("kaniko") || comment.contains("kaniko");
    let builder = match (is_buildkit, is_buildah, is_kaniko) {
        (true, _, _) => Builder::BuildKit,
        (_, true, _) => Builder::Buildah,
        (_, _, true) => Builder::Kaniko,
        _ => Builder::Classic,
    };
    let (build_args, rest) = build_args(text);
    if let Some((shell, code)) = behind_shell(rest) {
        return (builder, Some(shell_entry(shell, code, build_args)));
    }
    let (word, args) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let keyword = Keyword::of(word);
    let is_capital = word.bytes().all(|b| b.is_ascii_uppercase());
    if keyword != Keyword::Unknown && is_capital {
        if keyword == Keyword::Run {
            let (build_args, rest) = self::build_args(args.trim_start());
            if let Some((shell, code)) = behind_shell(rest) {
                return (builder, Some(shell_entry(shell, code, build_args)));
            }
            let parsed = Parsed { keyword, args: rest.to_owned(), build_args, is_foreign: false };
            return (builder, Some(parsed));
        }
        return (builder, Some(instruction(keyword, args)));
    }
    // A command that was committed: `/bin/bash`, `bash`; it says nothing of what was done in it.
    (Builder::Other, None)
}

fn shell_entry(shell: &str, code: &str, build_args: Vec<(String, String)>) -> Parsed {
    if let Some(nop) = code.trim_start().strip_prefix("#(nop)") {
        let nop = nop.trim_start();
        let (word, args) = nop.split_once(char::is_whitespace).unwrap_or((nop, ""));
        let keyword = Keyword::of(word);
        if keyword != Keyword::Unknown {
            return instruction(keyword, args);
        }
    }
    let is_foreign = !SHELLS.contains(&shell);
    Parsed { keyword: Keyword::Run, args: code.to_owned(), build_args, is_foreign }
}

/// `|2 A=1 B=2 …`: the arguments, and what follows them.
fn build_args(text: &str) -> (Vec<(String, String)>, &str) {
    let Some((count, rest)) = text.strip_prefix('|').and_then(|rest| rest.split_once(' ')) else {
        return (Vec::new(), text);
    };
    let Ok(count) = count.parse::<usize>() else { return (Vec::new(), text) };
    // Values are not quoted and may hold spaces: the shell behind them ends them.
    let end = shell_start(rest);
    let Some(end) = end else { return (Vec::new(), text) };
    let mut args: Vec<(String, String)> = Vec::new();
    for word in rest[..end].split(' ').filter(|word| !word.is_empty()) {
        match word.split_once('=') {
            Some((name, value)) if args.len() < count => {
                args.push((name.to_owned(), value.to_owned()))
            }
            _ => {
                if let Some((_, value)) = args.last_mut() {
                    value.push(' ');
                    value.push_str(word);
                }
            }
        }
    }
    (args, rest[end..].trim_start())
}

/// Where a shell's path begins behind build arguments.
fn shell_start(text: &str) -> Option<usize> {
    let mut at = 0;
    for word in text.split(' ') {
        let is_shell = word.starts_with('/') && behind_shell(&text[at..]).is_some()
            || matches!(word, "cmd" | "powershell" | "pwsh");
        if is_shell {
            return Some(at);
        }
        at += word.len() + 1;
    }
    None
}

/// `/bin/bash -o pipefail -c CODE`: the name of the shell, and its code.
fn behind_shell(text: &str) -> Option<(&str, &str)> {
    let (path, mut rest) = text.split_once(' ')?;
    let name = path.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
    if matches!(name, "cmd" | "powershell" | "pwsh") {
        let mut code = rest;
        while let Some((_, behind)) =
            code.split_once(' ').filter(|(option, _)| option.starts_with(['/', '-']))
        {
            code = behind;
        }
        let nop = rest.find("#(nop)").map_or(code, |at| &rest[at..]);
        return Some((name, nop));
    }
    if !SHELLS.contains(&name) {
        return None;
    }
    for _ in 0..16 {
        let (option, behind) = rest.trim_start().split_once(' ')?;
        rest = behind;
        let letters = option.strip_prefix(['-', '+']);
        match letters {
            Some(letters) if letters.ends_with('c') && option.starts_with('-') => {
                return Some((name, rest));
            }
            Some(letters) if letters.ends_with('o') => rest = rest.trim_start().split_once(' ')?.1,
            Some(_) => {}
            None => return None,
        }
    }
    None
}

/// Puts arguments as histories write them into the form of a Dockerfile.
fn instruction(keyword: Keyword, args: &str) -> Parsed {
    let args = args.trim();
    let args = match keyword {
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell | Keyword::Volume
            if args.starts_with('[') =>
        {
            json(&strings(args))
        }
        Keyword::Healthcheck if args.starts_with("&{") => healthcheck(args),
        Keyword::Expose => {
            let inner =
                args.trim_start_matches("map").trim_start_matches('[').trim_end_matches(']');
            inner
                .split_whitespace()
                .map(|port| port.trim_end_matches(":{}"))
                .collect::<Vec<_>>()
                .join(" ")
        }
        // `file:DIGEST in /x`: the names of the sources are not kept.
        Keyword::Add | Keyword::Copy => match args.split_once(" in ") {
            Some((sources, destination)) => {
                format!("{sources} {}", destination.trim())
            }
            None => args.to_owned(),
        },
        _ => args.to_owned(),
    };
    Parsed { keyword, args, build_args: Vec::new(), is_foreign: false }
}

fn json(strings: &[String]) -> String {
    let quoted: Vec<String> = strings
        .iter()
        .map(|string| {
            let escaped: String = string
                .chars()
                .flat_map(|c| match c {
                    '"' | '\\' => vec!['\\', c],
                    '\n' => vec!['\\', 'n'],
                    '\t' => vec!['\\', 't'],
                    c if u32::from(c) < 0x20 => vec![' '],
                    c => vec![c],
                })
                .collect();
            format!("\"{escaped}\"")
        })
        .collect();
    format!("[{}]", quoted.join(", "))
}

/// `["a" "b"]`, `["a","b"]`, `[a b]`: Go prints lists without commas, and some without quotes.
fn strings(text: &str) -> Vec<String> {
    let inner = text.trim_start_matches('[');
    let mut found = Vec::new();
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ']' => break,
            '"' => {
                let mut string = String::new();
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => match chars.next() {
                            Some('n') => string.push('\n'),
                            Some('t') => string.push('\t'),
                            Some(c) => string.push(c),
                            None => {}
                        },
                        c => string.push(c),
                    }
                }
                found.push(string);
            }
            c if c.is_whitespace() || c == ',' => {}
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !matches!(c, ']' | ','))
                {
                    word.push(c);
                }
                found.push(word);
            }
        }
    }
    found
}

/// `&{["CMD-SHELL" "curl …"] "30s" …}`
fn healthcheck(args: &str) -> String {
    let words = args.find('[').map(|at| strings(&args[at..])).unwrap_or_default();
    match words.split_first() {
        Some((kind, rest)) if kind == "CMD-SHELL" => format!("CMD {}", rest.join(" ")),
        Some((kind, rest)) if kind == "CMD" => format!("CMD {}", json(rest)),
        _ => "NONE".to_owned(),
    }
}

/// Tools that keep no instructions.
fn other_tool(text: &str, comment: &str) -> Option<Builder> {
    let lower = text.get(..64.min(text.len())).unwrap_or(text).to_ascii_lowercase();
    let found = if lower.starts_with("bazel")
        || lower.contains("rules_oci")
        || lower.contains("rules_docker")
    {
        Builder::Bazel
    } else if lower.starts_with("ko build") || lower.starts_with("ko publish") || lower == "ko" {
        Builder::Ko
    } else if lower.starts_with("jib") {
        Builder::Jib
    } else if comment.starts_with("store paths:")
        || lower.contains("nix-build")
        || lower.starts_with("nix")
    {
        Builder::Nix
    } else if lower.starts_with("apko") || lower.starts_with("melange") {
        Builder::Apko
    } else if lower.contains("buildpack")
        || lower.starts_with("application layer")
        || lower.starts_with("application launcher")
    {
        Builder::Buildpacks
    } else if text.is_empty() {
        Builder::Other
    } else {
        return None;
    };
    Some(found)
}
