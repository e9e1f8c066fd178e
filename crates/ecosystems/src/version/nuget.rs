//! NuGet's order (`NuGetVersion`): up to four numbers, then Semantic Versioning's suffixes, whose words compare
//! without regard to case. Build metadata says nothing.

use std::cmp::Ordering;

use super::{Malformed, compare_ignoring_case, compare_numbers, left, right, split_while};

struct Version<'a> {
    numbers: [&'a [u8]; 4],
    pre_release: Option<&'a [u8]>,
}

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a).map_err(left)?;
    let b = parse(b).map_err(right)?;
    let numbers = a.numbers.iter().zip(&b.numbers).map(|(x, y)| compare_numbers(x, y));
    Ok(numbers.fold(Ordering::Equal, Ordering::then).then_with(|| {
        match (a.pre_release, b.pre_release) {
            (Some(a), Some(b)) => compare_labels(a, b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }))
}

fn parse(text: &[u8]) -> Result<Version<'_>, &'static str> {
    let (text, metadata) = match text.trim_ascii().iter().position(|c| *c == b'+') {
        Some(at) => {
            let text = text.trim_ascii();
            (text.get(..at).unwrap_or_default(), text.get(at + 1..))
        }
        None => (text.trim_ascii(), None),
    };
    let (core, suffix) = split_while(text, |c| c != b'-');
    let mut numbers: [&[u8]; 4] = [b""; 4];
    let mut places = numbers.iter_mut();
    for number in core.split(|c| *c == b'.') {
        let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
        match places.next() {
            Some(place) if is_number => *place = number,
            Some(_) => return Err("a number is missing or malformed"),
            None => return Err("it has more than four numbers"),
        }
    }
    let pre_release = suffix.get(1..);
    let is_label = |label: &[u8]| {
        !label.is_empty() && label.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
    };
    for part in [pre_release, metadata].into_iter().flatten() {
        if !part.split(|c| *c == b'.').all(is_label) {
            return Err("its suffix has an empty or malformed label");
        }
    }
    // As NuGet itself, which takes a number there by Semantic Versioning's rules.
    let is_padded = |label: &[u8]| {
        label.len() > 1 && label.starts_with(b"0") && label.iter().all(u8::is_ascii_digit)
    };
    if pre_release.is_some_and(|part| part.split(|c| *c == b'.').any(is_padded)) {
        return Err("a number of its suffix begins with a zero");
    }
    Ok(Version { numbers, pre_release })
}

/// Numbers before words; of two lists that start alike, the shorter first.
fn compare_labels(a: &[u8], b: &[u8]) -> Ordering {
    let mut a = a.split(|c| *c == b'.');
    let mut b = b.split(|c| *c == b'.');
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
        let order = match (is_number(x), is_number(y)) {
            (true, true) => compare_numbers(x, y),
            (false, false) => compare_ignoring_case(x, y),
            (x, y) => y.cmp(&x),
        };
        if order.is_ne() {
            return order;
        }
    }
}
