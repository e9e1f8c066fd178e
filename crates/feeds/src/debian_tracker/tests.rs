use std::io::Read as _;

use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_status_of_a_release_is_understood() {
    let (all, stats) = sample::testdata(&DebianTracker);
    let expected = "\
CVE-2018-25032 =CVE-2018-25032 debian:high
  debian:12 src zlib Fixed <1:1.2.11.dfsg-4
  debian:11 src zlib Fixed <1:1.2.11.dfsg-2+deb11u1 high
  debian:sid src zlib NotAffected negligible
CVE-2023-45853 =CVE-2023-45853 debian:low
  debian:12 src zlib FixDeferred low
  debian:11 src zlib WillNotFix
  debian:14 src zlib UnderInvestigation
  debian:sid src zlib Affected
  debian:13 src zlib WillNotFix low
TEMP-0000000-0CA7E3
  debian:10 src wordpress EndOfLife
CVE-2019-0001 =CVE-2019-0001 debian:low
  debian:sid src wordpress Affected low";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    let problems: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(
        problems,
        ["wordpress/CVE-2019-0001/buster", "tracker.json: wordpress/CVE-2019-0002"]
    );
    assert_eq!(stats.skipped.get("row of an unknown release"), Some(&1));
}

#[test]
fn what_is_not_the_tracker_is_refused() {
    for text in ["", "invalid", "[]", "{\"a\": 1}", "{\"a\": {\"b\": {}}", "{} x"] {
        collect(|into| {
            assert!(read("tracker.json", &mut text.as_bytes(), into).is_err(), "{text}");
        });
    }
}

#[test]
fn a_flaw_without_end_is_refused_before_it_fills_the_memory() {
    let mut input = b"{\"a\": {\"CVE-1\": \"".as_slice().chain(std::io::repeat(b'x'));
    collect(|into| {
        let error = read("tracker.json", &mut input, into).unwrap_err();
        assert!(error.to_string().contains("more than 4 MiB"), "{error}");
    });
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{\"a\":{\"CVE-1\":", "{\"a\":{\"CVE-1\":{\"releases\":{\"sid\":"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
