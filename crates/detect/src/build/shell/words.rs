//! Values of shell words, and the code of the substitutions in them.

/// What a word means.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Meaning {
    /// Quotes and escapes taken away, expansions as written.
    pub(super) value: String,
    /// It holds no expansion.
    pub(super) is_literal: bool,
    /// It is quoted as a whole.
    pub(super) is_quoted: bool,
    /// `$(…)` and backticks: where their code begins in the word, and the code.
    pub(super) substitutions: Vec<(usize, String)>,
}

/// Reads a word.
pub(super) fn meaning(raw: &str) -> Meaning {
    let mut found = Meaning { is_literal: true, ..Meaning::default() };
    if !raw.bytes().any(|b| matches!(b, b'\'' | b'"' | b'\\' | b'$' | b'`')) {
        found.value = raw.to_owned();
        return found;
    }
    let bytes = raw.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let c = rest.chars().next().unwrap_or_default();
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => found.value.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '$') if rest[1..].starts_with('\'') => {
                quote = Some('\'');
                at += 2;
                continue;
            }
            (_, '\\') => {
                at += 1;
                if let Some(next) = raw[at..].chars().next() {
                    if quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`' | '\n') {
                        found.value.push('\\');
                    }
                    found.value.push(next);
                    at += next.len_utf8();
                }
                continue;
            }
            (_, '$') if rest[1..].starts_with('(') && !rest[1..].starts_with("((") => {
                let end = at + closing(rest);
                let code = raw.get(at + 2..end.saturating_sub(1)).unwrap_or_default();
                found.substitutions.push((at + 2, code.to_owned()));
                found.is_literal = false;
                found.value.push_str(&raw[at..end]);
                at = end;
                continue;
            }
            (_, '`') => {
                let length = rest[1..].find('`').map_or(rest.len(), |length| length + 2);
                let code = rest[1..length].trim_end_matches('`');
                found.substitutions.push((at + 1, code.to_owned()));
                found.is_literal = false;
                found.value.push_str(&rest[..length]);
                at += length;
                continue;
            }
            (_, '$') => {
                let next = bytes.get(at + 1).copied().unwrap_or_default();
                if next.is_ascii_alphanumeric()
                    || matches!(next, b'{' | b'_' | b'(' | b'@' | b'*' | b'?' | b'$' | b'#')
                {
                    found.is_literal = false;
                }
                found.value.push(c);
            }
            _ => found.value.push(c),
        }
        at += c.len_utf8();
    }
    let first = raw.chars().next();
    found.is_quoted =
        raw.len() > 1 && matches!(first, Some('"' | '\'')) && raw.chars().last() == first;
    found
}

/// Length of a `$(…)` at the beginning, up to its bracket.
fn closing(text: &str) -> usize {
    let mut depth = 0usize;
    let mut quote = None;
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                chars.next();
            }
            // Within double quotes a substitution has quotes of its own; brackets still pair.
            (None, '\'' | '"') => quote = Some(c),
            (_, '(') => depth += 1,
            (_, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (raw, value, literal) in [
            ("plain", "plain", true),
            ("'a b'", "a b", true),
            ("\"a $B\"", "a $B", false),
            ("a\\ b", "a b", true),
            ("x'y'\"z\"", "xyz", true),
            ("${A:-b}", "${A:-b}", false),
            ("100$", "100$", true),
            ("\"\\n\"", "\\n", true),
        ] {
            let found = meaning(raw);
            assert_eq!((found.value.as_str(), found.is_literal), (value, literal), "{raw}");
        }
    }

    #[test]
    fn substitutions() {
        let found = meaning("\"x$(curl -k $(echo ')' a) b)y`id`\"");
        assert_eq!(
            found.substitutions,
            [(4, "curl -k $(echo ')' a) b".to_owned()), (30, "id".to_owned())]
        );
        assert!(found.is_quoted);
        assert_eq!(meaning("$(").substitutions.len(), 1);
    }
}
