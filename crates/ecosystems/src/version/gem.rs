//! RubyGems' order (`Gem::Version`): runs of digits and of letters, in which letters make a pre-release.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right, split_while};

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let mut a = Segments::new(check(a).map_err(left)?);
    let mut b = Segments::new(check(b).map_err(right)?);
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ok(Ordering::Equal),
            // What is missing is zero.
            (x, y) => match (x.unwrap_or(ZERO), y.unwrap_or(ZERO)) {
                (Segment::Number(x), Segment::Number(y)) => compare_numbers(x, y),
                (Segment::Word(x), Segment::Word(y)) => x.cmp(y),
                (Segment::Word(_), Segment::Number(_)) => Ordering::Less,
                (Segment::Number(_), Segment::Word(_)) => Ordering::Greater,
            },
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

/// `digits{.alphanumerics}[-alphanumerics{.alphanumerics}]`, between spaces; nothing at all is 0.
fn check(text: &[u8]) -> Result<&[u8], &'static str> {
    let is_space = |c: &u8| matches!(c, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|c| !is_space(c)).unwrap_or(text.len());
    let end = text.iter().rposition(|c| !is_space(c)).map_or(start, |at| at + 1);
    let text = text.get(start..end).unwrap_or_default();
    if text.is_empty() {
        return Ok(text);
    }
    let (numbers, rest) = split_while(text, |c| c != b'-');
    let mut parts = numbers.split(|c| *c == b'.');
    let starts_well =
        parts.next().is_some_and(|p| !p.is_empty() && p.iter().all(u8::is_ascii_digit));
    if !starts_well {
        return Err("it does not start with a number");
    }
    let is_word = |part: &[u8], dash: bool| {
        let allowed = |c: &u8| c.is_ascii_alphanumeric() || (dash && *c == b'-');
        !part.is_empty() && part.iter().all(allowed)
    };
    let tail = rest.get(1..);
    let bad_tail = tail.is_some_and(|t| t.split(|c| *c == b'.').any(|p| !is_word(p, true)));
    if bad_tail || parts.any(|p| !is_word(p, false)) {
        return Err("it has an empty or malformed segment");
    }
    Ok(text)
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Number(&'a [u8]),
    Word(&'a [u8]),
}

const ZERO: Segment<'static> = Segment::Number(b"");

#[derive(Clone)]
struct Segments<'a> {
    rest: &'a [u8],
    seen_word: bool,
    /// Zeros that are known to stay, because a number follows them.
    zeros: usize,
}

impl<'a> Segments<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { rest: text, seen_word: false, zeros: 0 }
    }

    fn next(&mut self) -> Option<Segment<'a>> {
        loop {
            let segment = self.read()?;
            let Segment::Number(digits) = segment else {
                self.seen_word = true;
                return Some(segment);
            };
            if self.seen_word || digits.iter().any(|c| *c != b'0') {
                return Some(segment);
            }
            if self.zeros > 0 {
                self.zeros -= 1;
                return Some(segment);
            }
            // Zeros right before the first word are dropped: 1.0.0.rc1 is 1.rc1.
            let mut ahead = self.clone();
            let mut zeros = 0;
            loop {
                match ahead.read() {
                    Some(Segment::Number(d)) if d.iter().all(|c| *c == b'0') => zeros += 1,
                    Some(Segment::Number(_)) => {
                        self.zeros = zeros;
                        return Some(segment);
                    }
                    _ => break,
                }
            }
            for _ in 0..zeros {
                self.read();
            }
        }
    }

    fn read(&mut self) -> Option<Segment<'a>> {
        let (_, rest) = split_while(self.rest, |c| c == b'.');
        // A dash stands for the word `pre`.
        if let Some(rest) = rest.strip_prefix(b"-") {
            self.rest = rest;
            return Some(Segment::Word(b"pre"));
        }
        let first = rest.first()?;
        let (text, rest) = if first.is_ascii_digit() {
            split_while(rest, |c| c.is_ascii_digit())
        } else {
            split_while(rest, |c| c.is_ascii_alphabetic())
        };
        if text.is_empty() {
            return None;
        }
        self.rest = rest;
        let is_number = first.is_ascii_digit();
        Some(if is_number { Segment::Number(text) } else { Segment::Word(text) })
    }
}
