//! Composer's order: `composer/semver` brings a version into a normal form, and PHP's `version_compare` orders
//! those. Named branches (`dev-main`) have no order and are refused; numbered ones (`1.x-dev`) have.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right, split_while, strip_prefix_ignoring_case};

/// What a normal form consists of.
#[derive(Clone, Copy)]
struct Version<'a> {
    /// Numbers, with anything else between them.
    numbers: &'a [u8],
    form: Form,
    /// Place of the stability, and the numbers behind it.
    stability: Option<(i8, &'a [u8])>,
    dev: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Form {
    /// Always four numbers; missing ones are zero.
    Classical,
    /// As many as there are: `2010.01.02`.
    Date,
    /// Four; missing ones and `x` are [`BRANCH`].
    Branch,
}

const BRANCH: &[u8] = b"9999999";
const DATE_GROUPS: usize = 6;

/// Places in `version_compare`, in the order in which they are tried. What it does not know, it puts before
/// everything else.
const STABILITIES: [(&[u8], i8); 9] = [
    (b"stable", -1),
    (b"beta", 2),
    (b"b", 2),
    (b"rc", 3),
    (b"alpha", 1),
    (b"a", 1),
    (b"patch", 5),
    (b"pl", 5),
    (b"p", 5),
];
const DEV: i8 = 0;
/// Where a number, or the end, stands among the words.
const PLAIN: i8 = 4;

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let mut a = Parts { version: parse(a).map_err(left)?, number: 0, stage: Stage::Numbers };
    let mut b = Parts { version: parse(b).map_err(right)?, number: 0, stage: Stage::Numbers };
    loop {
        let order = match (a.next(), b.next()) {
            (Part::End, Part::End) => return Ok(Ordering::Equal),
            (Part::Number(x), Part::Number(y)) => compare_numbers(x, y),
            (Part::Number(_), Part::End) => Ordering::Greater,
            (Part::End, Part::Number(_)) => Ordering::Less,
            (x, y) => x.place().cmp(&y.place()),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

fn parse(text: &[u8]) -> Result<Version<'_>, &'static str> {
    let mut text = text.trim_ascii();
    // `1.0 as 2.0`
    if let Some(at) = text.iter().position(|c| matches!(c, b' ' | b',')) {
        let (version, rest) = text.split_at(at);
        let rest = rest.trim_ascii_start();
        match rest.strip_prefix(b"as").map(|r| (r, r.trim_ascii_start())) {
            Some((spaced, alias)) if spaced.len() > alias.len() && !version.is_empty() => {
                text = version;
            }
            _ => return Err("it has a space or a comma"),
        }
    }
    if let Some(at) = text.iter().rposition(|c| *c == b'@') {
        let (version, flag) = text.split_at(at);
        let flags: [&[u8]; 5] = [b"@stable", b"@rc", b"@beta", b"@alpha", b"@dev"];
        if flags.iter().any(|f| f.eq_ignore_ascii_case(flag)) {
            text = version;
        }
    }
    let is_branch = strip_prefix_ignoring_case(text, b"dev-").is_some();
    if is_branch || [&b"master"[..], b"trunk", b"default"].contains(&text) {
        return Err("branches have no order");
    }
    if let Some(at) = text.iter().position(|c| *c == b'+')
        && at > 0
        && at + 1 < text.len()
    {
        text = text.get(..at).unwrap_or_default();
    }
    let bare = strip_prefix_ignoring_case(text, b"v").unwrap_or(text);
    classical(bare)
        .or_else(|| date(bare))
        .or_else(|| branch(text))
        .ok_or("it is no version, date or numbered branch")
}

fn classical(text: &[u8]) -> Option<Version<'_>> {
    let (first, mut rest) = split_while(text, |c| c.is_ascii_digit());
    if first.is_empty() || first.len() > 5 {
        return None;
    }
    for _ in 0..3 {
        match rest.strip_prefix(b".").map(|r| split_while(r, |c| c.is_ascii_digit())) {
            Some(([_, ..], after)) => rest = after,
            _ => break,
        }
    }
    let numbers = text.get(..text.len() - rest.len())?;
    with_suffix(numbers, Form::Classical, rest)
}

/// Four digits, then up to six groups of two, then up to three digits, each behind an optional separator.
fn date(text: &[u8]) -> Option<Version<'_>> {
    let mut ends = [0; DATE_GROUPS];
    let mut groups = 0;
    let mut at = digits_at(text, 0, 4)?;
    for end in &mut ends {
        let Some(next) = digits_at(text, skip_separator(text, at), 2) else { break };
        *end = next;
        at = next;
        groups += 1;
    }
    for end in ends.iter().take(groups).rev() {
        let tails = (1..=3).rev().map(|n| digits_at(text, skip_separator(text, *end), n));
        for end in tails.chain([Some(*end)]).flatten() {
            let (numbers, rest) = text.split_at_checked(end)?;
            if let Some(found) = with_suffix(numbers, Form::Date, rest) {
                return Some(found);
            }
        }
    }
    None
}

fn skip_separator(text: &[u8], at: usize) -> usize {
    at + usize::from(matches!(text.get(at), Some(b'.' | b':' | b'-')))
}

/// Where `count` digits end that start at `from`.
fn digits_at(text: &[u8], from: usize, count: usize) -> Option<usize> {
    let digits = text.get(from..from + count)?;
    digits.iter().all(u8::is_ascii_digit).then_some(from + count)
}

/// `[._-]` stability numbers `[.-]dev`, each of them optional.
fn with_suffix<'a>(numbers: &'a [u8], form: Form, suffix: &'a [u8]) -> Option<Version<'a>> {
    let plain = Version { numbers, form, stability: None, dev: false };
    let read = |rest: &'a [u8]| {
        let word = STABILITIES.iter().find_map(|(word, place)| {
            let after = strip_prefix_ignoring_case(rest, word)?;
            Some((rest.get(..word.len())?, *place, after))
        });
        let (stability, rest) = match word {
            None => (None, rest),
            Some((word, place, after)) => {
                let after_numbers = skip_numbers(after);
                let numbers = after.get(..after.len() - after_numbers.len())?;
                (Some((word, place, numbers)), after_numbers)
            }
        };
        let dev = match rest {
            [] => false,
            [b'.' | b'-', dev @ ..] | dev if dev.eq_ignore_ascii_case(b"dev") => true,
            _ if rest.eq_ignore_ascii_case(b"dev") => true,
            _ => return None,
        };
        Some(match stability {
            Some((b"stable", ..)) => plain,
            Some((_, place, numbers)) => {
                Version { stability: Some((place, numbers)), dev, ..plain }
            }
            None => Version { dev, ..plain },
        })
    };
    match suffix {
        [b'.' | b'_' | b'-', rest @ ..] => read(rest).or_else(|| read(suffix)),
        _ => read(suffix),
    }
}

/// Skips `([.-]?digits)*`.
fn skip_numbers(mut text: &[u8]) -> &[u8] {
    loop {
        let from = match text {
            [b'.' | b'-', rest @ ..] => rest,
            _ => text,
        };
        match split_while(from, |c| c.is_ascii_digit()) {
            (b"", _) => return text,
            (_, rest) => text = rest,
        }
    }
}

/// `1.x-dev`, `1.2.*.dev`.
fn branch(text: &[u8]) -> Option<Version<'_>> {
    let (name, dev) = text.split_at_checked(text.len().checked_sub(3)?)?;
    if !dev.eq_ignore_ascii_case(b"dev") {
        return None;
    }
    let name = match name {
        [name @ .., b'.' | b'-'] => name,
        _ => name,
    };
    let numbers = strip_prefix_ignoring_case(name, b"v").unwrap_or(name);
    let mut count = 0;
    for part in numbers.split(|c| *c == b'.') {
        let is_number = !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let is_any = count > 0 && matches!(part, b"x" | b"X" | b"*");
        count += 1;
        if count > 4 || !(is_number || is_any) {
            return None;
        }
    }
    Some(Version { numbers, form: Form::Branch, stability: None, dev: true })
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Number(&'a [u8]),
    Word(i8),
    End,
}

impl Part<'_> {
    fn place(self) -> i8 {
        match self {
            Part::Number(_) | Part::End => PLAIN,
            Part::Word(place) => place,
        }
    }
}

#[derive(Clone, Copy)]
enum Stage {
    Numbers,
    Stability,
    StabilityNumbers,
    Dev,
    End,
}

struct Parts<'a> {
    version: Version<'a>,
    number: usize,
    stage: Stage,
}

impl<'a> Parts<'a> {
    fn next(&mut self) -> Part<'a> {
        loop {
            match self.stage {
                Stage::Numbers => {
                    if let Some(number) = next_number(&mut self.version.numbers) {
                        self.number += 1;
                        let is_any = number.iter().any(|c| !c.is_ascii_digit());
                        return Part::Number(if is_any { BRANCH } else { number });
                    }
                    self.number += 1;
                    match self.version.form {
                        Form::Classical if self.number <= 4 => return Part::Number(b"0"),
                        Form::Branch if self.number <= 4 => return Part::Number(BRANCH),
                        _ => self.stage = Stage::Stability,
                    }
                }
                Stage::Stability => match self.version.stability {
                    Some((place, _)) => {
                        self.stage = Stage::StabilityNumbers;
                        return Part::Word(place);
                    }
                    None => self.stage = Stage::Dev,
                },
                Stage::StabilityNumbers => {
                    let found = self.version.stability.as_mut().and_then(|(_, n)| next_number(n));
                    match found {
                        Some(number) => return Part::Number(number),
                        None => self.stage = Stage::Dev,
                    }
                }
                Stage::Dev => {
                    self.stage = Stage::End;
                    if self.version.dev {
                        return Part::Word(DEV);
                    }
                }
                Stage::End => return Part::End,
            }
        }
    }
}

/// Takes the next number, or `x`, off the front.
fn next_number<'a>(text: &mut &'a [u8]) -> Option<&'a [u8]> {
    let is_separator = |c: u8| matches!(c, b'.' | b'-' | b':' | b'_');
    let (_, rest) = split_while(text, is_separator);
    let (number, rest) = split_while(rest, |c| !is_separator(c));
    *text = rest;
    (!number.is_empty()).then_some(number)
}
