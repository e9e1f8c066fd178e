//! `--fail-on`: what trips the gate.

use std::{fmt, str::FromStr};

use plimsoll_model::{RiskKind, Severity, UrgencyLevel};

/// One condition of the gate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailOn {
    /// A finding that counts, of this severity or worse.
    Severity(Severity),
    /// A finding that counts and is known to be exploited.
    Exploited,
    /// A finding that counts, of this urgency or more.
    Urgency(UrgencyLevel),
    /// A finding that counts, of this sort.
    Kind(RiskKind),
    /// Any finding that counts.
    Any,
    /// An operating system past its end of life.
    EndOfLife,
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailOn::Severity(severity) => severity.as_str(),
            FailOn::Exploited => "kev",
            FailOn::Urgency(UrgencyLevel::FixNow) => "fix-now",
            FailOn::Urgency(UrgencyLevel::FixLater) => "fix-later",
            FailOn::Urgency(UrgencyLevel::CanWait) | FailOn::Any => "any",
            FailOn::EndOfLife => "eol",
            FailOn::Kind(RiskKind::Malware) => "malware",
            FailOn::Kind(RiskKind::SensitiveFile) => "secret",
            FailOn::Kind(RiskKind::Baseline) => "baseline",
            FailOn::Kind(RiskKind::BuildInstruction) => "build",
            FailOn::Kind(RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability) => {
                "vulnerability"
            }
        })
    }
}

/// The text is no condition of the gate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is nothing to fail on (write critical, high, medium, low or negligible for that severity or worse, \
     kev for known exploited, fix-now or fix-later for that urgency or more, eol for an operating system past \
     its end of life, malware, secret, baseline, build or vulnerability for that sort of finding, any for every \
     finding; several with commas)"
)]
pub struct FailOnError(pub String);

impl FromStr for FailOn {
    type Err = FailOnError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let word = s.trim().trim_end_matches('+').to_ascii_lowercase();
        Ok(match word.as_str() {
            "kev" | "exploited" => FailOn::Exploited,
            "fix-now" => FailOn::Urgency(UrgencyLevel::FixNow),
            "fix-later" => FailOn::Urgency(UrgencyLevel::FixLater),
            "any" | "all" | "unknown" => FailOn::Any,
            "eol" | "end-of-life" => FailOn::EndOfLife,
            "malware" => FailOn::Kind(RiskKind::Malware),
            "secret" | "secrets" | "sensitive-file" => FailOn::Kind(RiskKind::SensitiveFile),
            "baseline" => FailOn::Kind(RiskKind::Baseline),
            "build" | "build-instruction" => FailOn::Kind(RiskKind::BuildInstruction),
            "vulnerability" | "vuln" => FailOn::Kind(RiskKind::SystemVulnerability),
            _ => FailOn::Severity(
                word.parse()
                    .ok()
                    .filter(|s| *s != Severity::Unknown)
                    .ok_or_else(|| FailOnError(s.chars().take(40).collect()))?,
            ),
        })
    }
}

/// Reads a list of conditions separated by commas.
///
/// # Errors
/// The first word that is none, or the empty text.
pub fn parse_fail_on(list: &str) -> Result<Vec<FailOn>, FailOnError> {
    list.split(',').map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let list = parse_fail_on(
            "high,kev, fix-now,EOL,any,fix-later,malware,secrets,baseline,build,vuln",
        )
        .unwrap();
        assert_eq!(
            list.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "high",
                "kev",
                "fix-now",
                "eol",
                "any",
                "fix-later",
                "malware",
                "secret",
                "baseline",
                "build",
                "vulnerability"
            ]
        );
        assert_eq!("high+".parse(), Ok(FailOn::Severity(Severity::High)));
        for bad in ["", "bad", "high,", ",", "9"] {
            assert!(parse_fail_on(bad).is_err(), "{bad:?}");
        }
    }
}
