//! EPSS scores, apart from the records of the flaws: nearly all of them change every day, and the records do
//! not. An entry holds the scores of up to 256 neighbouring CVE ids, column by column, so that the columns
//! that hardly change from one day to the next stay the same bytes.

use jiff::civil::Date;
use plimsoll_model::Epss;

use crate::{codec::Corrupt, flaw_id::FlawId, format::EPSS_KEY};

/// FIRST publishes five decimals.
const DIGITS: f64 = 100_000.0;
/// One of them as a number.
const MAX_SHARE: u32 = 100_000;
/// A bit for each of the 256 ids.
const PRESENT: usize = 32;

/// Probability and percentile in steps of 0.00001.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Score {
    pub(crate) probability: u32,
    pub(crate) percentile: u32,
}

impl Score {
    /// The score of `day`, if it comes back exactly; any other one stays in the flaw's record.
    pub(crate) fn of(epss: &Epss, day: Option<Date>) -> Option<Self> {
        if Some(epss.date) != day {
            return None;
        }
        Some(Self { probability: steps(epss.probability)?, percentile: steps(epss.percentile)? })
    }

    pub(crate) fn epss(self, date: Date) -> Epss {
        let share = |steps: u32| (f64::from(steps) / DIGITS) as f32;
        Epss { probability: share(self.probability), percentile: share(self.percentile), date }
    }
}

/// A share of one in steps, where that gives the same number back.
pub(crate) fn steps(share: f32) -> Option<u32> {
    let scaled = (f64::from(share) * DIGITS).round();
    let exact = (0.0..=DIGITS).contains(&scaled) && (scaled / DIGITS) as f32 == share;
    exact.then_some(scaled as u32)
}

/// The entry that holds a CVE's score, and its place in there.
pub(crate) fn key_of(flaw: &FlawId) -> Option<(Vec<u8>, u8)> {
    let FlawId::Cve { year, number } = flaw else { return None };
    let mut key = vec![EPSS_KEY];
    key.extend_from_slice(&year.to_be_bytes());
    let [high @ .., place] = number.to_be_bytes();
    key.extend_from_slice(&high);
    Some((key, place))
}

/// Collects the scores of one entry.
#[derive(Debug, Default)]
pub(crate) struct Chunk(Vec<(u8, Score)>);

impl Chunk {
    /// Places must ascend.
    pub(crate) fn push(&mut self, place: u8, score: Score) {
        self.0.push((place, score));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut present = [0u8; PRESENT];
        for (place, _) in &self.0 {
            if let Some(byte) = present.get_mut(usize::from(place / 8)) {
                *byte |= 1 << (place % 8);
            }
        }
        let mut out = present.to_vec();
        for column in COLUMNS {
            match column.shift {
                HIGH => {
                    let bits: Vec<bool> = self.0.iter().map(|(_, s)| column.of(s) == 1).collect();
                    let byte = |bits: &[bool]| {
                        bits.iter().enumerate().fold(0, |byte, (i, bit)| byte | u8::from(*bit) << i)
                    };
                    out.extend(bits.chunks(8).map(byte));
                }
                _ => out.extend(self.0.iter().map(|(_, s)| column.of(s))),
            }
        }
        out
    }
}

/// A byte, or the 17th bit, of one of the two numbers.
#[derive(Clone, Copy)]
struct Column {
    percentile: bool,
    shift: u32,
}

const HIGH: u32 = 16;
/// What changes least stands first: a longer stretch stays the same.
const COLUMNS: [Column; 6] = [
    Column { percentile: false, shift: HIGH },
    Column { percentile: true, shift: HIGH },
    Column { percentile: false, shift: 8 },
    Column { percentile: true, shift: 8 },
    Column { percentile: false, shift: 0 },
    Column { percentile: true, shift: 0 },
];

impl Column {
    fn of(self, score: &Score) -> u8 {
        let number = if self.percentile { score.percentile } else { score.probability };
        (number >> self.shift) as u8
    }

    fn len(self, count: usize) -> usize {
        if self.shift == HIGH { count.div_ceil(8) } else { count }
    }
}

/// The score at a place of an entry, if it has one.
pub(crate) fn find(entry: &[u8], place: u8) -> Result<Option<Score>, Corrupt> {
    let (present, mut rest) = entry.split_at_checked(PRESENT).ok_or(Corrupt)?;
    let count: usize = present.iter().map(|b| b.count_ones() as usize).sum();
    if rest.len() != COLUMNS.iter().map(|column| column.len(count)).sum::<usize>() {
        return Err(Corrupt);
    }
    let (before, at) = present.split_at_checked(usize::from(place / 8)).ok_or(Corrupt)?;
    let byte = *at.first().ok_or(Corrupt)?;
    let bit = 1u8 << (place % 8);
    if byte & bit == 0 {
        return Ok(None);
    }
    let row: u32 =
        before.iter().map(|b| b.count_ones()).sum::<u32>() + (byte & (bit - 1)).count_ones();
    let row = row as usize;
    let mut score = Score { probability: 0, percentile: 0 };
    for column in COLUMNS {
        let (bytes, more) = rest.split_at_checked(column.len(count)).ok_or(Corrupt)?;
        rest = more;
        let part = match column.shift {
            HIGH => bytes.get(row / 8).ok_or(Corrupt)? >> (row % 8) & 1,
            _ => *bytes.get(row).ok_or(Corrupt)?,
        };
        let number = if column.percentile { &mut score.percentile } else { &mut score.probability };
        *number |= u32::from(part) << column.shift;
    }
    let sound = score.probability <= MAX_SHARE && score.percentile <= MAX_SHARE;
    if sound { Ok(Some(score)) } else { Err(Corrupt) }
}

/// Reads a whole entry; says how many scores it has.
pub(crate) fn check(entry: &[u8]) -> Result<u64, Corrupt> {
    (0..=u8::MAX).try_fold(0, |seen, place| Ok(seen + u64::from(find(entry, place)?.is_some())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn scores_come_back(scores: BTreeMap<u8, (u32, u32)>) {
            let mut chunk = Chunk::default();
            let score = |(a, b): (u32, u32)| Score {
                probability: a % (MAX_SHARE + 1), percentile: b % (MAX_SHARE + 1),
            };
            for (place, numbers) in &scores {
                chunk.push(*place, score(*numbers));
            }
            let entry = chunk.encode();
            for place in 0..=u8::MAX {
                prop_assert_eq!(find(&entry, place), Ok(scores.get(&place).copied().map(score)));
            }
            prop_assert_eq!(check(&entry), Ok(scores.len() as u64));
        }

        #[test]
        fn any_bytes_decode_or_fail(bytes: Vec<u8>, place: u8) {
            let _ = find(&bytes, place);
            let _ = check(&bytes);
        }
    }

    #[test]
    fn what_is_shown_does_not_change() {
        let day = jiff::civil::date(2026, 11, 23);
        for steps in 0..=MAX_SHARE {
            let text = format!("0.{steps:05}");
            let share: f32 = if steps == MAX_SHARE { 1.0 } else { text.parse().unwrap() };
            let epss = Epss { probability: share, percentile: share, date: day };
            let score = Score::of(&epss, Some(day)).unwrap();
            assert_eq!((score.probability, score.epss(day)), (steps, epss));
        }
        let fine = Epss { probability: 0.048_774_3, percentile: 0.5, date: day };
        assert_eq!(Score::of(&fine, Some(day)), None);
        assert_eq!(Score::of(&fine, None), None);
    }
}
