//! What a build context leaves out (`.dockerignore`), as the builder reads it: a pattern a line, `#` begins a comment, `!`
//! takes back, `**` stands for any folders, the last line that fits counts, and what lies in a folder that is left out is
//! left out too. Facts from <https://docs.docker.com/build/concepts/context/#dockerignore-files>.

use globset::GlobMatcher;

use crate::paths;

/// Largest file that is read, in bytes.
pub const MAX_DOCKERIGNORE: u64 = 1 << 20;

/// Most patterns that are looked at.
const MAX_PATTERNS: usize = 10_000;

/// Longest pattern.
const MAX_PATTERN: usize = 4096;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    takes_back: bool,
    glob: GlobMatcher,
}

impl DockerIgnore {
    /// Reads a file. Patterns that are none match nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines();
        let patterns = lines.filter(|line| !line.starts_with('#') && line.len() <= MAX_PATTERN);
        let pattern = |line: &str| {
            let line = line.trim();
            let (takes_back, line) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let text = clean(line)?;
            let glob = paths::glob(&text).ok()?;
            Some(Pattern { glob: glob.compile_matcher(), takes_back, text })
        };
        Self { patterns: patterns.filter_map(pattern).take(MAX_PATTERNS).collect() }
    }

    /// The pattern by which a file or folder is left out. A folder of which a part is taken back is not.
    #[must_use]
    pub fn excludes(&self, path: &str) -> Option<&str> {
        let path = clean(path)?;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let names: Vec<&str> = ends.map(|end| &path[..end]).collect();
        let fits = |pattern: &&Pattern| names.iter().any(|name| pattern.glob.is_match(name));
        let last = self.patterns.iter().rev().find(fits).filter(|last| !last.takes_back)?;
        let inside = format!("{path}/");
        let kept = |pattern: &Pattern| {
            pattern.takes_back && (pattern.text.starts_with(&inside) || pattern.text.contains("**"))
        };
        (!self.patterns.iter().any(kept)).then_some(last.text.as_str())
    }
}

/// A path without `.`, `..`, and slashes at its ends; `None` for the context itself.
fn clean(path: &str) -> Option<String> {
    Some(paths::resolve("", path)).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[*!?a/.\\[\\]{}#\\\\\n -]{0,80}", path in "[a./*]{0,20}") {
            let ignore = DockerIgnore::parse(&text);
            let by = ignore.excludes(&path);
            prop_assert!(by.is_none_or(|by| text.contains(by.split('/').next().unwrap_or_default())));
        }
    }

    #[test]
    fn as_the_builder_reads_it() {
        let ignore = DockerIgnore::parse(
            "# comment\n\n/node_modules/\n*.log\n**/*.tmp\ndocs\n!docs/README.md\nsecret?\n!secret2\n[",
        );
        for (path, by) in [
            ("node_modules", Some("node_modules")),
            ("./node_modules/a/b.js", Some("node_modules")),
            ("/node_modules", Some("node_modules")),
            ("src/node_modules", None),
            ("a.log", Some("*.log")),
            ("src/a.log", None),
            ("src/deep/a.tmp", Some("**/*.tmp")),
            ("a.tmp", Some("**/*.tmp")),
            ("docs/x.md", Some("docs")),
            ("docs/README.md", None),
            ("docs", None),
            ("secret1", Some("secret?")),
            ("secret2", None),
            (".", None),
            ("/", None),
            ("src", None),
        ] {
            assert_eq!(ignore.excludes(path), by, "{path}");
        }
        assert_eq!(DockerIgnore::parse("*\n!src").excludes("package.json"), Some("*"));
        assert_eq!(DockerIgnore::parse("*\n!src").excludes("src/a"), None);
    }
}
