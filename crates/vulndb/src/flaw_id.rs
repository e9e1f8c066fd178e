//! Ids of flaws: CVE ids as two numbers, all others as text; and the repair of ids that feeds misspell.

use std::fmt;

/// Longest id that is taken from a feed.
pub const MAX_ID_LEN: usize = 200;

/// Years that a CVE id can carry. (CVE-1999 holds the oldest; the lower bound leaves room, the upper one
/// catches package versions taken for years.)
const YEARS: std::ops::RangeInclusive<u16> = 1980..=2100;

/// Id of a flaw. CVE ids order by year and number, before all others.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum FlawId {
    /// `CVE-YEAR-NUMBER`, the number written with at least four digits.
    Cve {
        /// Year.
        year: u16,
        /// Number.
        number: u32,
    },
    /// Any other.
    Other(Box<str>),
}

impl FlawId {
    /// Reads a canonical id; whatever is not a canonical CVE id is kept as text.
    #[must_use]
    pub fn new(id: &str) -> Self {
        parse_cve(id)
            .filter(|(_, rest)| rest.is_empty())
            .map_or_else(|| FlawId::Other(id.into()), |(cve, _)| cve)
    }

    /// Whether it is a CVE id.
    #[must_use]
    pub fn is_cve(&self) -> bool {
        matches!(self, FlawId::Cve { .. })
    }
}

impl fmt::Display for FlawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlawId::Cve { year, number } => write!(f, "CVE-{year}-{number:04}"),
            FlawId::Other(id) => f.write_str(id),
        }
    }
}

/// `CVE-2019-0001` and what follows it. Digits beyond four must not begin with zero: such an id would not
/// come back as it was written.
fn parse_cve(id: &str) -> Option<(FlawId, &str)> {
    let rest = id.strip_prefix("CVE-")?;
    let (year, rest) = rest.split_at_checked(4)?;
    let rest = rest.strip_prefix('-')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    if !year.bytes().all(|b| b.is_ascii_digit())
        || digits < 4
        || (digits > 4 && number.starts_with('0'))
    {
        return None;
    }
    let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
    Some((FlawId::Cve { year, number: number.parse().ok()? }, rest))
}

/// An id as a feed writes it, made canonical.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Normalized {
    /// It was canonical.
    AsIs(String),
    /// It was misspelt, and there is only one thing it can mean.
    Repaired(String),
    /// It is empty or too long to be one.
    Refused,
}

/// Repairs the id of a flaw where that is unambiguous: separators (`CVE 2018-16859`, `CVE_2019-2426`), case,
/// text after the id (`CVE-2017-2616 (+ regression fix)`), and the `CAN-` prefix that CVE ids had until
/// 2005 (CVE Program, "CVE ID Syntax Change"). Everything else stays as it is.
#[must_use]
pub fn normalize(id: &str) -> Normalized {
    let trimmed = id.trim();
    if trimmed.is_empty() || trimmed.len() > MAX_ID_LEN || trimmed.chars().any(char::is_control) {
        return Normalized::Refused;
    }
    match repair(trimmed) {
        Some(cve) if cve == id => Normalized::AsIs(cve),
        Some(cve) => Normalized::Repaired(cve),
        None if trimmed.len() == id.len() => Normalized::AsIs(id.to_owned()),
        None => Normalized::Repaired(trimmed.to_owned()),
    }
}

fn repair(id: &str) -> Option<String> {
    let upper = id.to_ascii_uppercase();
    let rest = upper.strip_prefix("CVE").or_else(|| upper.strip_prefix("CAN"))?;
    let separator = |c: char| matches!(c, ' ' | '-' | '_' | ':' | '\u{2010}'..='\u{2015}');
    let rest = rest.trim_start_matches(separator);
    let (year, rest) = rest.split_at_checked(4)?;
    let number = rest.trim_start_matches(separator);
    if number.len() == rest.len() {
        return None;
    }
    let canonical = format!("CVE-{year}-{number}");
    let (cve, tail) = parse_cve(&canonical)?;
    let closed = tail.is_empty() || tail.starts_with([' ', '(', '[', ',', ';', '.', '\t']);
    // Another id behind it: which of the two is meant is not ours to say.
    (closed && !tail.contains("CVE") && !tail.contains("CAN-")).then(|| cve.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_ids_are_numbers_and_come_back() {
        for id in ["CVE-2019-0001", "CVE-1999-0001", "CVE-2021-44228", "CVE-2025-1000001"] {
            let cve = FlawId::new(id);
            assert!(cve.is_cve(), "{id}");
            assert_eq!(cve.to_string(), id);
        }
        for id in ["CVE-2019-001", "CVE-2019-00001", "CVE-20190001", "GHSA-aaaa", "CVE-2019-0001x"]
        {
            assert_eq!(FlawId::new(id), FlawId::Other(id.into()));
        }
        assert!(FlawId::new("CVE-2019-9999") < FlawId::new("CVE-2019-10000"));
    }

    #[test]
    fn misspelt_ids_are_repaired_only_where_unambiguous() {
        let repaired = |id: &str| match normalize(id) {
            Normalized::Repaired(id) => Some(id),
            _ => None,
        };
        for (bad, good) in [
            ("CVE 2018-16859", "CVE-2018-16859"),
            ("CVE_2019-2426", "CVE-2019-2426"),
            ("cve-2019-2426", "CVE-2019-2426"),
            ("CVE-2019\u{2013}2426", "CVE-2019-2426"),
            ("CVE2019-2426", "CVE-2019-2426"),
            ("CAN-2004-0001", "CVE-2004-0001"),
            ("CVE-2017-2616 (+ regression fix)", "CVE-2017-2616"),
            (" CVE-2017-2616", "CVE-2017-2616"),
        ] {
            assert_eq!(repaired(bad).as_deref(), Some(good), "{bad}");
        }
        for kept in
            ["CVE-2019-1 CVE-2019-2", "CVE-2019-0001 CVE-2019-0002", "CVE-2020-XXXX", "XSA-7"]
        {
            assert_eq!(normalize(kept), Normalized::AsIs(kept.into()));
        }
        assert_eq!(normalize("CVE-2019-1000000"), Normalized::AsIs("CVE-2019-1000000".into()));
        assert_eq!(normalize("  "), Normalized::Refused);
        assert_eq!(normalize(&"x".repeat(MAX_ID_LEN + 1)), Normalized::Refused);
    }
}
