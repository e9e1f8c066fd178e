//! Counting: what a feed gave, what was left out on purpose, and what was bad and where.

use std::{collections::BTreeMap, path::Path};

use jiff::civil::Date;
use plimsoll_model::{Advisory, CappedText, EndOfLife, Namespace};

use crate::{FeedError, FeedId};

/// As many bad records are kept with their places; the others are only counted.
pub(crate) const MAX_BAD_KEPT: usize = 50;

/// A feed with a larger share of bad records, in percent, is refused as a whole.
pub(crate) const MAX_BAD_PERCENT: u64 = 10;

/// Below this many records the share is not judged: one bad record of a small feed is no pattern.
pub(crate) const BAD_SHARE_FLOOR: u64 = 20;

/// Longest message kept about a bad record, in bytes.
const MAX_MESSAGE: usize = 200;

/// What came of parsing a feed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    /// Advisories handed over.
    pub records: u64,
    /// Records left out on purpose, by the reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Records that could not be understood.
    pub bad: u64,
    /// The first [`MAX_BAD_KEPT`] of them.
    pub problems: Vec<BadRecord>,
    /// Date of the newest data, where the feed tells.
    pub date: Option<Date>,
    /// Ends of life of releases that the feed tells.
    pub ends: Vec<(Namespace, EndOfLife)>,
}

impl Stats {
    /// Records left out on purpose, for all reasons.
    #[must_use]
    pub fn skipped_total(&self) -> u64 {
        self.skipped.values().sum()
    }
}

/// A record that could not be understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadRecord {
    /// File, and line or record inside it.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
}

/// Takes what a parser finds, and counts.
pub struct Collector<'a> {
    feed: FeedId,
    out: &'a mut dyn FnMut(Advisory),
    stats: Stats,
}

impl<'a> Collector<'a> {
    /// Hands advisories on to `out`, under the name of `feed`.
    pub fn new(feed: FeedId, out: &'a mut dyn FnMut(Advisory)) -> Self {
        Self { feed, out, stats: Stats::default() }
    }

    /// The feed that is parsed.
    #[must_use]
    pub fn feed(&self) -> FeedId {
        self.feed
    }

    /// Takes an advisory.
    pub fn record(&mut self, mut advisory: Advisory) {
        self.stats.records += 1;
        self.feed.clone_into(&mut advisory.feed);
        (self.out)(advisory);
    }

    /// Counts a record that is left out on purpose.
    pub fn skip(&mut self, reason: &'static str) {
        *self.stats.skipped.entry(reason).or_default() += 1;
    }

    /// Notes a record that cannot be understood.
    pub fn bad(&mut self, place: impl Into<String>, message: impl AsRef<str>) {
        self.stats.bad += 1;
        if self.stats.problems.len() < MAX_BAD_KEPT {
            let cut = |text: &str| CappedText(text.as_bytes(), MAX_MESSAGE).to_string();
            self.stats
                .problems
                .push(BadRecord { place: cut(&place.into()), message: cut(message.as_ref()) });
        }
    }

    /// Notes a date of the data; the newest one stays.
    pub fn date(&mut self, date: Option<Date>) {
        self.stats.date = self.stats.date.max(date);
    }

    /// Sets the date from a better source than what was noted so far.
    pub(crate) fn replace_date(&mut self, date: Option<Date>) {
        self.stats.date = date;
    }

    /// The counts, unless the feed is broken as a whole.
    ///
    /// # Errors
    /// Where there was no good record, or too large a share of bad ones.
    pub fn finish(self, input: &Path) -> Result<Stats, FeedError> {
        let Stats { records, bad, .. } = self.stats;
        let total = records + bad;
        let share_is_bad =
            total >= BAD_SHARE_FLOOR && bad.saturating_mul(100) > total * MAX_BAD_PERCENT;
        if bad > 0 && (records == 0 || share_is_bad) {
            let first = self.stats.problems.first();
            let first = first.map(|p| format!("{}: {}", p.place, p.message)).unwrap_or_default();
            return Err(FeedError::TooManyBad { feed: self.feed, bad, total, first });
        }
        if records == 0 {
            let place = input.display().to_string();
            return Err(FeedError::Empty { feed: self.feed, place });
        }
        Ok(self.stats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(good: u64, bad: u64) -> Result<Stats, FeedError> {
        let mut out = |_| ();
        let mut all = Collector::new("test", &mut out);
        (0..good).for_each(|_| all.record(Advisory::default()));
        (0..bad).for_each(|n| all.bad(format!("line {n}"), "odd\u{7}"));
        all.finish(Path::new("input"))
    }

    #[test]
    fn a_feed_is_refused_when_empty_or_mostly_bad() {
        assert!(matches!(run(0, 0), Err(FeedError::Empty { .. })));
        assert!(matches!(run(0, 1), Err(FeedError::TooManyBad { .. })));
        assert_eq!(run(1, 1).unwrap().bad, 1);
        assert_eq!(run(18, 2).unwrap().problems[0].message, "odd\u{fffd}");
        assert!(matches!(run(17, 3), Err(FeedError::TooManyBad { bad: 3, total: 20, .. })));
        assert_eq!(run(900, 100).unwrap().problems.len(), MAX_BAD_KEPT);
        assert!(run(899, 101).is_err());
    }
}
