//! How bad a flaw is, on one scale for every source.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Severity on Plimsoll's scale, ordered from least to worst. `Unknown` means that no source gave one.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No source rates it.
    #[default]
    Unknown,
    /// The distribution considers it to have no practical impact.
    Negligible,
    /// Limited impact or hard to exploit.
    Low,
    /// Also called moderate.
    Medium,
    /// Also called important.
    High,
    /// Remote compromise without interaction, or as bad.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const WORST_FIRST: [Severity; 6] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Negligible,
        Severity::Unknown,
    ];

    /// The qualitative rating of a CVSS base score from 0.0 to 10.0 (CVSS 3.1 specification, section 5;
    /// used for version 2 scores too, as NVD does for its combined ratings except that version 2 has no
    /// critical).
    #[must_use]
    pub fn from_cvss_score(score: f64) -> Self {
        match score {
            s if s >= 9.0 => Severity::Critical,
            s if s >= 7.0 => Severity::High,
            s if s >= 4.0 => Severity::Medium,
            s if s > 0.0 => Severity::Low,
            _ => Severity::Negligible,
        }
    }

    /// The lower-case name used in every output and flag.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Unknown => "unknown",
            Severity::Negligible => "negligible",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is no severity that any of our sources uses.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a severity (use critical, high, medium, low, negligible or unknown)")]
pub struct SeverityError(pub String);

impl FromStr for Severity {
    type Err = SeverityError;

    /// Reads our own names and the words that distributions use for the same thing (moderate,
    /// important, untriaged, not yet assigned …), in any case.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(match s.trim().to_ascii_lowercase().as_str() {
            "critical" => Severity::Critical,
            "high" | "important" => Severity::High,
            "medium" | "moderate" => Severity::Medium,
            "low" | "minor" => Severity::Low,
            "negligible" | "unimportant" | "none" => Severity::Negligible,
            "unknown" | "untriaged" | "not yet assigned" | "" => Severity::Unknown,
            _ => return Err(SeverityError(s.to_owned())),
        })
    }
}
