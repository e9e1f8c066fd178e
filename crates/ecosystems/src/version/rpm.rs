//! RPM's order: epoch, version and release (rpm-version(7)), each cut into runs of digits and runs of
//! letters; `~` sorts before the end, `^` right after it.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right, split_last, split_while};

/// Epoch, version and release; what is missing is empty.
pub(super) struct Evr<'a> {
    pub(super) epoch: &'a [u8],
    pub(super) version: &'a [u8],
    pub(super) release: Option<&'a [u8]>,
}

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a).map_err(left)?;
    let b = parse(b).map_err(right)?;
    Ok(compare_numbers(a.epoch, b.epoch)
        .then_with(|| compare_part(a.version, b.version))
        .then_with(|| match (a.release, b.release) {
            (Some(a), Some(b)) => compare_part(a, b),
            // A missing release sorts before every release, even an empty one.
            (a, b) => a.is_some().cmp(&b.is_some()),
        }))
}

/// Any text but the empty one has an epoch, a version and a release: rpm itself refuses nothing else.
pub(super) fn parse(text: &[u8]) -> Result<Evr<'_>, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    let (digits, rest) = split_while(text, |c| c.is_ascii_digit());
    let (epoch, rest) = match rest.strip_prefix(b":") {
        Some(rest) => (digits, rest),
        None => (&b""[..], text),
    };
    let (version, release) = match split_last(rest, b'-') {
        Some((version, release)) => (version, Some(release)),
        None => (rest, None),
    };
    Ok(Evr { epoch, version, release })
}

fn is_separator(c: u8) -> bool {
    !c.is_ascii_alphanumeric() && c != b'~' && c != b'^'
}

fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    loop {
        a = split_while(a, is_separator).1;
        b = split_while(b, is_separator).1;
        match (a.first(), b.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                a = a.get(1..).unwrap_or_default();
                b = b.get(1..).unwrap_or_default();
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(b'^'), _) => return Ordering::Less,
            (_, Some(b'^')) => return Ordering::Greater,
            (Some(x), Some(y)) => match (x.is_ascii_digit(), y.is_ascii_digit()) {
                (true, false) => return Ordering::Greater,
                (false, true) => return Ordering::Less,
                (digits, _) => {
                    let order;
                    (order, a, b) = compare_runs(a, b, digits);
                    if order.is_ne() {
                        return order;
                    }
                }
            },
        }
    }
}

/// Compares the leading runs of digits, or of letters, and returns what follows them.
pub(super) fn compare_runs<'a, 'b>(
    a: &'a [u8],
    b: &'b [u8],
    digits: bool,
) -> (Ordering, &'a [u8], &'b [u8]) {
    let test = |c: u8| if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
    let (x, rest_a) = split_while(a, test);
    let (y, rest_b) = split_while(b, test);
    let order = if digits { compare_numbers(x, y) } else { x.cmp(y) };
    (order, rest_a, rest_b)
}
