//! `*` in package names and paths. Nothing else is special, so a name is its own pattern.

/// Whether `text` fits `pattern`, in which `*` stands for any text. Linear in time but for repeated
/// attempts at the last `*`; never recursive.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = rest.get(at + middle.len()..).unwrap_or_default(),
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, fits) in [
            ("openssl", "openssl", true),
            ("openssl", "openssl3", false),
            ("*", "", true),
            ("*", "anything/at/all", true),
            ("lib*", "libc6", true),
            ("lib*", "glibc", false),
            ("*-dev", "libc6-dev", true),
            ("usr/*/site-packages/*.txt", "usr/lib/x/site-packages/a/b.txt", true),
            ("usr/*/site-packages/*.txt", "usr/site-packages/b.txt", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a**b", "ab", true),
            ("", "", true),
            ("", "a", false),
            ("ä*ü", "ä-ö-ü", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} on {text}");
        }
    }
}
