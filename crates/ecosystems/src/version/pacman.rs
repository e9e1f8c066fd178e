//! Arch Linux's order (vercmp(8)): RPM's of an older make. It knows neither `~` nor `^`, compares how
//! many separators stand between two parts, and lets a remaining run of letters lose against the end.
//!
//! A missing release is equal to every release, so the order is not transitive over texts with and
//! without one; installed packages always have one.

use std::cmp::Ordering;

use super::{
    Malformed, compare_numbers, left, right,
    rpm::{compare_runs, parse},
    split_while,
};

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a).map_err(left)?;
    let b = parse(b).map_err(right)?;
    Ok(compare_numbers(a.epoch, b.epoch)
        .then_with(|| compare_part(a.version, b.version))
        .then_with(|| match (a.release, b.release) {
            (Some(a), Some(b)) => compare_part(a, b),
            _ => Ordering::Equal,
        }))
}

fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    while !a.is_empty() && !b.is_empty() {
        let (separators_a, rest_a) = split_while(a, |c| !c.is_ascii_alphanumeric());
        let (separators_b, rest_b) = split_while(b, |c| !c.is_ascii_alphanumeric());
        (a, b) = (rest_a, rest_b);
        let (Some(x), Some(y)) = (a.first(), b.first()) else { break };
        let order = separators_a.len().cmp(&separators_b.len());
        if order.is_ne() {
            return order;
        }
        match (x.is_ascii_digit(), y.is_ascii_digit()) {
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (digits, _) => {
                let order;
                (order, a, b) = compare_runs(a, b, digits);
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
    let letters = |text: &[u8]| text.first().is_some_and(u8::is_ascii_alphabetic);
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if letters(b) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, _) if letters(a) => Ordering::Less,
        (false, _) => Ordering::Greater,
    }
}
