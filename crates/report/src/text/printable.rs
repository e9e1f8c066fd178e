//! Neutralises text that comes out of images.
//!
//! File names, package names and instructions are written by whoever made the image. Shown raw they could
//! move the cursor and rewrite the lines above (escape sequences), or make a name read as another one
//! (bidirectional overrides, invisible characters: Unicode technical report 36, "Trojan Source").

use std::borrow::Cow;

const REPLACEMENT: char = '\u{fffd}';

/// The text on one line, without anything that a terminal obeys or a reader cannot see: line breaks and tabs
/// become spaces, every other such character becomes `U+FFFD`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|c| match c {
                '\n' | '\r' | '\t' => ' ',
                c if is_unsafe(c) => REPLACEMENT,
                c => c,
            })
            .collect(),
    )
}

/// Whether the text is printable ASCII: nearly every text is, and this is found out many bytes at a time.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Whether a character must not reach a terminal as it is.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' // soft hyphen
            | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' // zero width, direction marks
            | '\u{2028}'..='\u{202e}' // line separators, direction overrides
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' // variation selectors
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' // tags
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_lose_their_power() {
        assert_eq!(printable("a\u{1b}[31mb\u{9b}2Jc"), "a\u{fffd}[31mb\u{fffd}2Jc");
        assert_eq!(printable("one\ntwo\r\tthree"), "one two  three");
        assert_eq!(printable("user\u{202e}txt.exe"), "user\u{fffd}txt.exe");
        assert_eq!(printable("ad\u{200b}min\u{7f}"), "ad\u{fffd}min\u{fffd}");
        assert!(matches!(printable("plain — naïve 日本"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_unsafe_remains(text in any::<String>()) {
            prop_assert!(!printable(&text).chars().any(is_unsafe));
        }
    }
}
