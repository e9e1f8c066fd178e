//! Words of a line as shells and most configuration files cut them: blanks, quotes, backslashes.

/// Cuts a line into words; quotes are taken off, a backslash outside single quotes keeps the next character.
pub(crate) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut open, mut quote) = (false, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some('"') | None, '\\') => {
                word.extend(chars.next());
                open = true;
            }
            (None, '"' | '\'') => (quote, open) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if open {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, c) => {
                word.push(c);
                open = true;
            }
        }
    }
    if open {
        words.push(word);
    }
    words
}

/// Lines with their numbers, without blank lines and those that a character of `comments` begins; a backslash at
/// the end continues a line where `continued`.
pub(crate) fn lines(text: &str, comments: &[char], continued: bool) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    let mut pending: Option<(u32, String)> = None;
    for (number, raw) in (1u32..).zip(text.lines()) {
        let line = raw.trim();
        let (start, mut whole) = match pending.take() {
            Some((start, mut before)) => {
                before.push(' ');
                before.push_str(line);
                (start, before)
            }
            None if line.starts_with(comments) => continue,
            None => (number, line.to_owned()),
        };
        if continued && whole.ends_with('\\') {
            whole.pop();
            whole.truncate(whole.trim_end().len());
            pending = Some((start, whole));
        } else if !whole.is_empty() {
            out.push((start, whole));
        }
    }
    out.extend(pending.filter(|(_, line)| !line.is_empty()));
    out
}

/// What stands before a comment that begins with one of `marks` after a blank, outside quotes.
pub(crate) fn before_comment<'l>(line: &'l str, marks: &[char]) -> &'l str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if marks.contains(&c) && before.is_whitespace() => {
                return line[..at].trim_end();
            }
            _ => {}
        }
        before = c;
    }
    line.trim_end()
}

/// A value without the quotes around it.
pub(crate) fn unquote(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote)) {
            return inner;
        }
    }
    value
}
