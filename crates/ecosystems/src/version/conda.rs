//! Conda's order (`conda.models.version.VersionOrder`): an epoch before `!`, a local version behind `+`, segments between
//! dots, dashes and underscores, of runs of digits and of letters. Letters come before numbers, but `post` comes last and
//! `dev` first; case is of no account. A dash or underscore at the end belongs to the last segment, as in OpenSSL's old
//! `1.0.1_`.

use std::cmp::Ordering;

use super::{Malformed, compare_ignoring_case, compare_numbers, left, right, split_while};

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = Version::parse(a).map_err(left)?;
    let b = Version::parse(b).map_err(right)?;
    let order = compare_numbers(a.epoch, b.epoch);
    let order = order.then_with(|| compare_parts(a.main, b.main));
    Ok(order.then_with(|| compare_parts(a.local, b.local)))
}

struct Version<'a> {
    epoch: &'a [u8],
    main: &'a [u8],
    local: &'a [u8],
}

impl<'a> Version<'a> {
    fn parse(text: &'a [u8]) -> Result<Self, &'static str> {
        let text = text.trim_ascii();
        let (epoch, text) = match text.iter().position(|c| *c == b'!') {
            Some(at) => {
                (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
            }
            None => (&b"0"[..], text),
        };
        if epoch.is_empty() || !epoch.iter().all(u8::is_ascii_digit) {
            return Err("its epoch is no number");
        }
        let (main, local) = match text.iter().position(|c| *c == b'+') {
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
            None => (text, None),
        };
        check(main)?;
        local.map_or(Ok(()), check)?;
        Ok(Self { epoch, main, local: local.unwrap_or_default() })
    }
}

fn is_divider(c: u8) -> bool {
    matches!(c, b'.' | b'-' | b'_')
}

/// Segments of letters and digits; the last may end in a dash or underscore, or be one.
fn check(part: &[u8]) -> Result<(), &'static str> {
    if part.contains(&b'-') && part.contains(&b'_') {
        return Err("it has dashes and underscores");
    }
    let whole = match part {
        [start @ .., b'.', b'-' | b'_'] | [start @ .., b'-' | b'_'] => start,
        whole => whole,
    };
    let is_segment = |s: &[u8]| !s.is_empty() && s.iter().all(u8::is_ascii_alphanumeric);
    match whole.split(|c| is_divider(*c)).all(is_segment) {
        true => Ok(()),
        false => Err("it has an empty or malformed segment"),
    }
}

/// In this order.
#[derive(Clone, Copy)]
enum Component<'a> {
    Dev,
    Underscore,
    Word(&'a [u8]),
    Number(&'a [u8]),
    Post,
}

/// What stands for all that is missing.
const ZERO: Component<'_> = Component::Number(b"0");

impl Component<'_> {
    fn cmp(self, other: Self) -> Ordering {
        match (self, other) {
            (Component::Word(a), Component::Word(b)) => compare_ignoring_case(a, b),
            (Component::Number(a), Component::Number(b)) => compare_numbers(a, b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Component::Dev => 0,
            Component::Underscore => 1,
            Component::Word(_) => 2,
            Component::Number(_) => 3,
            Component::Post => 4,
        }
    }
}

/// The components of one segment.
struct Segment<'a> {
    rest: &'a [u8],
    is_start: bool,
}

impl<'a> Iterator for Segment<'a> {
    type Item = Component<'a>;

    fn next(&mut self) -> Option<Component<'a>> {
        let is_start = std::mem::replace(&mut self.is_start, false);
        let first = *self.rest.first()?;
        if first.is_ascii_digit() {
            let (digits, rest) = split_while(self.rest, |c| c.is_ascii_digit());
            self.rest = rest;
            return Some(Component::Number(digits));
        }
        if is_start {
            return Some(ZERO);
        }
        if is_divider(first) {
            self.rest = &[];
            return Some(Component::Underscore);
        }
        let (word, rest) = split_while(self.rest, |c| c.is_ascii_alphabetic());
        self.rest = rest;
        Some(match word {
            _ if word.eq_ignore_ascii_case(b"dev") => Component::Dev,
            _ if word.eq_ignore_ascii_case(b"post") => Component::Post,
            word => Component::Word(word),
        })
    }
}

/// Takes the first segment off, with the divider behind it where that ends the text.
fn segment<'a>(rest: &mut &'a [u8]) -> Option<Segment<'a>> {
    if rest.is_empty() {
        return None;
    }
    let end = rest.iter().position(|c| is_divider(*c)).unwrap_or(rest.len());
    let (taken, left) = match rest.get(end..) {
        Some([b'-' | b'_']) => (rest.len(), &[][..]),
        Some([_, left @ ..]) => (end, left),
        _ => (rest.len(), &[][..]),
    };
    let segment = rest.get(..taken).unwrap_or_default();
    *rest = left;
    Some(Segment { rest: segment, is_start: true })
}

fn compare_parts(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let (x, y) = (segment(&mut a), segment(&mut b));
        if x.is_none() && y.is_none() {
            return Ordering::Equal;
        }
        let empty = || Segment { rest: &[], is_start: true };
        let (mut x, mut y) = (x.unwrap_or_else(empty), y.unwrap_or_else(empty));
        loop {
            let order = match (x.next(), y.next()) {
                (None, None) => break,
                (x, y) => x.unwrap_or(ZERO).cmp(y.unwrap_or(ZERO)),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}
