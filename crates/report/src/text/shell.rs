//! Breaks a long command over lines in a way that still runs when it is copied.

use textwrap::core::display_width;

/// Wraps one shell command or Dockerfile instruction before `&&` and `||` and where else it must be, at
/// spaces outside quotes, each broken line ending in
/// `\`. Words are never split, so a line may be longer than `width`. A comment or here-document is left as
/// it is: a backslash would not continue it.
pub(crate) fn wrap_command(command: &str, width: usize) -> Vec<String> {
    const DEEPER: &str = "    ";
    const BREAK: &str = " \\";
    let whole = || vec![command.to_owned()];
    let body = command.trim_start_matches(' ');
    let indent = &command[..command.len() - body.len()];
    // A line that is itself continued by the next one, as in a `RUN` instruction of several lines.
    let (body, end) = body.strip_suffix(BREAK).map_or((body, ""), |body| (body, BREAK));
    if display_width(command) <= width
        || body.starts_with('#')
        || body.contains("<<")
        || body.contains('\\')
    {
        return whole();
    }
    let Some(words) = words(body) else { return whole() };
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (index, word) in words.into_iter().enumerate() {
        let needed = display_width(&line) + 1 + display_width(word) + BREAK.len();
        if index == 0 {
            line = format!("{indent}{word}");
        } else if matches!(word, "&&" | "||") || needed > width {
            lines.push(format!("{line}{BREAK}"));
            line = format!("{indent}{DEEPER}{word}");
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.push(format!("{line}{end}"));
    lines
}

/// Words at single spaces outside quotes; `None` where a quote is left open or spaces stand in a row
/// (joining the words again would not give the same text).
fn words(command: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in command.char_indices() {
        match (quote, c) {
            (None, '\'' | '"' | '`') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => {
                words.push(command.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(command.get(start..)?);
    (quote.is_none() && words.iter().all(|w| !w.is_empty())).then_some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn breaks_at_spaces_outside_quotes() {
        let command = "apt-get install -y 'a b c d e f g h i j k' libssl1.1=1.1.1w-0+deb10u1";
        assert_eq!(
            wrap_command(command, 40),
            [
                "apt-get install -y \\",
                "    'a b c d e f g h i j k' \\",
                "    libssl1.1=1.1.1w-0+deb10u1"
            ]
        );
        assert_eq!(wrap_command("short", 40), ["short"]);
        assert_eq!(
            wrap_command("    && apk add --no-cache 'musl>=1.1.20-r10' 'zlib>=1' \\", 40),
            ["    && apk add --no-cache \\", "        'musl>=1.1.20-r10' 'zlib>=1' \\"]
        );
    }

    #[test]
    fn what_cannot_be_continued_stays_whole() {
        let tail = "word ".repeat(20);
        for start in ["# a comment", "RUN <<EOF", "echo 'open", "echo \\ x", "two  spaces"] {
            let command = format!("{start} {}", tail.trim_end());
            assert_eq!(wrap_command(&command, 40).join("\n"), command);
        }
    }

    proptest! {
        #[test]
        fn joined_lines_are_the_command(words in prop::collection::vec("[a-z'=+.:-]{1,30}", 1..40), width in 20usize..100) {
            let command = words.join(" ");
            let lines = wrap_command(&command, width);
            let joined = lines.iter().map(|l| l.trim_end_matches(" \\").trim_start()).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(joined, command.trim_start());
            for line in &lines[..lines.len() - 1] {
                prop_assert!(line.ends_with(" \\"));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>(), width in 0usize..200) {
            let _ = wrap_command(&text, width);
        }
    }
}
