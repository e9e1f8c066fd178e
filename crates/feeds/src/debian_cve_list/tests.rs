use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn lines_of_sid_hold_for_releases_that_had_support() {
    let (all, stats) = sample::testdata(&DebianCveList);
    let expected = "\
CVE-2023-5088 =CVE-2023-5088
  debian:sid src qemu Fixed <1:8.1.1+ds-2
  debian:12 src qemu Fixed <1:7.2+dfsg-7+deb12u4
  debian:10 src qemu FixDeferred
CVE-2019-0001 =CVE-2019-0001
  debian:sid src putty Affected low
  debian:8 src putty EndOfLife low
  debian:10 src putty EndOfLife low
  debian:9 src putty NotAffected low
  debian:8 src gone EndOfLife
  debian:9 src gone EndOfLife
  debian:10 src gone EndOfLife
CVE-2019-0002 =CVE-2019-0002
  debian:sid src a NotAffected negligible";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!((stats.bad, stats.skipped_total()), (2, 5), "{stats:#?}");
}

/// A fix in sid is no fix of an old release, but versions past it are not affected.
#[test]
fn versions_before_the_fix_of_sid_are_affected_in_old_releases() {
    let text = b"CVE-2018-0001 (x)\n\t- zlib 1:1.2.11-1\n";
    let all = collect(|into| read("x", &mut text.as_slice(), into).unwrap());
    let old = all[0].affected.iter().find(|a| a.namespace.release == "9").unwrap();
    let last = old.ranges[0].last_affected.as_deref().unwrap();
    let scheme = plimsoll_ecosystems::version::Scheme::Dpkg;
    for (version, is_affected) in [
        ("1:1.2.8.dfsg-5", true),
        ("1:1.2.11-0.1", true),
        ("1:1.2.11-1", false),
        ("1:1.2.11-1~bpo9+1", false),
    ] {
        assert_eq!(scheme.compare(version, last).unwrap().is_le(), is_affected, "{version}");
    }
    // Jessie's successors looked at flaws of 2018, wheezy's last year was 2017.
    assert!(!all[0].affected.iter().any(|a| a.namespace.release == "7"));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "CVE-2020-1234\n\t- a ", "CVE-2020-1234\n\t[buster] - "] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
