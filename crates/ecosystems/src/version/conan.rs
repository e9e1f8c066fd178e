//! Conan's order (`conan.tools.scm.Version` of Conan 2). Any text is a version: elements between dots, a
//! pre-release behind the first `-`, a build behind the last `+`.
//!
//! Two numbers compare as numbers, everything else as text. So the tool is not transitive (2 < 10 < 1a < 2),
//! and neither is this.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, split_last};

#[derive(Clone, Copy)]
struct Version<'a> {
    main: &'a [u8],
    pre_release: Option<&'a [u8]>,
    build: Option<&'a [u8]>,
}

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a);
    let b = parse(b);
    let main = compare_elements(a.main, b.main);
    Ok(main.then_with(|| match (a.pre_release, b.pre_release) {
        (Some(x), Some(y)) => compare_elements(x, y).then_with(|| compare_builds(a.build, b.build)),
        (None, None) => compare_builds(a.build, b.build),
        (x, y) => x.is_none().cmp(&y.is_none()),
    }))
}

fn parse(text: &[u8]) -> Version<'_> {
    let (text, build) = match split_last(text, b'+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    match text.iter().position(|c| *c == b'-') {
        Some(at) => {
            let main = text.get(..at).unwrap_or_default();
            Version { main, pre_release: text.get(at + 1..), build }
        }
        None => Version { main: text, pre_release: None, build },
    }
}

fn compare_builds(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_elements(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Zeros at the end say nothing.
fn compare_elements(a: &[u8], b: &[u8]) -> Ordering {
    let mut a = without_last_zeros(a).into_iter().flat_map(elements);
    let mut b = without_last_zeros(b).into_iter().flat_map(elements);
    loop {
        let order = match (a.next(), b.next()) {
            (Some(x), Some(y)) => compare_element(x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn elements(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|c| *c == b'.')
}

/// `None` where nothing is left.
fn without_last_zeros(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let (before, last) = split_last(text, b'.').map_or((None, text), |(b, l)| (Some(b), l));
        if last.is_empty() || !is_number(last) || last.iter().any(|c| !matches!(c, b'0' | b'_')) {
            return Some(text);
        }
        text = before?;
    }
}

fn compare_element(a: &[u8], b: &[u8]) -> Ordering {
    match (is_number(a), is_number(b)) {
        (true, true) => compare_plain_numbers(a, b),
        (false, false) => a.cmp(b),
        // A number is compared by the text that Python makes of it.
        (true, false) => number_text(a).cmp(b.iter().copied()),
        (false, true) => a.iter().copied().cmp(number_text(b)),
    }
}

/// What Python's `int` reads: digits, with single underscores between them.
fn is_number(text: &[u8]) -> bool {
    let is_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    text.split(|c| *c == b'_').all(is_digits)
}

fn number_text(number: &[u8]) -> impl Iterator<Item = u8> {
    let mut digits = number.iter().copied().filter(|c| *c != b'_').peekable();
    while digits.next_if_eq(&b'0').is_some() && digits.peek().is_some() {}
    let zero = digits.peek().is_none().then_some(b'0');
    zero.into_iter().chain(digits)
}

fn compare_plain_numbers(a: &[u8], b: &[u8]) -> Ordering {
    if !a.contains(&b'_') && !b.contains(&b'_') {
        return compare_numbers(a, b);
    }
    let significant =
        |n: &'_ [u8]| n.iter().filter(|c| **c != b'_').skip_while(|c| **c == b'0').count();
    significant(a).cmp(&significant(b)).then_with(|| number_text(a).cmp(number_text(b)))
}
