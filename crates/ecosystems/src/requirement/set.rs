//! Sets of versions as intervals of an order.

use std::{cmp::Ordering, fmt, ops::Bound};

use plimsoll_model::Range;

use crate::version::Scheme;

/// What lies between two bounds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Interval {
    /// Where it begins.
    pub low: Bound<String>,
    /// Where it ends.
    pub high: Bound<String>,
}

/// Versions, as intervals in ascending order that do not touch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VersionSet {
    scheme: Scheme,
    intervals: Vec<Interval>,
}

impl VersionSet {
    /// The union of intervals whose versions are well-formed in `scheme`.
    pub(super) fn new(scheme: Scheme, intervals: Vec<Interval>) -> Self {
        let mut set = Self { scheme, intervals };
        set.tidy();
        set
    }

    /// No version.
    #[must_use]
    pub fn none(scheme: Scheme) -> Self {
        Self { scheme, intervals: Vec::new() }
    }

    /// Every version.
    #[must_use]
    pub fn all(scheme: Scheme) -> Self {
        let everything = Interval { low: Bound::Unbounded, high: Bound::Unbounded };
        Self { scheme, intervals: vec![everything] }
    }

    /// The intervals, in ascending order.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether no version is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// What is in one of the two.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::new(self.scheme, [&*self.intervals, &*other.intervals].concat())
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.complement().or(&other.complement()).complement()
    }

    /// What is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut low = Some(Bound::Unbounded);
        let mut intervals = Vec::new();
        for one in &self.intervals {
            if let (Some(low), Some(high)) = (low, opposite(&one.low)) {
                intervals.push(Interval { low, high });
            }
            low = opposite(&one.high);
        }
        intervals.extend(low.map(|low| Interval { low, high: Bound::Unbounded }));
        Self { scheme: self.scheme, intervals }
    }

    /// Whether a version is in it. One that cannot be compared is not.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        let order = |bound: &str| self.scheme.compare(version, bound).ok();
        let inside = |one: &Interval| {
            let above = match &one.low {
                Bound::Unbounded => true,
                Bound::Included(low) => order(low).is_some_and(Ordering::is_ge),
                Bound::Excluded(low) => order(low).is_some_and(Ordering::is_gt),
            };
            above
                && match &one.high {
                    Bound::Unbounded => true,
                    Bound::Included(high) => order(high).is_some_and(Ordering::is_le),
                    Bound::Excluded(high) => order(high).is_some_and(Ordering::is_lt),
                }
        };
        self.scheme.check(version).is_ok() && self.intervals.iter().any(inside)
    }

    /// As the ranges of an advisory. Where `patched` names a version right behind an interval that ends with its
    /// last affected one, that is the fix.
    #[must_use]
    pub fn ranges(&self, patched: Option<&Self>) -> Vec<Range> {
        let mut ranges = Vec::with_capacity(self.intervals.len());
        for (at, one) in self.intervals.iter().enumerate() {
            let introduced = match &one.low {
                Bound::Unbounded => None,
                Bound::Included(low) => Some(low.clone()),
                Bound::Excluded(low) => Some(successor(self.scheme, low)),
            };
            let (fixed, last_affected) = match &one.high {
                Bound::Unbounded => (None, None),
                Bound::Excluded(high) => (Some(high.clone()), None),
                Bound::Included(high) => {
                    let next = self.intervals.get(at + 1).map(|next| &next.low);
                    match patched.and_then(|p| p.first_from(high, next)) {
                        Some(fix) => (Some(fix), None),
                        None => (None, Some(high.clone())),
                    }
                }
            };
            ranges.push(Range { introduced, fixed, last_affected });
        }
        ranges
    }

    /// The beginning of the first interval behind a version and not behind the next bound.
    fn first_from(&self, version: &str, next: Option<&Bound<String>>) -> Option<String> {
        let starts = self.intervals.iter().filter_map(|one| match &one.low {
            Bound::Included(low) => Some(low),
            _ => None,
        });
        let first = starts
            .into_iter()
            .find(|low| self.scheme.compare(low, version).is_ok_and(Ordering::is_gt))?;
        let before_next = match next {
            Some(Bound::Included(next) | Bound::Excluded(next)) => {
                self.scheme.compare(first, next).is_ok_and(Ordering::is_le)
            }
            _ => true,
        };
        before_next.then(|| first.clone())
    }

    /// Sorts, joins what touches and drops what is empty.
    fn tidy(&mut self) {
        let scheme = self.scheme;
        let compare = |a: &str, b: &str| scheme.compare(a, b).unwrap_or(Ordering::Equal);
        self.intervals.retain(|one| match (&one.low, &one.high) {
            (Bound::Included(a), Bound::Included(b)) => compare(a, b).is_le(),
            (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
                compare(a, b).is_lt()
            }
            _ => true,
        });
        self.intervals.sort_by(|x, y| match (&x.low, &y.low) {
            (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
            (Bound::Unbounded, _) => Ordering::Less,
            (_, Bound::Unbounded) => Ordering::Greater,
            (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
                let excluded = |bound: &Bound<String>| matches!(bound, Bound::Excluded(_));
                compare(a, b).then_with(|| excluded(&x.low).cmp(&excluded(&y.low)))
            }
        });
        let mut joined: Vec<Interval> = Vec::with_capacity(self.intervals.len());
        for one in self.intervals.drain(..) {
            let Some(last) = joined.last_mut() else {
                joined.push(one);
                continue;
            };
            // They touch unless there is something between the end of one and the beginning of the next.
            let apart = match (&last.high, &one.low) {
                (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
                (Bound::Excluded(a), Bound::Excluded(b)) => compare(a, b).is_le(),
                (
                    Bound::Included(a) | Bound::Excluded(a),
                    Bound::Included(b) | Bound::Excluded(b),
                ) => compare(a, b).is_lt(),
            };
            if apart {
                joined.push(one);
                continue;
            }
            let ends_later = match (&last.high, &one.high) {
                (Bound::Unbounded, _) => false,
                (_, Bound::Unbounded) => true,
                (Bound::Excluded(a), Bound::Included(b)) => compare(a, b).is_le(),
                (
                    Bound::Included(a) | Bound::Excluded(a),
                    Bound::Included(b) | Bound::Excluded(b),
                ) => compare(a, b).is_lt(),
            };
            if ends_later {
                last.high = one.high;
            }
        }
        self.intervals = joined;
    }
}

/// The bound on the other side of the same point; `None` where nothing is left there.
fn opposite(bound: &Bound<String>) -> Option<Bound<String>> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(at) => Some(Bound::Excluded(at.clone())),
        Bound::Excluded(at) => Some(Bound::Included(at.clone())),
    }
}

/// The version right behind another one, or one so close that none is published between.
fn successor(scheme: Scheme, version: &str) -> String {
    let core = version.split('+').next().unwrap_or_default();
    match scheme {
        Scheme::Semver | Scheme::Npm => match core.split_once('-') {
            Some(_) => format!("{core}.0"),
            None => {
                let (start, patch) = core.rsplit_once('.').unwrap_or(("0.0", core));
                let next = patch.parse::<u64>().ok().and_then(|n| n.checked_add(1));
                next.map_or_else(|| version.to_owned(), |next| format!("{start}.{next}-0"))
            }
        },
        Scheme::Composer if !core.contains(|c: char| c.is_ascii_alphabetic()) => {
            format!("{core}-patch")
        }
        Scheme::Gem => format!("{version}.0.0.1.a"),
        _ => version.to_owned(),
    }
}

impl fmt::Display for VersionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.intervals.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            match &one.low {
                Bound::Unbounded => f.write_str("[")?,
                Bound::Included(low) => write!(f, "[{low}")?,
                Bound::Excluded(low) => write!(f, "({low}")?,
            }
            match &one.high {
                Bound::Unbounded => f.write_str("..]")?,
                Bound::Included(high) => write!(f, "..{high}]")?,
                Bound::Excluded(high) => write!(f, "..{high})")?,
            }
        }
        Ok(())
    }
}
