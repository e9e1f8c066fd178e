//! Words for a shell. Package names and versions are written by whoever made the image or the feed.

/// Whether `text` can only be a package name or version: everything else is refused, not escaped, because
/// it is read again by the package manager.
pub(super) fn is_safe(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b".+:~_^-".contains(&c);
    // A leading dash would be an option.
    text.len() <= WORD_LENGTH_LIMIT
        && text.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_')
        && text.bytes().all(allowed)
}

/// Whether `text` can only be the name of an application's package: as [`is_safe`], with scopes and folders
/// (`@babel/core`, `golang.org/x/net`).
pub(super) fn is_safe_name(text: &str) -> bool {
    let parts = text.strip_prefix('@').filter(|rest| rest.contains('/')).unwrap_or(text);
    text.len() <= WORD_LENGTH_LIMIT
        && parts.split('/').all(|part| is_safe(part) && !part.ends_with(':'))
}

/// The longest name or version that is put into a command, in bytes.
const WORD_LENGTH_LIMIT: usize = 256;

/// `word` in single quotes where a shell could read it as more than a word. It must consist of
/// [`is_safe`] or [`is_safe_name`] parts and `<`, `>`, `=`, `@`.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b".+:_=-/@".contains(&c);
    // PowerShell takes `@` at the beginning for an operator.
    if word.bytes().all(plain) && !word.starts_with('@') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', ""))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_versions_are_safe_and_nothing_else() {
        for good in ["libstdc++6", "1:2.3-4~bpo11+1", "1.0^git1", "_x", "perl-Net-SSLeay"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in
            ["", "-y", "a b", "a;b", "a'b", "a\nb", "$(x)", "a`b`", "a&b", "é", "~root", "a=b"]
        {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn names_of_applications_have_folders_and_scopes() {
        for good in [
            "lodash",
            "@babel/core",
            "golang.org/x/net",
            "org.yaml:snakeyaml",
            "symfony/http-kernel",
        ] {
            assert!(is_safe_name(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "@x",
            "/",
            "a/",
            "/a",
            "a//b",
            "../a",
            "a/../b",
            "a/-b",
            "-a",
            "a b",
            "a@b",
            "a;b/c",
            "https://x/y",
        ] {
            assert!(!is_safe_name(bad), "{bad}");
        }
    }

    proptest! {
        // The shell itself is the judge: a quoted word must come out of it as one word, unchanged.
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_shell_reads_a_quoted_word_unchanged(name in "[a-z0-9][A-Za-z0-9.+:~_^-]{0,20}", op in "=|>=") {
            let word = format!("{name}{op}{name}");
            let script = format!("printf '%s|' {}", quote(&word));
            if let Ok(out) = std::process::Command::new("sh").args(["-c", &script]).output() {
                prop_assert_eq!(String::from_utf8_lossy(&out.stdout), format!("{}|", word));
            }
        }
    }
}
