//! The difference between two builds gives the second one byte for byte, or an error.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::{Path, PathBuf};

use plimsoll_model::{Advisory, Epss, FixState, NameKind, Namespace};
use plimsoll_vulndb::{
    BuildStats, Builder, VulnDb, apply_parts,
    delta::{self, DeltaError, Header, Stats},
};
use proptest::prelude::*;
use support::{advisory, affected, day, options, sample};
use tempfile::TempDir;

/// A folder with an old build, a new one and the difference.
struct Pair {
    folder: TempDir,
}

impl Pair {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, name: &str, advisories: Vec<Advisory>, previous: Option<&Path>) -> BuildStats {
        let mut options = options();
        options.previous = previous.map(Into::into);
        let mut builder = Builder::new(options).unwrap();
        advisories.into_iter().for_each(|a| builder.add(a).unwrap());
        builder.finish_to_path(self.path(name)).unwrap()
    }

    /// Makes the delta, applies it, and compares the files.
    fn proved(&self) -> Stats {
        let stats = delta::make(&self.path("old"), &self.path("new"), &self.path("delta")).unwrap();
        let applied =
            delta::apply(&self.path("old"), &self.path("delta"), &self.path("made")).unwrap();
        assert!(
            std::fs::read(self.path("made")).unwrap() == std::fs::read(self.path("new")).unwrap()
        );
        let header = Header::read(&self.path("delta")).unwrap();
        let (old, new) =
            (VulnDb::open(self.path("old")).unwrap(), VulnDb::open(self.path("made")).unwrap());
        new.verify().unwrap();
        assert_eq!((header.old, header.new), (old.info().digest, new.info().digest));
        assert_eq!((header.file, header.size), (applied.file, applied.size));
        assert_eq!(applied.content, new.info().digest);
        assert_eq!(stats.delta_bytes, std::fs::metadata(self.path("delta")).unwrap().len());
        assert_eq!(stats.blocks, stats.copied + stats.patched + stats.literal);
        stats
    }
}

/// Flaws in 1,500 packages with titles, so that there are hundreds of blocks and a dictionary.
fn tracker(count: u32) -> Vec<Advisory> {
    let mut all = sample(count);
    for (n, advisory) in (0u32..).zip(&mut all) {
        advisory.id = format!("CVE-{}-{:04}", 2000 + n % 20, n);
        let mix = n.wrapping_mul(2_654_435_761);
        let hex: Vec<String> =
            (1..16).map(|k: u32| format!("{:x}", mix.wrapping_mul(k * k))).collect();
        advisory.title = Some(format!("a flaw of {mix:x}"));
        advisory.description = Some(hex.join(" "));
        advisory.references = vec![format!("https://example.org/{:x}/{n}", mix >> 5)];
        for row in &mut advisory.affected {
            row.package = format!("package-{}", mix % 1500);
        }
    }
    all
}

#[test]
fn a_day_changes_few_blocks() {
    let pair = Pair::new();
    let mut advisories = tracker(9_000);
    let old = pair.build("old", advisories.clone(), None);
    assert!(old.blocks > 256 && !old.dictionary_kept, "{old:?}");
    for advisory in advisories.iter_mut().step_by(400) {
        advisory.title = Some("now described otherwise".into());
    }
    advisories.remove(77);
    for n in 0..20 {
        let mut new = advisory("feed", &format!("CVE-2026-{:04}", 1000 + n));
        new.affected = vec![affected("debian", "12", "package-9", FixState::Affected, None)];
        advisories.push(new);
    }
    let new = pair.build("new", advisories, Some(&pair.path("old")));
    assert!(new.dictionary_kept);
    let stats = pair.proved();
    assert!(stats.same_dictionary);
    assert!(stats.copied * 10 > stats.blocks * 7, "{stats:?}");
    assert!(stats.delta_bytes * 20 < stats.new_bytes, "{stats:?}");
}

#[test]
fn scores_of_a_new_day_leave_the_records_alone() {
    let pair = Pair::new();
    let scored = |day: i8, shift: u32| {
        let mut all = tracker(9_000);
        for (n, advisory) in (0u32..).zip(&mut all) {
            let mix = n.wrapping_mul(2_654_435_761);
            advisory.epss = Some(Epss {
                probability: (mix % 5000 + shift) as f32 / 100_000.0,
                percentile: (mix % 99_000 + shift) as f32 / 100_000.0,
                date: jiff::civil::date(2026, 11, day),
            });
        }
        all
    };
    pair.build("old", scored(22, 0), None);
    let new = pair.build("new", scored(23, 7), Some(&pair.path("old")));
    assert_eq!((new.scores, new.dictionary_kept), (9_000, true));
    let stats = pair.proved();
    // Only blocks of scores changed: two kilobytes of about four bytes each.
    assert!(stats.blocks - stats.copied < 9_000 * 5 / 1024, "{stats:?}");
    assert!(stats.delta_bytes < 9_000 * 5, "{stats:?}");
    let db = VulnDb::open(pair.path("made")).unwrap();
    let flaw = db.flaw("CVE-2003-0003").unwrap().unwrap();
    let mix = 3u32.wrapping_mul(2_654_435_761);
    let epss = flaw.epss.unwrap();
    assert_eq!(epss.probability, (mix % 5000 + 7) as f32 / 100_000.0);
    assert_eq!(
        (epss.percentile, epss.date),
        ((mix % 99_000 + 7) as f32 / 100_000.0, jiff::civil::date(2026, 11, 23))
    );
}

#[test]
fn scores_that_are_not_of_the_day_or_finer_stay_exact() {
    let mut old = advisory("epss", "CVE-2020-0001");
    let epss = |probability, day| Epss {
        probability,
        percentile: 0.5,
        date: jiff::civil::date(2026, 11, day),
    };
    old.epss = Some(epss(0.25, 1));
    let mut fine = advisory("epss", "CVE-2020-0002");
    fine.epss = Some(epss(0.123_456_7, 2));
    let mut other = advisory("epss", "GHSA-xxxx");
    other.epss = Some(epss(0.25, 2));
    let mut usual = advisory("epss", "CVE-2020-0003");
    usual.epss = Some(epss(0.00043, 2));
    let mut all = vec![old, fine, other, usual];
    for one in &mut all {
        one.affected = vec![affected("debian", "12", "p", FixState::Affected, None)];
    }
    let expected: Vec<_> = all.iter().map(|a| (a.id.clone(), a.epss.clone())).collect();
    let (bytes, stats) = support::file(all);
    assert_eq!(stats.scores, 1);
    let db = VulnDb::from_bytes(bytes).unwrap();
    assert_eq!(db.verify().unwrap().scores, 1);
    for (id, epss) in expected {
        assert_eq!(db.flaw(&id).unwrap().unwrap().epss, epss, "{id}");
    }
}

#[test]
fn a_dictionary_that_has_aged_is_trained_anew() {
    let pair = Pair::new();
    pair.build("old", tracker(9_000), None);
    let mut others = tracker(9_000);
    for (n, advisory) in (0u32..).zip(&mut others) {
        let mix = n.wrapping_mul(0x9e37_79b9);
        advisory.title =
            Some((9..30).map(|k: u32| format!("{:x}", mix.wrapping_mul(k * k * k))).collect());
    }
    let new = pair.build("new", others, Some(&pair.path("old")));
    assert!(!new.dictionary_kept);
    // Such a delta is no gain, but right.
    assert!(!pair.proved().same_dictionary);
    // What cannot be used is as good as nothing.
    std::fs::write(pair.path("junk"), b"junk").unwrap();
    let again = pair.build("again", tracker(9_000), Some(&pair.path("junk")));
    let first = std::fs::read(pair.path("old")).unwrap();
    assert!(!again.dictionary_kept && std::fs::read(pair.path("again")).unwrap() == first);
}

#[test]
fn a_delta_fits_one_database_and_one_compressor() {
    let pair = Pair::new();
    pair.build("old", sample(100), None);
    pair.build("new", sample(150), None);
    pair.build("other", sample(50), None);
    pair.proved();
    let apply = |old: &str, delta: &str| {
        delta::apply(&pair.path(old), &pair.path(delta), &pair.path("out"))
    };
    assert!(matches!(apply("other", "delta"), Err(DeltaError::OtherBase { .. })));
    assert!(matches!(apply("old", "new"), Err(DeltaError::NotADelta(_))));
    assert!(matches!(apply("delta", "delta"), Err(DeltaError::Database(_))));
    assert!(matches!(apply("old", "missing"), Err(DeltaError::File { .. })));
    let mut bytes = std::fs::read(pair.path("delta")).unwrap();
    bytes[12] ^= 1;
    let crc = crc32fast::hash(&bytes[..136]).to_le_bytes();
    bytes[136..140].copy_from_slice(&crc);
    std::fs::write(pair.path("foreign"), &bytes).unwrap();
    assert!(matches!(apply("old", "foreign"), Err(DeltaError::OtherCompressor { .. })));
    // Lying sizes: of the new file, of the instructions.
    for at in [112, 120, 128] {
        let mut bytes = std::fs::read(pair.path("delta")).unwrap();
        for lie in [&[255u8; 8], &[0; 8], &[1, 0, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 1, 0, 0, 0, 0]] {
            bytes[at..at + 8].copy_from_slice(lie);
            let crc = crc32fast::hash(&bytes[..136]).to_le_bytes();
            bytes[136..140].copy_from_slice(&crc);
            std::fs::write(pair.path("liar"), &bytes).unwrap();
            assert!(apply("old", "liar").is_err(), "{at} {lie:?}");
        }
    }
    // Nothing is left behind by what failed, and a file may be replaced by its successor.
    assert!(!pair.path("out").exists());
    delta::apply(&pair.path("old"), &pair.path("delta"), &pair.path("old")).unwrap();
    assert!(std::fs::read(pair.path("old")).unwrap() == std::fs::read(pair.path("new")).unwrap());
    let names: Vec<_> = std::fs::read_dir(pair.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(names, Vec::<String>::new());
}

#[test]
fn damaged_deltas_are_errors() {
    let pair = Pair::new();
    pair.build("old", sample(100), None);
    pair.build("new", sample(150), None);
    pair.proved();
    let whole = std::fs::read(pair.path("delta")).unwrap();
    let new = std::fs::read(pair.path("new")).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(pair.path("damaged"), bytes).unwrap();
        let out = delta::apply(&pair.path("old"), &pair.path("damaged"), &pair.path("out"));
        // A few bits of a zstd frame mean nothing.
        out.is_err() || std::fs::read(pair.path("out")).unwrap() == new
    };
    for at in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x21;
        assert!(refused(&bytes), "byte {at}");
    }
    for len in (0..whole.len()).step_by(13) {
        assert!(refused(&whole[..len]), "{len} bytes");
    }
    assert!(refused(&[whole.as_slice(), &[0]].concat()));
    // The old file may be damaged, too.
    let old = std::fs::read(pair.path("old")).unwrap();
    for at in (0..old.len()).step_by(61) {
        let mut bytes = old.clone();
        bytes[at] ^= 0x21;
        std::fs::write(pair.path("bad-old"), &bytes).unwrap();
        let out = delta::apply(&pair.path("bad-old"), &pair.path("delta"), &pair.path("out"));
        // A block that the new database does not use may be anything.
        assert!(
            out.is_err()
                || std::fs::read(pair.path("out")).unwrap()
                    == std::fs::read(pair.path("new")).unwrap()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_two_databases_have_a_delta(
        first in proptest::collection::vec(("[a-d]{1,2}", 1u32..60, "[0-9.]{1,4}", any::<bool>()), 0..80),
        second in proptest::collection::vec(("[a-d]{1,2}", 1u32..60, "[0-9.]{1,4}", any::<bool>()), 0..80),
    ) {
        let make = |rows: Vec<(String, u32, String, bool)>| -> Vec<Advisory> {
            rows.into_iter().map(|(package, number, fixed, scored)| {
                let mut one = advisory("feed", &format!("CVE-2020-{number:04}"));
                one.affected = vec![affected("debian", "12", &package, FixState::Fixed, Some(&fixed))];
                one.epss = scored.then(|| Epss { probability: 0.1, percentile: 0.2, date: day() });
                one
            }).collect()
        };
        let pair = Pair::new();
        pair.build("old", make(first), None);
        pair.build("new", make(second), Some(&pair.path("old")));
        pair.proved();
    }

    #[test]
    fn any_bytes_for_a_delta_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (file, _) = support::file(sample(20));
        let db = VulnDb::from_bytes(file).unwrap();
        let _ = apply_parts(&db, &bytes);
        let pair = Pair::new();
        pair.build("old", sample(5), None);
        std::fs::write(pair.path("delta"), &bytes).unwrap();
        prop_assert!(delta::apply(&pair.path("old"), &pair.path("delta"), &pair.path("out")).is_err());
    }
}

#[test]
fn a_delta_of_the_embedded_database_to_itself_is_nearly_nothing() {
    let pair = Pair::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("starter/plimsoll-starter.db");
    std::fs::copy(&file, pair.path("old")).unwrap();
    std::fs::copy(&file, pair.path("new")).unwrap();
    let stats = pair.proved();
    assert_eq!(stats.copied, stats.blocks);
    assert!(stats.delta_bytes < 1000, "{stats:?}");
    let db = VulnDb::open(pair.path("made")).unwrap();
    assert!(
        !db.lookup(&Namespace::new("debian", "11"), NameKind::Source, "openssl")
            .unwrap()
            .is_empty()
    );
}
