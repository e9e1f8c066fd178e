//! Words, flags, pairs and JSON strings of an instruction.

use crate::build::{
    instruction::{Flag, Pair, Word},
    source::Text,
};

/// Most words of one instruction; what follows is one word more.
const MAX_WORDS: usize = 10_000;

/// Splits at white space from an offset on. Quotes do not hold words together: builders do not read `COPY "a b" /` so.
pub(super) fn split_words(args: &Text, from: usize) -> Vec<Word> {
    let text = args.as_str();
    let mut words = Vec::new();
    let mut at = from;
    while let Some(skip) = text.get(at..).and_then(|rest| rest.find(|c: char| !c.is_whitespace())) {
        let start = at + skip;
        let rest = &text[start..];
        let length = match words.len() {
            MAX_WORDS => rest.len(),
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        at = start + length;
        words.push(Word {
            value: unquoted(&text[start..at]).to_owned(),
            at: args.source(start),
            end: args.source(at - 1) + 1,
        });
    }
    words
}

/// Without the quotes around it.
fn unquoted(word: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = word.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    word
}

/// One word from an offset on, quotes and escapes read: its value, and where it ends.
fn quoted_word(text: &str, from: usize, escape: char) -> (String, usize) {
    let mut value = String::new();
    let mut quote = None;
    let mut chars = text[from..].char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        match (quote, c) {
            (None, _) if c.is_whitespace() => return (value, from + index),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            // Within single quotes nothing is escaped; elsewhere `\$` keeps its backslash for the expansion.
            (_, _) if c == escape && quote != Some('\'') => match chars.peek() {
                Some((_, '$')) | None => value.push(c),
                Some((_, next)) => {
                    value.push(*next);
                    chars.next();
                }
            },
            _ => value.push(c),
        }
    }
    (value, text.len())
}

/// The flags at the beginning, and where they end.
pub(super) fn flags(args: &Text, escape: char) -> (Vec<Flag>, usize) {
    let text = args.as_str();
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let start = at + text[at..].len() - text[at..].trim_start().len();
        if !text[start..].starts_with("--") || found.len() == MAX_WORDS {
            return (found, start);
        }
        let (word, end) = quoted_word(text, start, escape);
        at = end;
        if word == "--" {
            return (found, end);
        }
        let (name, value) = match word[2..].split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (&word[2..], None),
        };
        found.push(Flag {
            name: name.to_ascii_lowercase(),
            value,
            at: args.source(start),
            end: args.source(end - 1) + 1,
        });
    }
}

/// Behind the `CMD` of a `HEALTHCHECK`; the same offset where there is none.
pub(super) fn behind_cmd(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let word = rest.trim_start();
    let start = from + rest.len() - word.len();
    match word.get(..3) {
        Some(cmd)
            if cmd.eq_ignore_ascii_case("cmd")
                && !word[3..].starts_with(|c: char| c.is_alphanumeric()) =>
        {
            let behind = &word[3..];
            start + 3 + behind.len() - behind.trim_start().len()
        }
        _ => from,
    }
}

/// `name=value …`, or the old `name value`.
pub(super) fn pairs(args: &Text, is_arg: bool, escape: char) -> Vec<Pair> {
    let text = args.as_str();
    let mut pairs = Vec::new();
    let mut at = 0;
    loop {
        let start = at + text[at..].len() - text[at..].trim_start().len();
        if start == text.len() || pairs.len() == MAX_WORDS {
            return pairs;
        }
        let (word, end) = quoted_word(text, start, escape);
        let place = |end: usize| (args.source(start), args.source(end.max(start + 1) - 1) + 1);
        let equals = text[start..end].contains('=');
        if pairs.is_empty() && !is_arg && !equals {
            let value = text[end..].trim();
            let (at, end) = place(text.trim_end().len());
            let value = Some(unquoted(value).to_owned());
            pairs.push(Pair { name: word, value, spaced: true, at, end });
            return pairs;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let (from, to) = place(end);
        pairs.push(Pair { name, value, spaced: false, at: from, end: to });
        at = end;
    }
}

/// The strings of the JSON form from an offset on; `None` where it is none, which makes it the shell form.
pub(super) fn json_strings(args: &Text, from: usize) -> Option<Vec<Word>> {
    let text = args.as_str();
    let rest = text.get(from..)?;
    let start = from + rest.len() - rest.trim_start().len();
    if !text[start..].starts_with('[') {
        return None;
    }
    let mut words = Vec::new();
    let mut chars = text[start + 1..].char_indices().map(|(i, c)| (start + 1 + i, c)).peekable();
    let mut wants_value = true;
    loop {
        let (at, c) = chars.next()?;
        match c {
            _ if matches!(c, ' ' | '\t' | '\n' | '\r') => {}
            '"' if wants_value => {
                let (value, end) = json_string(&mut chars)?;
                words.push(Word { value, at: args.source(at), end: args.source(end - 1) + 1 });
                wants_value = false;
            }
            ',' if !wants_value => wants_value = true,
            ']' if !wants_value || words.is_empty() => {
                let tail = &text[at + 1..];
                return tail.trim().is_empty().then_some(words);
            }
            _ => return None,
        }
    }
}

/// The string behind an opening quote, and the offset behind the closing one.
fn json_string(
    chars: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>,
) -> Option<(String, usize)> {
    let mut value = String::new();
    loop {
        let (at, c) = chars.next()?;
        match c {
            '"' => return Some((value, at + 1)),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                'b' => value.push('\u{8}'),
                'f' => value.push('\u{c}'),
                'u' => {
                    let mut code = 0;
                    for _ in 0..4 {
                        code = code * 16 + chars.next()?.1.to_digit(16)?;
                    }
                    value.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                c @ ('"' | '\\' | '/') => value.push(c),
                _ => return None,
            },
            c if u32::from(c) < 0x20 => return None,
            c => value.push(c),
        }
    }
}
