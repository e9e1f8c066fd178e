//! Makes any text harmless in GitHub's Markdown: no markup, no HTML, no mention of a user, no link.

use crate::text::printable;

/// Plain text. What Markdown or HTML would read as syntax is escaped; an empty comment stands where GitHub
/// would see a user's name or an address (it looks for them in the text that is left after HTML).
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@<!-- -->"),
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '!' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // Addresses are found with and without a scheme (GFM specification, section 6.9).
    out.replace("://", ":<!-- -->//").replace("www.", "www<!-- -->.")
}

/// A code span, also within a table. Empty text gives none.
pub(super) fn code(text: &str) -> String {
    let text = printable(text);
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    // A table's cells are found before its code spans (GFM specification, section 4.10), and a backslash
    // before the bar is read in two ways.
    if text.contains('|') {
        return format!("<code>{}</code>", self::text(text));
    }
    let ticks = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A fenced block, with a newline behind it.
pub(super) fn fence(language: &str, lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|l| printable(l)).collect();
    let longest = lines.iter().map(|l| longest_run(l)).max().unwrap_or(0);
    let ticks = "`".repeat((longest + 1).max(3));
    format!("{ticks}{language}\n{}\n{ticks}\n", lines.join("\n"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            text("<img src=x> **b** [a](http://x) @team | `c`"),
            "&lt;img src=x&gt; \\*\\*b\\*\\* \\[a\\](http:<!-- -->//x) @<!-- -->team &#124; \\`c\\`"
        );
        assert_eq!(text("note: www.example.org"), "note: www<!-- -->.example.org");
    }

    #[test]
    fn code_outlasts_its_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\\|<b>"), "<code>a\\\\&#124;&lt;b&gt;</code>");
        assert_eq!(code(" "), "");
        assert_eq!(fence("sh", &["a ```` b".into()]), "`````sh\na ```` b\n`````\n");
    }

    proptest! {
        #[test]
        fn no_tag_and_no_bare_pipe_remains(input in "[<>&|`@:\\\\a-z\u{1b}\n ]{0,40}") {
            let shown = text(&input).replace("<!-- -->", "");
            prop_assert!(!shown.contains('<') && !shown.contains('\n'));
            prop_assert!(!shown.contains('|'));
            prop_assert!(!code(&input).contains(['\n', '|']));
        }
    }
}
