//! Finds where here-documents begin.

/// Most here-documents of one instruction.
const MAX_HEREDOCS: usize = 64;

/// `<<NAME`.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Start {
    pub(super) name: String,
    /// `<<-`
    pub(super) strips_tabs: bool,
}

/// The here-documents that begin on a line, in their order. As BuildKit has it, the operator stands at the beginning of
/// a word, digits of a file descriptor aside, and outside of quotes.
pub(super) fn starts(line: &str) -> Vec<Start> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut at_word = true;
    let mut skip = 0;
    for (index, c) in line.char_indices() {
        if index < skip {
            continue;
        }
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\\') => {
                skip = index + 1 + line[index + 1..].chars().next().map_or(0, char::len_utf8)
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                at_word = false;
            }
            (None, '<') if at_word && line[index..].starts_with("<<") => {
                if let Some((start, length)) = start(&line[index + 2..]) {
                    found.push(start);
                    skip = index + 2 + length;
                    if found.len() == MAX_HEREDOCS {
                        return found;
                    }
                } else {
                    skip =
                        index + line[index..].len() - line[index..].trim_start_matches('<').len();
                }
                at_word = false;
            }
            (None, _) => at_word = c.is_whitespace() || (at_word && c.is_ascii_digit()),
        }
    }
    found
}

/// The name behind `<<`, and how long it is as written.
fn start(text: &str) -> Option<(Start, usize)> {
    let (strips_tabs, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let dash = usize::from(strips_tabs);
    // Quotes may stand anywhere in it, `e'o'f` is `eof`.
    let mut plain = String::new();
    let mut quote = None;
    let mut length = name.len();
    for (index, c) in name.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => plain.push(c),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c.is_whitespace() || matches!(c, ';' | '|' | '&' | '>' | '<' | ')' | '(') => {
                length = index;
                break;
            }
            None if c == '\\' => {}
            None => plain.push(c),
        }
    }
    if quote.is_some() {
        return None;
    }
    let name = plain;
    if name.is_empty() {
        return None;
    }
    Some((Start { name, strips_tabs }, length + dash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_they_begin() {
        for (line, names) in [
            ("RUN <<EOF", &["EOF"][..]),
            ("RUN cat <<-'A' <<\"B\" > /x", &["A", "B"]),
            ("RUN python3 <<EOF;", &["EOF"]),
            ("COPY <<a <<b /dir/", &["a", "b"]),
            ("RUN 3<<X cat", &["X"]),
            ("RUN <<e'o'f", &["eof"]),
            ("RUN cat <<< here", &[]),
            ("RUN echo $((1 << 2)) \"<<EOF\"", &[]),
            ("RUN echo a<<EOF", &[]),
        ] {
            let found: Vec<String> = starts(line).into_iter().map(|start| start.name).collect();
            assert_eq!(found, names, "{line}");
        }
    }
}
