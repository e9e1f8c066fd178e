//! `--severity`: which severities count.

use std::{fmt, str::FromStr};

use plimsoll_model::Severity;

/// A set of severities. Written as a list (`critical,high`: these and no others, as other scanners read
/// it) or as a floor (`high+`: this and everything worse), or both mixed (`high+,unknown`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SeverityFilter {
    counted: [bool; Severity::WORST_FIRST.len()],
}

impl Default for SeverityFilter {
    /// Everything counts.
    fn default() -> Self {
        Self { counted: [true; Severity::WORST_FIRST.len()] }
    }
}

impl SeverityFilter {
    /// Whether findings of this severity count.
    #[must_use]
    pub fn counts(&self, severity: Severity) -> bool {
        Severity::WORST_FIRST.iter().zip(self.counted).any(|(s, counted)| *s == severity && counted)
    }

    /// Whether everything counts.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.counted.iter().all(|c| *c)
    }

    /// The severities that do not count although something milder does: almost certainly a slip of
    /// someone who wrote `high` and meant `high+`.
    #[must_use]
    pub fn gaps(&self) -> Vec<Severity> {
        let mildest = self.counted.iter().rposition(|c| *c).unwrap_or(0);
        Severity::WORST_FIRST
            .iter()
            .zip(self.counted)
            .take(mildest)
            .filter(|(s, counted)| !counted && **s > Severity::Negligible)
            .map(|(s, _)| *s)
            .collect()
    }
}

impl fmt::Display for SeverityFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            Severity::WORST_FIRST.iter().filter(|s| self.counts(**s)).map(|s| s.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

/// The text is no list of severities.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SeverityFilterError {
    /// One word is none.
    #[error(
        "`{0}` is not a severity (write a list such as critical,high or a floor such as high+; known are \
         critical, high, medium, low, negligible, unknown)"
    )]
    Unknown(String),
    /// Nothing was named.
    #[error("no severity given (write a list such as critical,high or a floor such as high+)")]
    Empty,
}

impl FromStr for SeverityFilter {
    type Err = SeverityFilterError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut filter = Self { counted: [false; Severity::WORST_FIRST.len()] };
        for word in s.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            let (name, floor) = match word.strip_suffix('+') {
                Some(name) => (name, true),
                None => (word, false),
            };
            let wanted = name
                .parse::<Severity>()
                .ok()
                .filter(|_| !name.is_empty())
                .ok_or_else(|| SeverityFilterError::Unknown(word.chars().take(40).collect()))?;
            for (severity, counted) in Severity::WORST_FIRST.iter().zip(&mut filter.counted) {
                *counted |= *severity == wanted || (floor && *severity > wanted);
            }
        }
        if filter.counted.contains(&true) { Ok(filter) } else { Err(SeverityFilterError::Empty) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_and_floors() {
        let parse = |s: &str| s.parse::<SeverityFilter>().map(|f| f.to_string());
        assert_eq!(parse("critical,high").as_deref(), Ok("critical,high"));
        assert_eq!(parse("HIGH, Critical").as_deref(), Ok("critical,high"));
        assert_eq!(parse("medium+").as_deref(), Ok("critical,high,medium"));
        assert_eq!(parse("high+,unknown").as_deref(), Ok("critical,high,unknown"));
        assert_eq!(parse("important").as_deref(), Ok("high"));
        assert!(parse("").is_err());
        assert!(parse(",").is_err());
        assert!(parse("+").is_err());
        assert!(parse("severe").unwrap_err().to_string().contains("high+"));
        assert!(SeverityFilter::default().is_all());
    }

    #[test]
    fn a_list_with_a_gap_at_the_top_is_noticed() {
        let gaps = |s: &str| s.parse::<SeverityFilter>().unwrap().gaps();
        assert_eq!(gaps("high"), [Severity::Critical]);
        assert_eq!(gaps("critical,medium"), [Severity::High]);
        assert!(gaps("critical,high").is_empty());
        assert!(gaps("high+").is_empty());
        assert!(gaps("low+,unknown").is_empty());
    }
}
