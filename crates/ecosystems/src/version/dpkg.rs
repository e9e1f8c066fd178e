//! Debian's order (deb-version(7)): `[epoch:]upstream[-revision]`, `~` before everything, even the end.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right, split_last, split_while};

struct Version<'a> {
    epoch: &'a [u8],
    upstream: &'a [u8],
    revision: &'a [u8],
}

/// dpkg keeps the epoch in an `int`.
const MAX_EPOCH: &[u8] = b"2147483647";

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a).map_err(left)?;
    let b = parse(b).map_err(right)?;
    Ok(compare_numbers(a.epoch, b.epoch)
        .then_with(|| compare_part(a.upstream, b.upstream))
        .then_with(|| compare_part(a.revision, b.revision)))
}

fn parse(text: &[u8]) -> Result<Version<'_>, &'static str> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Err("it is empty");
    }
    // dpkg only warns of other characters than the policy's, and orders them after letters. Bytes
    // outside ASCII it orders by the signedness of C's char, which differs between machines.
    if !text.iter().all(u8::is_ascii_graphic) {
        return Err("it contains a character that no version may contain");
    }
    let (epoch, rest) = match text.iter().position(|&c| c == b':') {
        Some(at) => {
            let (epoch, rest) = text.split_at(at);
            (check_epoch(epoch)?, rest.get(1..).unwrap_or_default())
        }
        None => (&b""[..], text),
    };
    let (upstream, revision) = match split_last(rest, b'-') {
        Some((_, b"")) => return Err("its revision is empty"),
        Some(both) => both,
        None => (rest, &b""[..]),
    };
    if upstream.is_empty() {
        return Err("its upstream version is empty");
    }
    Ok(Version { epoch, upstream, revision })
}

fn check_epoch(epoch: &[u8]) -> Result<&[u8], &'static str> {
    // dpkg reads it with strtol, which takes a plus sign.
    let digits = epoch.strip_prefix(b"+").unwrap_or(epoch);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err("its epoch is not a number");
    }
    if compare_numbers(digits, MAX_EPOCH).is_gt() {
        return Err("its epoch is too big");
    }
    Ok(digits)
}

/// Compares alternately a run without digits, by [`weight`], and a run of digits, as numbers.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        loop {
            let (x, y) = (weight(a), weight(b));
            if x != y {
                return x.cmp(&y);
            }
            if x == 0 {
                break;
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
        }
        let (x, rest_a) = split_while(a, |c| c.is_ascii_digit());
        let (y, rest_b) = split_while(b, |c| c.is_ascii_digit());
        let order = compare_numbers(x, y);
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

/// The weight of the first character among those that are no digits; 0 for a digit and the end.
fn weight(text: &[u8]) -> i32 {
    match text.first() {
        None => 0,
        Some(c) if c.is_ascii_digit() => 0,
        Some(b'~') => -1,
        Some(&c) if c.is_ascii_alphabetic() => i32::from(c),
        Some(&c) => i32::from(c) + 256,
    }
}
