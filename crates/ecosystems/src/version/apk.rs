//! Alpine's order: `digits{.digits}[letter]{_suffix[digits]}[~hash][-r digits]`.
//!
//! A version is a sequence of parts, and two versions differ at the first part that differs. Where one
//! has a part of another kind, or ends, the order of kinds in [`Part`] decides: a pre-release suffix
//! sorts before the end, everything else after it.
//!
//! The rules are those of apk-tools 2.14 (Alpine 3.19 to 3.21). Two things differ between versions of
//! apk-tools: before 2.14, `1.0_alpha` was newer than `1.0` where the last number was 0 (a defect, not
//! followed), and from 3.0 a component with leading zeros is compared as text. As 2.14 does, a missing
//! number behind a dot or `-r` reads as 0: real advisories name versions like `1.18.-r2`.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right, split_while};

/// The kinds of parts, each greater than the ones above it at the same place of a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part<'a> {
    /// `_alpha` and its like: their place in [`PRE_RELEASES`].
    PreRelease(usize),
    End,
    /// `-r` and digits.
    Revision(&'a [u8]),
    /// `~` and hexadecimal digits.
    Hash(&'a [u8]),
    /// The digits behind a suffix.
    SuffixNumber(&'a [u8]),
    /// `_p` and its like: their place in [`POST_RELEASES`].
    PostRelease(usize),
    Letter(u8),
    /// The first number, or digits right behind a letter.
    Number(&'a [u8]),
    /// The digits behind a dot.
    Component(&'a [u8]),
}

const PRE_RELEASES: [&[u8]; 4] = [b"alpha", b"beta", b"pre", b"rc"];
const POST_RELEASES: [&[u8]; 5] = [b"cvs", b"svn", b"git", b"hg", b"p"];

impl Part<'_> {
    fn rank(self) -> u8 {
        match self {
            Part::PreRelease(_) => 0,
            Part::End => 1,
            Part::Revision(_) => 2,
            Part::Hash(_) => 3,
            Part::SuffixNumber(_) => 4,
            Part::PostRelease(_) => 5,
            Part::Letter(_) => 6,
            Part::Number(_) | Part::Component(_) => 7,
        }
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Part::PreRelease(a), Part::PreRelease(b))
            | (Part::PostRelease(a), Part::PostRelease(b)) => a.cmp(&b),
            (Part::Revision(a), Part::Revision(b))
            | (Part::SuffixNumber(a), Part::SuffixNumber(b))
            | (Part::Number(a), Part::Number(b)) => compare_numbers(a, b),
            (Part::Hash(a), Part::Hash(b)) => a.cmp(b),
            (Part::Letter(a), Part::Letter(b)) => a.cmp(&b),
            (Part::Component(a), Part::Component(b)) => {
                // More leading zeros come first, as in decimal fractions: 1.001 < 1.01 < 1.1.
                let zeros = |digits: &[u8]| digits.iter().take_while(|&&c| c == b'0').count();
                zeros(b).cmp(&zeros(a)).then_with(|| compare_numbers(a, b))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let mut a = Parts { rest: a, last: None };
    let mut b = Parts { rest: b, last: None };
    loop {
        let x = a.next().map_err(left)?;
        let y = b.next().map_err(right)?;
        let order = x.compare(y);
        if order.is_ne() {
            a.finish().map_err(left)?;
            b.finish().map_err(right)?;
            return Ok(order);
        }
        if x == Part::End {
            return Ok(Ordering::Equal);
        }
    }
}

struct Parts<'a> {
    rest: &'a [u8],
    last: Option<Part<'a>>,
}

impl<'a> Parts<'a> {
    fn finish(&mut self) -> Result<(), &'static str> {
        while self.last != Some(Part::End) {
            self.next()?;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Part<'a>, &'static str> {
        let (part, rest) = self.parse()?;
        self.rest = rest;
        self.last = Some(part);
        Ok(part)
    }

    fn parse(&self) -> Result<(Part<'a>, &'a [u8]), &'static str> {
        let Some(last) = self.last else {
            return digits(self.rest).map(|(number, rest)| (Part::Number(number), rest));
        };
        let Some((&first, tail)) = self.rest.split_first() else {
            return Ok((Part::End, self.rest));
        };
        let after_number = matches!(last, Part::Number(_) | Part::Component(_));
        let rank = last.rank();
        match first {
            b'.' if after_number => {
                let (d, rest) = split_while(tail, |c| c.is_ascii_digit());
                Ok((Part::Component(d), rest))
            }
            b'a'..=b'z' if after_number => Ok((Part::Letter(first), tail)),
            b'0'..=b'9' if matches!(last, Part::Letter(_)) => {
                digits(self.rest).map(|(d, rest)| (Part::Number(d), rest))
            }
            b'0'..=b'9' if matches!(last, Part::PreRelease(_) | Part::PostRelease(_)) => {
                digits(self.rest).map(|(d, rest)| (Part::SuffixNumber(d), rest))
            }
            b'_' if rank >= 4 || rank == 0 => suffix(tail),
            b'~' if rank >= 4 || rank == 0 => {
                match split_while(tail, |c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
                    (b"", _) => Err("its commit hash is not hexadecimal"),
                    (hash, rest) => Ok((Part::Hash(hash), rest)),
                }
            }
            b'-' if !matches!(last, Part::Revision(_)) => match tail.strip_prefix(b"r") {
                Some(tail) => {
                    let (d, rest) = split_while(tail, |c| c.is_ascii_digit());
                    Ok((Part::Revision(d), rest))
                }
                None => Err("a dash starts something else than a revision"),
            },
            _ => Err("it has a part that no version has at that place"),
        }
    }
}

fn digits(text: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    match split_while(text, |c| c.is_ascii_digit()) {
        (b"", _) => Err("digits are missing"),
        found => Ok(found),
    }
}

fn suffix(text: &[u8]) -> Result<(Part<'_>, &[u8]), &'static str> {
    let (name, rest) = split_while(text, |c| c.is_ascii_lowercase());
    let place = |names: &[&[u8]]| names.iter().position(|n| *n == name);
    let part = place(&PRE_RELEASES)
        .map(Part::PreRelease)
        .or_else(|| place(&POST_RELEASES).map(Part::PostRelease));
    part.map(|p| (p, rest)).ok_or("its suffix is unknown")
}
