use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_status_says_something() {
    let (all, stats) = sample::testdata(&ArchSecurity);
    let expected = "\
AVG-20 =CVE-2016-7167 arch:low
  arch bin curl Fixed <7.50.3-1
AVG-1324 =CVE-2023-4911,CVE-2023-4912 arch:high
  arch bin glibc Fixed <2.38-2
  arch bin lib32-glibc Fixed <2.38-2
AVG-9999 =CVE-2025-6020 arch:medium
  arch bin pam Affected
AVG-3 =CVE-2025-6021
  arch bin x Fixed <1:1-2 channel=testing
AVG-4 =CVE-2025-6022
  arch bin x NotAffected
AVG-5
  arch bin x UnderInvestigation";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    let places: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(places, ["all.json: record 7", "all.json: record 8", "all.json: record 9"]);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "[", "[{\"name\":\"A\",\"packages\":[\"x\"],\"status\":\""] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
