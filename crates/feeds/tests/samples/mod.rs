//! Takes samples out of the archives of upstream formats and reads each as its feed.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use plimsoll_feeds::{
    FeedError, by_id,
    input::{Entry, Visitor, walk},
};

/// What comes of a sample.
pub(crate) enum Expected {
    /// So many records, and so many bad ones.
    Exactly(u64, u64),
    /// It fails as a whole.
    Refused,
}

/// Archive, file in it, feed, and what comes of it.
pub(crate) type Sample = (&'static str, &'static str, &'static str, Expected);

/// Keeps the samples of one archive.
struct Wanted<'a> {
    names: Vec<&'a str>,
    found: BTreeMap<&'a str, Vec<u8>>,
}

impl<'a> Wanted<'a> {
    fn of(&self, name: &str) -> Option<&'a str> {
        let is = |wanted: &str| {
            name.strip_suffix(bare(wanted)).is_some_and(|r| r.is_empty() || r.ends_with('/'))
        };
        self.names.iter().copied().find(|wanted| is(wanted))
    }
}

impl Visitor for Wanted<'_> {
    fn wants(&self, name: &str) -> bool {
        self.of(name).is_some()
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        if let Some(wanted) = self.of(entry.name) {
            // A broken compressed file stays as broken as it is: as nothing.
            let bytes = entry.bytes().unwrap_or_default();
            self.found.insert(wanted, bytes);
        }
        Ok(())
    }
}

/// The name without the ending of a compression format, as entries have it.
fn bare(name: &str) -> &str {
    let endings = [".gz", ".xz", ".bz2", ".zst"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Reads every sample; fails with all those of which something else comes than expected.
pub(crate) fn check(samples: &[Sample]) {
    let Some(root) = std::env::var_os("PLIMSOLL_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for letter in ["a", "b", "c", "d"] {
        let here = || samples.iter().filter(|sample| sample.0 == letter);
        let mut wanted =
            Wanted { names: here().map(|sample| sample.1).collect(), found: BTreeMap::new() };
        let archive = root.join(format!("feed-samples/upstream-raw-{letter}.tar.xz"));
        walk(&archive, &mut wanted).unwrap();
        for (_, name, feed, expected) in here() {
            let Some(bytes) = wanted.found.get(name) else {
                wrong.push(format!("{name}: not in {letter}"));
                continue;
            };
            let path = dir.path().join(bare(name).rsplit('/').next().unwrap());
            fs::write(&path, bytes).unwrap();
            let mut records = 0;
            let got = by_id(feed).unwrap().parse(&path, &mut |_| records += 1);
            let as_expected = match (&got, expected) {
                (Ok(stats), Expected::Exactly(good, bad)) => {
                    assert_eq!(stats.records, records);
                    (stats.records, stats.bad) == (*good, *bad)
                }
                (Err(_), Expected::Refused) => true,
                _ => false,
            };
            if !as_expected {
                wrong.push(format!("{letter} {name} {feed}: {got:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
