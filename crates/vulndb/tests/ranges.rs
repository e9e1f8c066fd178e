//! The algebra of ranges, through the whole database: what is put in as ranges decides about versions as sets of them
//! do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use plimsoll_model::{FixState, NameKind, Namespace, Range};
use plimsoll_vulndb::VulnDb;
use proptest::prelude::*;
use support::{advisory, affected, build};

/// An ecosystem, and how it writes the version that stands for a number.
type Written = (&'static str, fn(u32) -> String);

/// Ecosystems with different orders.
const SCHEMES: &[Written] = &[
    ("alpine", |n| format!("1.{n}-r0")),
    ("debian", |n| format!("1.{n}-1")),
    ("rhel", |n| format!("1.{n}-1.el9")),
    ("arch", |n| format!("1.{n}-1")),
    ("pypi", |n| format!("1.{n}")),
    ("npm", |n| format!("1.{n}.0")),
    ("maven", |n| format!("1.{n}")),
    ("golang", |n| format!("v1.{n}.0")),
    ("gem", |n| format!("1.{n}")),
    ("composer", |n| format!("1.{n}.0")),
    ("cargo", |n| format!("1.{n}.0")),
    ("nuget", |n| format!("1.{n}.0")),
];

/// A range over numbers: `introduced ≤ n`, `n < fixed`, `n ≤ last`.
type Ends = (Option<u32>, Option<u32>, Option<u32>);

fn holds((introduced, fixed, last): Ends, n: u32) -> bool {
    introduced.is_none_or(|i| i <= n) && fixed.is_none_or(|f| n < f) && last.is_none_or(|l| n <= l)
}

/// A database in which package `p` has a flaw for each set of ranges, all in one row.
fn database(
    ecosystem: &str,
    version: fn(u32) -> String,
    sets: &[Vec<Ends>],
    named: &[u32],
) -> VulnDb {
    let advisories = (1..).zip(sets).map(|(number, ranges)| {
        let mut row = affected(ecosystem, release(ecosystem), "p", FixState::Fixed, None);
        row.ranges = ranges
            .iter()
            .map(|(introduced, fixed, last)| Range {
                introduced: introduced.map(version),
                fixed: fixed.map(version),
                last_affected: last.map(version),
            })
            .collect();
        row.versions = named.iter().copied().map(version).collect();
        let mut one = advisory("feed", &format!("CVE-2020-{number:04}"));
        one.affected = vec![row];
        one
    });
    build(advisories.collect())
}

fn release(ecosystem: &str) -> &'static str {
    match ecosystem {
        "alpine" => "3.9",
        "debian" => "12",
        "rhel" => "9",
        _ => "",
    }
}

/// Which of the flaws a version has.
fn affected_by(db: &VulnDb, ecosystem: &str, version: &str) -> Vec<String> {
    let namespace = Namespace::new(ecosystem, release(ecosystem));
    let verdict = db.judge_version(&namespace, NameKind::Source, "p", version, None).unwrap();
    assert_eq!(verdict.undecided, None, "{ecosystem} {version}");
    verdict.hits.into_iter().map(|hit| hit.flaw).collect()
}

fn ends() -> impl Strategy<Value = Ends> {
    let end = || proptest::option::of(0u32..30);
    // A range ends in one way.
    (end(), end(), end(), any::<bool>())
        .prop_map(|(i, f, l, by_fix)| if by_fix { (i, f, None) } else { (i, None, l) })
}

fn set() -> impl Strategy<Value = Vec<Ends>> {
    proptest::collection::vec(ends(), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A version is affected if any of the ranges holds it, half-open at a fix, closed at the last affected one; and
    /// it does not matter in which order the ranges are given, nor which versions are named beside them.
    #[test]
    fn a_version_is_affected_or_not_as_the_union_of_ranges_says(
        ranges in set(),
        named in proptest::collection::vec(0u32..30, 0..3),
        turn in 0usize..5,
    ) {
        let mut turned = ranges.clone();
        turned.rotate_left(turn % ranges.len());
        let reversed: Vec<Ends> = ranges.iter().rev().copied().collect();
        let sets = [ranges.clone(), turned, reversed];
        for (ecosystem, version) in SCHEMES {
            let db = database(ecosystem, *version, &sets, &named);
            for n in 0..31 {
                let inside = named.contains(&n) || ranges.iter().any(|range| holds(*range, n));
                let found = affected_by(&db, ecosystem, &version(n));
                let expected = if inside { vec!["CVE-2020-0001", "CVE-2020-0002", "CVE-2020-0003"] } else { vec![] };
                prop_assert_eq!(found, expected, "{} {} in {:?}", ecosystem, n, ranges);
            }
        }
    }

    /// Ranges that together leave nothing out hold every version; a range and the one from its end on hold no
    /// version twice.
    #[test]
    fn a_range_and_its_complement_share_nothing_and_leave_nothing_out(
        low in 0u32..30, length in 1u32..10,
    ) {
        let high = low + length;
        let inside = vec![(Some(low), Some(high), None)];
        let outside = vec![(None, Some(low), None), (Some(high), None, None)];
        for (ecosystem, version) in SCHEMES {
            let db = database(ecosystem, *version, &[inside.clone(), outside.clone()], &[]);
            for n in 0..45 {
                let found = affected_by(&db, ecosystem, &version(n));
                let expected = if (low..high).contains(&n) { "CVE-2020-0001" } else { "CVE-2020-0002" };
                prop_assert_eq!(&found[..], &[expected.to_owned()][..], "{} {}", ecosystem, n);
            }
        }
    }

    /// Below a fix and without a beginning: once a version is past it, all later ones are.
    #[test]
    fn what_is_fixed_stays_fixed(fixed in 0u32..30) {
        for (ecosystem, version) in SCHEMES {
            let db = database(ecosystem, *version, &[vec![(None, Some(fixed), None)]], &[]);
            let affected: Vec<bool> =
                (0..31).map(|n| !affected_by(&db, ecosystem, &version(n)).is_empty()).collect();
            prop_assert!(affected.is_sorted_by(|a, b| a >= b), "{}: {:?}", ecosystem, affected);
            prop_assert_eq!(affected.iter().filter(|a| **a).count(), fixed as usize);
        }
    }

    /// The fix that is named is one of a range that holds the version, and the version is below it.
    #[test]
    fn the_fix_that_is_named_mends(ranges in set(), n in 0u32..30) {
        let (ecosystem, version) = SCHEMES[1];
        let db = database(ecosystem, version, std::slice::from_ref(&ranges), &[]);
        let namespace = Namespace::new(ecosystem, release(ecosystem));
        let verdict = db.judge_version(&namespace, NameKind::Source, "p", &version(n), None).unwrap();
        for hit in verdict.hits {
            let Some(fixed) = hit.fixed else { continue };
            let mends = ranges.iter().any(|r| holds(*r, n) && r.1.map(version).as_deref() == Some(&fixed));
            prop_assert!(mends, "{} {:?}", fixed, ranges);
        }
    }
}

/// `0` is the beginning in every ecosystem, even where it is no version or is not the lowest.
#[test]
fn zero_is_the_beginning() {
    for (ecosystem, version) in SCHEMES {
        let mut row = affected(ecosystem, release(ecosystem), "p", FixState::Fixed, None);
        row.ranges = vec![Range { introduced: Some("0".into()), ..Range::before(version(5)) }];
        let mut one = advisory("feed", "CVE-2020-0001");
        one.affected = vec![row];
        let db = build(vec![one]);
        assert_eq!(affected_by(&db, ecosystem, &version(4)).len(), 1, "{ecosystem}");
        assert_eq!(affected_by(&db, ecosystem, &version(5)).len(), 0, "{ecosystem}");
    }
}
