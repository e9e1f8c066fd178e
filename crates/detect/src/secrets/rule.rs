//! One rule as the engine uses it. What its fields mean is written in `docs/adding-a-secret-rule.md`.

use std::sync::OnceLock;

use globset::{GlobSet, GlobSetBuilder};
use plimsoll_model::{Confidence, Severity};
use regex_automata::{meta, util::syntax};
use serde::Deserialize;

use super::validators::Validator;
use crate::paths::glob;

/// Most memory that the program of one pattern may take, in bytes.
const MAX_PATTERN_BYTES: usize = 8 << 20;

/// Classes of rules, by where the credential is used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Cloud accounts and infrastructure.
    Cloud,
    /// Private keys and key stores.
    Keys,
    /// Source code hosting, continuous integration and package registries.
    Source,
    /// Databases.
    Database,
    /// Frameworks and applications that the image itself runs.
    Application,
    /// Services of others.
    Saas,
    /// Ways into machines: shells, VPN, file transfer, account files.
    Access,
}

impl Category {
    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Cloud => "cloud",
            Category::Keys => "keys",
            Category::Source => "source",
            Category::Database => "database",
            Category::Application => "application",
            Category::Saas => "saas",
            Category::Access => "access",
        }
    }
}

/// A regular expression that is compiled when it is first needed: of several hundred rules a scan needs few.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    lines: bool,
    compiled: OnceLock<Result<meta::Regex, String>>,
}

impl Pattern {
    /// A pattern on bytes. With `lines`, `^` and `$` stand for the ends of lines.
    pub(super) fn new(text: impl Into<String>, lines: bool) -> Self {
        Self { text: text.into(), lines, compiled: OnceLock::new() }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The compiled pattern.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the library.
    pub(super) fn regex(&self) -> Result<&meta::Regex, &str> {
        let compile = || {
            meta::Regex::builder()
                .syntax(syntax::Config::new().unicode(false).utf8(false).multi_line(self.lines))
                .configure(
                    meta::Config::new().utf8_empty(false).nfa_size_limit(Some(MAX_PATTERN_BYTES)),
                )
                .build(&self.text)
                .map_err(|error| reason(&error))
        };
        self.compiled.get_or_init(compile).as_ref().map_err(String::as_str)
    }

    /// Whether it matches anywhere. A pattern that does not compile matches nothing.
    pub(super) fn is_match(&self, bytes: &[u8]) -> bool {
        self.regex().is_ok_and(|regex| regex.is_match(bytes))
    }
}

fn reason(error: &meta::BuildError) -> String {
    match error.syntax_error() {
        Some(syntax) => syntax.to_string(),
        None => error.to_string(),
    }
}

/// Globs of paths, compiled when first needed.
#[derive(Debug, Default)]
pub struct Globs {
    texts: Vec<String>,
    compiled: OnceLock<GlobSet>,
}

impl Globs {
    pub(super) fn new(texts: Vec<String>) -> Self {
        Self { texts, compiled: OnceLock::new() }
    }

    /// As written.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// What is wrong with them.
    pub(super) fn errors(&self) -> Vec<String> {
        let errors = self.texts.iter().filter_map(|text| glob(text).err());
        errors.map(|error| error.to_string()).collect()
    }

    pub(super) fn is_match(&self, path: &str) -> bool {
        if self.texts.is_empty() {
            return false;
        }
        let set = self.compiled.get_or_init(|| {
            let mut set = GlobSetBuilder::new();
            for text in &self.texts {
                if let Ok(glob) = glob(text) {
                    set.add(glob);
                }
            }
            set.build().unwrap_or_default()
        });
        set.is_match(path)
    }
}

/// A text that a rule must find, or must not find, and the path at which it lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Example {
    /// Path of the file; empty where none is given.
    pub path: String,
    /// Template of its text (`super::examples`).
    pub text: String,
}

/// Which of a pattern's groups is the secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SecretGroup {
    /// Group `secret`, else the first group that took part, else all.
    Usual,
    /// The group of this number.
    Number(usize),
}

/// A conditional exception: the form that gitleaks' allow-lists have.
#[derive(Debug, Default)]
pub(super) struct Exception {
    /// Paths of files.
    pub(super) paths: Vec<Pattern>,
    /// On what `target` says.
    pub(super) patterns: Vec<Pattern>,
    pub(super) target: Target,
    /// Words in the secret, lower case.
    pub(super) words: Vec<String>,
    /// All that is given must hold, rather than one of it.
    pub(super) all: bool,
}

/// What the patterns of an [`Exception`] are held against.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Target {
    #[default]
    Secret,
    Match,
    Line,
}

/// A rule. Its words are copied into what it finds.
#[derive(Debug)]
pub struct Rule {
    /// Stable name.
    pub id: String,
    /// Name of the file it comes from.
    pub vendor: String,
    /// One line for people.
    pub title: String,
    /// Where the credential is used.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// How sure a find is.
    pub confidence: Confidence,
    /// What somebody can do with it.
    pub description: String,
    /// What to revoke or rotate.
    pub advice: String,
    /// An address to read on; may be empty.
    pub reference: String,
    /// Literals of which each find has at least one nearby, ASCII case-insensitive.
    pub keywords: Vec<String>,
    /// What confirms a find.
    pub pattern: Option<Pattern>,
    /// Bytes before and after the keyword in which `pattern` is tried; the line where there is none.
    pub window: Option<usize>,
    /// Least entropy of the secret, in bits per byte.
    pub entropy: Option<f64>,
    /// Only in files with these paths, where there are any.
    pub paths: Globs,
    /// Never in files with these paths.
    pub not_paths: Globs,
    /// The file itself is what is found.
    pub file: bool,
    /// First bytes that such a file must have.
    pub magic: Vec<u8>,
    /// Also tried on the configuration of images.
    pub config: bool,
    /// What it must find.
    pub examples: Vec<Example>,
    /// What it must not find.
    pub counterexamples: Vec<Example>,
    pub(super) validator: Option<Validator>,
    pub(super) group: SecretGroup,
    /// On the secret.
    pub(super) allow: Vec<Pattern>,
    /// On the line.
    pub(super) allow_line: Vec<Pattern>,
    pub(super) exceptions: Vec<Exception>,
    /// Pattern on the path (gitleaks' `path`).
    pub(super) path_pattern: Option<Pattern>,
}

impl Rule {
    /// Whether the rule knows an assignment rather than a vendor's form: it gives way to every other rule.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.id.starts_with("generic-")
    }

    /// Whether the rule looks at files of this path at all.
    pub(super) fn looks_at(&self, path: &str) -> bool {
        (self.paths.is_empty() || self.paths.is_match(path))
            && !self.not_paths.is_match(path)
            && self.path_pattern.as_ref().is_none_or(|pattern| pattern.is_match(path.as_bytes()))
    }

    /// Whether the rule is bound to paths.
    pub(super) fn has_paths(&self) -> bool {
        !self.paths.is_empty() || self.path_pattern.is_some()
    }
}
