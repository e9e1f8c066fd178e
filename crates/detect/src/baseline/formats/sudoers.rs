//! The grammar of `sudoers(5)` as far as rules need it: user specifications with their tags, `Defaults`, includes.

use super::{
    MAX_ENTRIES, capped,
    words::{before_comment, lines},
};

/// A line that grants something or sets defaults.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// `who hosts = (as) TAG: command, …`; one for each command.
    Grant(Grant),
    /// One parameter of a `Defaults` line.
    Default { scope: String, text: String, line: u32 },
    /// `@include`, `#include`, `@includedir`, `#includedir`.
    Include { path: String, is_folder: bool, line: u32 },
}

/// Who may run what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Grant {
    pub(crate) who: String,
    pub(crate) without_password: bool,
    pub(crate) command: String,
    pub(crate) line: u32,
    pub(crate) text: String,
}

/// The lines of a file.
pub(crate) fn parse(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    // `#include` and `#uid` lines begin like comments.
    for (number, line) in lines(text, &[], true) {
        if let Some(rest) = line.strip_prefix(['@', '#'])
            && let Some(rest) = rest.strip_prefix("include")
        {
            let (is_folder, rest) = match rest.strip_prefix("dir") {
                Some(rest) => (true, rest),
                None => (false, rest),
            };
            if rest.starts_with(char::is_whitespace) {
                let path = super::words::unquote(rest).to_owned();
                out.push(Line::Include { path, is_folder, line: number });
                continue;
            }
        }
        if line.starts_with('#') && !line[1..].starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let line = before_comment(&line, &['#']);
        if let Some(rest) = line.strip_prefix("Defaults") {
            let (scope, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            for text in commas(rest) {
                out.push(Line::Default { scope: capped(scope).to_owned(), text, line: number });
            }
        } else if !["User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias"]
            .iter()
            .any(|alias| line.starts_with(alias))
            && let Some((left, right)) = line.split_once('=')
        {
            grants(left, right, line, number, &mut out);
        }
    }
    out
}

fn grants(left: &str, right: &str, line: &str, number: u32, out: &mut Vec<Line>) {
    let left = left.trim();
    let who = left.rsplit_once(char::is_whitespace).map_or(left, |(who, _)| who.trim());
    let mut without_password = false;
    for part in commas(right) {
        if out.len() > MAX_ENTRIES {
            return;
        }
        let mut command = part.as_str();
        if let Some(rest) = command.strip_prefix('(') {
            command = rest.split_once(')').map_or("", |(_, rest)| rest).trim();
        }
        // Tags hold for the commands after them too, until their opposite.
        while let Some((tag, rest)) = command.split_once(':') {
            match tag.trim() {
                "NOPASSWD" => without_password = true,
                "PASSWD" => without_password = false,
                tag if !tag.is_empty()
                    && tag.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => {}
                _ => break,
            }
            command = rest.trim();
        }
        out.push(Line::Grant(Grant {
            who: capped(who).to_owned(),
            without_password,
            command: command.to_owned(),
            line: number,
            text: capped(line).to_owned(),
        }));
    }
}

/// Parts between commas that are neither quoted nor escaped nor in parentheses.
fn commas(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0usize);
    for c in text.chars() {
        match c {
            _ if escaped => {}
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}
