//! Rules that say which findings do not count, and the two files they are written in.
//!
//! `.plimsoll.yml` ([`parse_ignore_yaml`]) demands a reason. `.plimsollignore` ([`parse_ignore_lines`])
//! reads like other scanners' ignore files, so that an existing one can be taken over.

mod lines;
mod wildcard;
mod yaml;
mod yaml_tree;

use std::fmt;

use jiff::civil::Date;
use plimsoll_model::{Finding, Suppression, SuppressionSource};

use crate::PolicyWarning;

pub use lines::parse_ignore_lines;
pub use yaml::parse_ignore_yaml;

/// Size limit of an ignore file, in bytes.
pub const MAX_IGNORE_BYTES: usize = 1 << 20;
/// Limit of the rules in one ignore file.
pub const MAX_IGNORE_RULES: usize = 10_000;

/// One decision not to count some findings. At least one condition is set, and all that are set must fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IgnoreRule {
    /// Id of the flaw, one of its aliases, or an advisory about it; in any case.
    pub id: Option<String>,
    /// Name of the source package, or of the only installed packages concerned; `*` stands for any text.
    pub package: Option<String>,
    /// Path inside the image; `*` stands for any text, slashes included.
    pub path: Option<String>,
    /// Fingerprint of a secret, as reports show it.
    pub fingerprint: Option<String>,
    /// MD5, SHA-1 or SHA-256 of the file, hexadecimal.
    pub digest: Option<String>,
    /// Why.
    pub reason: String,
    /// Last day on which the rule applies.
    pub expires: Option<Date>,
    /// Where it is written.
    pub origin: RuleOrigin,
}

/// Where an [`IgnoreRule`] is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RuleOrigin {
    /// `--ignore`.
    CommandLine,
    /// A file.
    File {
        /// Its name, as given to the parser.
        file: String,
        /// 1-based.
        line: usize,
    },
}

impl fmt::Display for RuleOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleOrigin::CommandLine => f.write_str("--ignore"),
            RuleOrigin::File { file, line } => write!(f, "{file}:{line}"),
        }
    }
}

impl fmt::Display for IgnoreRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.id.as_ref().map(|id| format!("`{id}`")));
        parts.extend(self.package.as_ref().map(|package| format!("package `{package}`")));
        parts.extend(self.path.as_ref().map(|path| format!("path `{path}`")));
        parts.extend(self.fingerprint.as_ref().map(|print| format!("secret `{print}`")));
        parts.extend(self.digest.as_ref().map(|digest| format!("file `{digest}`")));
        f.write_str(&parts.join(" in "))
    }
}

impl IgnoreRule {
    /// The rule of `--ignore ID`.
    #[must_use]
    pub fn from_command_line(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
            package: None,
            path: None,
            fingerprint: None,
            digest: None,
            reason: "ignored on the command line".into(),
            expires: None,
            origin: RuleOrigin::CommandLine,
        }
    }

    /// What a finding that this rule fits carries.
    #[must_use]
    pub fn suppression(&self) -> Suppression {
        Suppression {
            source: match &self.origin {
                RuleOrigin::CommandLine => SuppressionSource::CommandLine,
                RuleOrigin::File { .. } => SuppressionSource::File(self.origin.to_string()),
            },
            reason: self.reason.clone(),
            expires: self.expires,
        }
    }

    /// Whether its last day has passed.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether the rule sets aside what a check says of a Dockerfile: by the check's id or a name that it has in other
    /// tools, and the file's path. Rules about packages, secrets and digests never fit.
    #[must_use]
    pub fn matches_check(&self, ids: &[&str], path: &str) -> bool {
        let plain = |id: &str| id.trim_start_matches("AVD-").to_ascii_lowercase();
        let is_named = |rule: &String| ids.iter().any(|id| plain(id) == plain(rule));
        self.package.is_none()
            && self.fingerprint.is_none()
            && self.digest.is_none()
            && self.id.as_ref().is_none_or(is_named)
            && self.path.as_ref().is_none_or(|pattern| path_fits(pattern, path))
    }

    /// Whether package and path fit. A finding stands for all packages built from one source, so a rule
    /// that names an installed package fits only if that covers every one of them: the others' flaws were
    /// not accepted.
    pub(crate) fn matches_place(&self, finding: &Finding) -> bool {
        self.package.as_ref().is_none_or(|p| in_package(p, finding))
            && self.path.as_ref().is_none_or(|p| at_path(p, finding))
            && self.fingerprint.as_ref().is_none_or(|print| has_fingerprint(print, finding))
            && self.digest.as_ref().is_none_or(|digest| has_digest(digest, finding))
    }
}

fn in_package(pattern: &str, finding: &Finding) -> bool {
    finding.package.as_ref().is_some_and(|name| wildcard::matches(pattern, name))
        || (!finding.packages.is_empty()
            && finding.packages.iter().all(|p| wildcard::matches(pattern, &p.name)))
}

fn has_fingerprint(print: &str, finding: &Finding) -> bool {
    let of = finding.detection.as_ref().and_then(|detection| detection.fingerprint.as_ref());
    of.is_some_and(|of| of.eq_ignore_ascii_case(print))
}

fn has_digest(digest: &str, finding: &Finding) -> bool {
    let file = finding.detection.as_ref().and_then(|detection| detection.file.as_ref());
    file.is_some_and(|file| {
        [&file.md5, &file.sha1, &file.sha256].iter().any(|of| of.eq_ignore_ascii_case(digest))
    })
}

fn path_fits(pattern: &str, path: &str) -> bool {
    wildcard::matches(pattern.trim_start_matches('/'), path.trim_start_matches('/'))
}

fn at_path(pattern: &str, finding: &Finding) -> bool {
    let fits = |path: &str| path_fits(pattern, path);
    finding.path.as_ref().is_some_and(|path| fits(path))
        || (!finding.packages.is_empty() && finding.packages.iter().all(|p| fits(&p.path)))
}

/// The rules of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ParsedIgnores {
    /// In the order of the file.
    pub rules: Vec<IgnoreRule>,
    /// What should be mended but does not keep the rules from working.
    pub warnings: Vec<PolicyWarning>,
}

/// Why an ignore file cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct IgnoreFileError {
    /// Name of the file, as given to the parser.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// What is wrong, and what to write.
    pub message: String,
}

impl IgnoreFileError {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.into(), line, message: message.into() }
    }
}

fn check_size(file: &str, text: &str) -> Result<(), IgnoreFileError> {
    if text.len() > MAX_IGNORE_BYTES {
        return Err(IgnoreFileError::new(
            file,
            1,
            format!("the file is larger than {MAX_IGNORE_BYTES} bytes"),
        ));
    }
    Ok(())
}

/// The start of a text from outside, fit for a message.
fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 60;
    text.chars().take(MAX_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn parse_date(text: &str) -> Option<Date> {
    let shape = text.bytes().enumerate().all(|(i, b)| match i {
        4 | 7 => b == b'-',
        _ => b.is_ascii_digit(),
    });
    if shape && text.len() == 10 { text.parse().ok() } else { None }
}
