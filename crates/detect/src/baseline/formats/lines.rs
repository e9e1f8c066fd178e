//! Formats of one setting a line: `sshd_config`, `redis.conf`, `postgresql.conf`, Python assignments.

use super::{
    Settings,
    words::{before_comment, lines, split, unquote},
};

/// `keyword arguments`.
pub(crate) fn words(text: &str) -> Settings {
    let mut out = Settings::new();
    for (number, line) in lines(text, &['#'], false) {
        let mut words = split(before_comment(&line, &['#'])).into_iter();
        if let Some(name) = words.next() {
            out.push((name, words.collect::<Vec<_>>().join(" "), number));
        }
    }
    out
}

/// `sshd_config(5)`: an optional `=`, and `Match` blocks, whose settings are named `Match.keyword`.
pub(crate) fn sshd(text: &str) -> Settings {
    let mut out = Settings::new();
    let mut matched = false;
    for (number, line) in lines(text, &['#'], false) {
        let line = before_comment(&line, &['#']);
        let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let rest = rest.trim_start().strip_prefix('=').unwrap_or(rest);
        let value = split(rest).join(" ");
        if name.eq_ignore_ascii_case("match") {
            // `Match all` ends a block: what follows holds for everybody.
            matched = !value.eq_ignore_ascii_case("all");
            continue;
        }
        let is_include = name.eq_ignore_ascii_case("include");
        let name = if matched && !is_include { format!("Match.{name}") } else { name.to_owned() };
        out.push((name, value, number));
    }
    out
}

/// `key = value` or, as in `postgresql.conf`, `key value`.
pub(crate) fn equals(text: &str) -> Settings {
    let mut out = Settings::new();
    for (number, line) in lines(text, &['#'], false) {
        let line = before_comment(&line, &['#']);
        let end = line.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let rest = rest.trim_start();
        let value = unquote(rest.strip_prefix('=').unwrap_or(rest));
        if !name.is_empty() {
            out.push((name.to_owned(), value.to_owned(), number));
        }
    }
    out
}

/// `c.Class.name = value` of traitlets' configuration files. Anything else that Python can do is not followed.
pub(crate) fn python(text: &str) -> Settings {
    let mut out = Settings::new();
    for (number, line) in lines(text, &['#'], true) {
        let line = before_comment(&line, &['#']);
        let Some((name, value)) = line.split_once('=') else { continue };
        let Some(name) = name.trim().strip_prefix("c.") else { continue };
        let value = value.trim();
        let value =
            value.strip_prefix(['u', 'b']).filter(|v| v.starts_with(['"', '\''])).unwrap_or(value);
        out.push((name.to_owned(), unquote(value).to_owned(), number));
    }
    out
}
