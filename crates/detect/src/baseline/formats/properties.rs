//! Java properties (`java.util.Properties`): `=`, `:` or a blank between key and value, continued lines, escapes.

use super::{Settings, words::lines};

/// The settings of a properties file.
pub(crate) fn parse(text: &str) -> Settings {
    let mut out = Settings::new();
    for (number, line) in lines(text, &['#', '!'], true) {
        let mut escaped = false;
        let end = line
            .char_indices()
            .find(|&(_, c)| {
                let is_end = !escaped && (matches!(c, '=' | ':') || c.is_whitespace());
                escaped = c == '\\' && !escaped;
                is_end
            })
            .map_or(line.len(), |(at, _)| at);
        let (key, rest) = line.split_at(end);
        let rest = rest.trim_start();
        let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim();
        out.push((unescape(key), unescape(value), number));
    }
    out
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('u') => {
                let hex: String = chars.by_ref().take(4).collect();
                out.extend(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32));
            }
            other => out.extend(other),
        }
    }
    out
}
