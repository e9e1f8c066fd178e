use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn gems_and_interpreters() {
    let (all, stats) = sample::testdata(&Rubysec);
    let expected = "\
GHSA-yyyy
  gem bin a Affected ..
OSVDB-1 rubysec:high
  gem bin a Fixed <2.3.17 2.4.A<3.0.10.1 3.1.A<=3.1
CVE-2026-33167 =CVE-2026-33167 ~GHSA-pgm4-439c-5jp6 rubysec:low
  gem bin actionpack Fixed 8.1.0<8.1.2.1
CVE-2026-46727 =CVE-2026-46727 ~GHSA-jfc8-2xw7-c79m rubysec:high
  generic bin ruby Fixed 4.0<4.0.5";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!((stats.bad, stats.skipped_total()), (1, 1));
}

#[test]
fn the_real_database_is_read_whole() {
    let Some(path) = sample::real("advisories/rubysec.tar.xz") else { return };
    let (all, stats) = sample::parse(&Rubysec, &path).unwrap();
    assert_eq!(stats.bad, 0, "{stats:#?}");
    assert_eq!(all.len() as u64 + stats.skipped_total(), 1381, "{stats:#?}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "gem: a\npatched_versions:\n - '", "gem: a\ncve: "] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| read("x.yml", &text, into));
        }
    }
}
