use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn advisories_with_all_kinds_of_rows() {
    let (all, stats) = sample::testdata(&DebianLists);
    let expected = "\
DSA-5380-1 =CVE-2023-1393
  debian:11 src xorg-server Fixed <2:1.20.11-1+deb11u6
DSA-4323-1
  debian:9 src drupal7 Fixed <7.52-2+deb9u5
DSA-1182-1 =CVE-2006-4790,CVE-2005-0001
  debian:3.0 src zlib NotAffected
  debian:3.1 src gnutls11 Fixed <1.0.16-13.2sarge2
  debian:4 src gnutls11 Affected
  debian:5 src clamav EndOfLife
DSA-140 =CVE-2002-0660,CVE-2002-0728
  debian:3.0 src libpng Fixed <1.0.12-3.woody.2
  debian:3.0 src libpng3 Fixed <1.2.1-1.1.woody.2";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[0].published, Some(jiff::civil::date(2023, 3, 29)));
    assert_eq!(stats.date, all[0].published);
    let places: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(places, ["DSA-list:18", "DSA-list:23"]);
    let skipped: Vec<_> = stats.skipped.into_iter().collect();
    assert_eq!(
        skipped,
        [
            ("advisory that is not about a flaw", 1),
            ("advisory that names no package of a release", 1),
            ("row of an unknown release", 1),
        ]
    );
}

/// Counted by a script that shares no code: 10,523 rows, less those of advisories that are not about a flaw.
#[test]
fn the_real_lists_are_read_whole() {
    let mut rows = 0;
    for (file, newest) in [
        ("advisories/debian-DSA-list.xz", jiff::civil::date(2023, 3, 29)),
        ("advisories/debian-DLA-list.xz", jiff::civil::date(2023, 4, 1)),
    ] {
        let Some(path) = sample::real(file) else { return };
        let (all, stats) = sample::parse(&DebianLists, &path).unwrap();
        assert_eq!(stats.bad, 0, "{:?}", stats.problems);
        assert_eq!(stats.date, Some(newest));
        assert!(all.iter().all(|a| !a.affected.is_empty()));
        rows += all.iter().map(|a| a.affected.len()).sum::<usize>();
    }
    assert_eq!(rows, 10_212);
}

#[test]
fn a_line_without_end_is_refused() {
    let mut input = std::io::repeat(b'x');
    let error = collect_error(&mut input);
    assert!(matches!(error, FeedError::TooLarge { .. }), "{error}");
}

fn collect_error(input: &mut dyn Read) -> FeedError {
    let mut error = None;
    collect(|into| error = read("list", input, into).err());
    error.unwrap()
}

proptest! {
    #[test]
    fn any_text_never_panics(
        lines in proptest::collection::vec("(\\[[a-z0-9 ]{0,6}\\]?)?[ \\t]?-? ?\\PC{0,20}", 0..20),
    ) {
        let text = lines.join("\n");
        collect(|into| read("list", &mut text.as_bytes(), into).unwrap());
    }
}
