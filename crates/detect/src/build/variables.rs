//! Variables of Dockerfiles: `$name`, `${name}`, `${name:-default}` and their kin, as BuildKit expands them.

use std::collections::HashMap;

/// Longest value: a few lines can double themselves into gigabytes.
const MAX_VALUE: usize = 16 << 10;

/// Deepest nesting of defaults.
const MAX_DEPTH: usize = 16;

/// Arguments that every build has without `ARG` (Dockerfile reference, "Predefined ARGs").
pub(crate) const PREDEFINED: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
    "SOURCE_DATE_EPOCH",
];

/// Arguments of the platform: there before the first `FROM`, within a stage only behind an `ARG` of their name.
pub(crate) const PLATFORM: &[&str] = &[
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETSTAGE",
];

/// A variable as it is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Use<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Where the `$` stands in the text.
    pub(crate) at: usize,
    /// It says what holds where it is not set.
    pub(crate) has_default: bool,
}

/// The variables that a text uses, not those in single quotes.
pub(crate) fn uses(text: &str) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut single = false;
    let mut double = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\'' if !double => single = !single,
            b'"' if !single => double = !double,
            b'$' if !single => {
                let braced = bytes.get(at + 1) == Some(&b'{');
                let start = at + 1 + usize::from(braced);
                let name = name_at(text, start);
                if !name.is_empty() {
                    let after = bytes.get(start + name.len());
                    let has_default = braced && after.is_some_and(|b| *b != b'}');
                    found.push(Use { name, at, has_default });
                    at = start + name.len();
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn name_at(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let name = &rest[..length];
    if name.starts_with(|c: char| c.is_ascii_digit()) { "" } else { name }
}

/// Expands a text; `None` where a variable has no value that can be known here.
pub(crate) fn expand(text: &str, values: &HashMap<String, Option<String>>) -> Option<String> {
    expand_at(text, values, 0)
}

fn expand_at(text: &str, values: &HashMap<String, Option<String>>, depth: usize) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut out = String::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if out.len() > MAX_VALUE {
            return None;
        }
        let next = text.as_bytes().get(at + 1).copied();
        if c == '\\' && next == Some(b'$') {
            out.push('$');
            at += 2;
            continue;
        }
        if c != '$' {
            out.push(c);
            at += c.len_utf8();
            continue;
        }
        let braced = next == Some(b'{');
        let start = at + 1 + usize::from(braced);
        let name = name_at(text, start);
        if name.is_empty() {
            out.push('$');
            at += 1;
            continue;
        }
        let value = values.get(name).cloned().flatten();
        at = start + name.len();
        if !braced {
            out.push_str(&value?);
            continue;
        }
        let end = at + closing(text.get(at..)?)?;
        let modifier = &text[at..end];
        at = end + 1;
        let (operator, word) = match modifier.strip_prefix(':').unwrap_or(modifier) {
            "" => ("", ""),
            rest => rest.split_at_checked(1)?,
        };
        let is_set = value.as_ref().is_some_and(|v| !(modifier.starts_with(':') && v.is_empty()));
        match operator {
            "" => out.push_str(&value?),
            "-" if !is_set => out.push_str(&expand_at(word, values, depth + 1)?),
            "+" if is_set => out.push_str(&expand_at(word, values, depth + 1)?),
            "+" => {}
            "-" | "?" => out.push_str(&value?),
            // Patterns (`#`, `%`, `/`) are not followed.
            _ => return None,
        }
    }
    (out.len() <= MAX_VALUE).then_some(out)
}

/// Offset of the bracket that ends `${…`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> HashMap<String, Option<String>> {
        [("A", Some("1")), ("E", Some("")), ("U", None)]
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .into()
    }

    #[test]
    fn expansion() {
        for (text, expected) in [
            ("x$A-${A}y", Some("x1-1y")),
            ("${B:-z}${E:-e}${E-f}", Some("ze")),
            ("${A:+p}${B:+q}", Some("p")),
            ("${B:-${A}}", Some("1")),
            ("\\$A $ $$", Some("$A $ $$")),
            ("$U", None),
            ("$B", None),
            ("${A#x}", None),
            ("${A", None),
        ] {
            assert_eq!(expand(text, &values()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_used() {
        let found: Vec<_> = uses("$A '${B}' \"${C:-$D}\" \\$E $1")
            .iter()
            .map(|u| (u.name, u.has_default))
            .collect();
        assert_eq!(found, [("A", false), ("C", true), ("D", false)]);
    }

    #[test]
    fn doubling_ends() {
        let mut values = values();
        for _ in 0..64 {
            let next = expand("$A$A$A$A", &values);
            values.insert("A".into(), next);
        }
        assert_eq!(values["A"], None);
    }

    proptest! {
        #[test]
        fn any_text(text in "[$\\{}A-E:\\-+?\\\\ü'\"]{0,40}") {
            let _ = uses(&text);
            let _ = expand(&text, &values());
        }
    }
}
