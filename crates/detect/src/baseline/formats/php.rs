//! Assignments of PHP configuration files: `$cfg['a']['b'] = value;` and `define('A', value);`. Code that computes
//! values is not followed.

use super::{FormatError, LineIndex, MAX_ENTRIES, Settings};

/// What goes before the name of an assignment in a block: whether it takes place depends on code.
pub(crate) const CONDITIONAL: &str = "if.";

/// Names such as `cfg.Servers.AllowNoPassword`; parts that are variables are left out. Those of assignments inside
/// braces begin with [`CONDITIONAL`].
pub(crate) fn parse(text: &str) -> Result<Settings, FormatError> {
    let mut out = Settings::new();
    let clean = without_comments(text);
    let lines = LineIndex::new(&clean);
    for (start, statement, depth) in statements(&clean) {
        let condition = if depth > 0 { CONDITIONAL } else { "" };
        let line = lines.line(start + statement.len() - statement.trim_start().len());
        let statement = statement.trim();
        if let Some(rest) = statement.strip_prefix("define") {
            let inner = rest.trim().trim_start_matches('(').trim_end_matches(')');
            if let Some((name, value)) = inner.split_once(',') {
                out.push((format!("{condition}{}", bare(name)), bare(value), line));
            }
        } else if let Some((left, value)) =
            statement.split_once('=').filter(|_| statement.starts_with('$'))
        {
            let parts = left.trim().trim_start_matches('$').split('[');
            let parts = parts.map(|part| part.trim().trim_end_matches(']'));
            let name = parts.filter(|part| !part.starts_with('$')).map(bare).collect::<Vec<_>>();
            out.push((format!("{condition}{}", name.join(".")), bare(value), line));
        }
        if out.len() > MAX_ENTRIES {
            return Err(FormatError(format!("more than {MAX_ENTRIES} settings in one file")));
        }
    }
    Ok(out)
}

fn bare(text: &str) -> String {
    super::words::unquote(text.trim()).to_owned()
}

/// Comments become blanks, so that offsets and lines stay.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        if quote.is_none() {
            let end = if rest.starts_with("//") || rest.starts_with('#') {
                Some(rest.find('\n').unwrap_or(rest.len()))
            } else if rest.starts_with("/*") {
                Some(rest.find("*/").map_or(rest.len(), |at| at + 2))
            } else {
                None
            };
            if let Some(end) = end {
                out.extend(rest[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
                rest = &rest[end..];
                continue;
            }
        }
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
        if c == '\\' && quote.is_some() {
            let next = rest.chars().next();
            out.extend(next);
            rest = &rest[next.map_or(0, char::len_utf8)..];
        }
    }
    out
}

fn statements(text: &str) -> Vec<(usize, &str, usize)> {
    let mut out = Vec::new();
    let (mut start, mut quote, mut escaped, mut depth) = (0, None, false, 0usize);
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) => {
                if c == open && !escaped {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
            }
            None => match c {
                '"' | '\'' => quote = Some(c),
                ';' | '{' | '}' => {
                    out.push((start, &text[start..at], depth));
                    depth = match c {
                        '{' => depth + 1,
                        '}' => depth.saturating_sub(1),
                        _ => depth,
                    };
                    start = at + 1;
                }
                // The opening tag is no part of the first statement.
                '\n' if at - start < 64 && text[start..at].trim() == "<?php" => start = at,
                _ => {}
            },
        }
    }
    out.push((start, &text[start..], depth));
    out
}
