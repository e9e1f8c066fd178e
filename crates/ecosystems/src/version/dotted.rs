//! Orders of plain numbers: R's packages (`1.2-3`) and Haskell's (the Package Versioning Policy).

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right};

pub(super) struct Rules {
    /// What stands between the numbers.
    separators: &'static [u8],
    /// Whether a missing number is zero. Otherwise of two that start alike the longer follows.
    padded: bool,
}

/// R's `numeric_version`, as it decides on dependencies; its function `compareVersion` does not pad.
pub(super) const CRAN: Rules = Rules { separators: b".-", padded: true };
pub(super) const HACKAGE: Rules = Rules { separators: b".", padded: false };

pub(super) fn compare(rules: &Rules, a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let Rules { separators, padded } = *rules;
    check(separators, a).map_err(left)?;
    check(separators, b).map_err(right)?;
    let mut a = a.split(|c| separators.contains(c));
    let mut b = b.split(|c| separators.contains(c));
    loop {
        let order = match (a.next(), b.next()) {
            (Some(x), Some(y)) => compare_numbers(x, y),
            (Some(x), None) if padded => compare_numbers(x, b""),
            (None, Some(y)) if padded => compare_numbers(b"", y),
            (x, y) => return Ok(x.is_some().cmp(&y.is_some())),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

fn check(separators: &[u8], text: &[u8]) -> Result<(), &'static str> {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let good = text.split(|c| separators.contains(c)).all(is_number);
    good.then_some(()).ok_or("it is more than numbers")
}
