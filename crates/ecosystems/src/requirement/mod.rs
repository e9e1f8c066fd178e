//! Requirements on versions, as package tools and advisories write them (`~> 1.2, >= 1.2.3`, `<1.2.3 || >=2.0.0 <2.0.5`), read
//! as what they come to: a set of intervals in the order of the ecosystem. Advisories that name what is
//! *patched* need the complement, which no tool gives.
//!
//! Tools leave pre-releases out of most ranges, because nobody wants to install one by accident. Whether a flaw is
//! in one is another question, so here a pre-release lies where the order puts it.

mod composer;
mod gem;
mod semver;
mod set;

use std::ops::Bound;

pub use set::{Interval, VersionSet};

use crate::version::Scheme;

/// The longest requirement that is read, in bytes.
const MAX_LENGTH: usize = 8 * 1024;
/// The most comparisons in one requirement.
const MAX_TERMS: usize = 512;

/// How requirements are written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Grammar {
    /// `semver` of Rust: `^1.2.3, <1.5`.
    Cargo,
    /// Comparisons and wildcards of composer/semver; not its `^` and `~`.
    Composer,
    /// `Gem::Requirement`: `~> 1.2, >= 1.2.3`.
    Gem,
    /// npm's ranges.
    Npm,
}

/// A text that is no requirement.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is no requirement on a version: {reason}")]
pub struct RequirementError {
    /// The part that is wrong, cut to a length that is safe to print.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Grammar {
    /// All grammars.
    pub const ALL: [Grammar; 4] = [Grammar::Cargo, Grammar::Composer, Grammar::Gem, Grammar::Npm];

    /// The order of the versions that it speaks about.
    #[must_use]
    pub fn scheme(self) -> Scheme {
        match self {
            Grammar::Cargo => Scheme::Semver,
            Grammar::Composer => Scheme::Composer,
            Grammar::Gem => Scheme::Gem,
            Grammar::Npm => Scheme::Npm,
        }
    }

    /// Reads a requirement.
    ///
    /// # Errors
    /// Where it, or a version in it, is malformed or it is overlong.
    pub fn parse(self, text: &str) -> Result<VersionSet, RequirementError> {
        if text.len() > MAX_LENGTH {
            return Err(self.error(text, "it is too long"));
        }
        match self {
            Grammar::Cargo => semver::cargo(text),
            Grammar::Composer => composer::parse(text),
            Grammar::Gem => gem::parse(text),
            Grammar::Npm => semver::npm(text),
        }
    }

    fn error(self, text: &str, reason: &'static str) -> RequirementError {
        let shown = plimsoll_model::CappedText(text.as_bytes(), 80);
        RequirementError { text: shown.to_string(), reason }
    }

    /// The set of what stands in a relation to a version.
    fn compared(self, operator: &str, version: &str) -> Result<VersionSet, RequirementError> {
        if self.scheme().check(version).is_err() {
            return Err(self.error(version, "it is no version"));
        }
        let v = || version.to_owned();
        let (low, high) = match operator {
            "<" => (Bound::Unbounded, Bound::Excluded(v())),
            "<=" => (Bound::Unbounded, Bound::Included(v())),
            ">" => (Bound::Excluded(v()), Bound::Unbounded),
            ">=" => (Bound::Included(v()), Bound::Unbounded),
            "=" => (Bound::Included(v()), Bound::Included(v())),
            "!=" => return Ok(self.compared("=", version)?.complement()),
            _ => return Err(self.error(operator, "the operator is unknown")),
        };
        Ok(VersionSet::new(self.scheme(), vec![Interval { low, high }]))
    }

    fn between(self, low: String, high: String) -> Result<VersionSet, RequirementError> {
        Ok(self.compared(">=", &low)?.and(&self.compared("<", &high)?))
    }
}

/// Takes the operator off the front.
fn split_operator(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(text.len());
    let (operator, version) = text.split_at(end);
    (operator, version.trim_start())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(grammar: Grammar, text: &str, expected: &str) {
        let got = grammar.parse(text).map_or_else(|e| e.to_string(), |set| set.to_string());
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn requirements_come_to_intervals() {
        check(Grammar::Npm, "<1.2.3 || >= 2.0.0 <2.0.5", "[..1.2.3) [2.0.0..2.0.5)");
        check(Grammar::Npm, "*", "[..]");
        check(Grammar::Npm, "", "[..]");
        check(Grammar::Npm, "^0.2.3", "[0.2.3..0.3.0-0)");
        check(Grammar::Npm, "9.x || 10.x", "[9.0.0-0..11.0.0-0)");
        check(Grammar::Npm, ">1.0.0 <1.0.0", "");
        check(Grammar::Gem, "~> 1.1.9", "[1.1.9..1.2.A)");
        check(Grammar::Gem, "~> 1.2.3, >= 1.2.3.4", "[1.2.3.4..1.3.A)");
        check(Grammar::Composer, ">=1.0,<1.2", "[1.0-dev..1.2)");
        check(Grammar::Cargo, ">= 0.7, <0.8.0", "[0.7.0..0.8.0)");
        check(Grammar::Cargo, "^1.2", "[1.2.0..2.0.0-0)");
        check(Grammar::Npm, "foo", "`foo` is no requirement on a version: it is no version");
    }

    #[test]
    fn the_complement_of_what_is_patched_is_affected() {
        let patched = ["~> 1.1.9", "~> 1.2.3", ">= 1.3.1"];
        let mut safe = VersionSet::none(Scheme::Gem);
        for text in patched {
            safe = safe.or(&Grammar::Gem.parse(text).unwrap());
        }
        let affected = safe.complement();
        assert_eq!(affected.to_string(), "[..1.1.9) [1.2.A..1.2.3) [1.3.A..1.3.1)");
        for (version, is_affected) in
            [("1.0", true), ("1.1.8", true), ("1.1.9", false), ("1.2.0", true), ("1.2.9", false)]
        {
            assert_eq!(affected.holds(version), is_affected, "{version}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_but_never_panics(text: String, version: String) {
            for grammar in Grammar::ALL {
                if let Ok(set) = grammar.parse(&text) {
                    let _ = set.holds(&version);
                    let _ = set.ranges(None);
                }
            }
        }

        #[test]
        fn a_version_is_in_a_set_or_in_its_complement(
            text in "((>=|<|>|<=|=|~>|\\^|~)? ?[0-2](\\.[0-2](\\.[0-2](-a)?)?)?(, | | \\|\\| )?){1,4}",
            version in "[0-2]\\.[0-2]\\.[0-2](-a)?",
        ) {
            for grammar in Grammar::ALL {
                if let Ok(set) = grammar.parse(&text) {
                    prop_assert_ne!(set.holds(&version), set.complement().holds(&version));
                    prop_assert_eq!(&set.complement().complement(), &set);
                    let scheme = grammar.scheme();
                    let ranges = set.ranges(None);
                    let told = ranges.iter().any(|r| scheme.holds(r, &version));
                    // A range from `0` is from the beginning (OSV), pre-releases of 0 included.
                    let is_before_zero = scheme.compare(&version, "0").is_ok_and(Ordering::is_lt);
                    if !(is_before_zero && ranges.iter().any(|r| r.introduced.as_deref() == Some("0"))) {
                        prop_assert_eq!(told, set.holds(&version), "{}", set);
                    }
                }
            }
        }
    }
}
