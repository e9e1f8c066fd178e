use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn rows_are_fixed_or_not_affected() {
    let (all, stats) = sample::testdata(&PhotonCve);
    let expected = "\
CVE-2019-3828 =CVE-2019-3828 photon:critical
  photon:3.0 src ansible Fixed <2.7.6-2.ph3
CVE-2023-38546 =CVE-2023-38546 photon:low
  photon:3.0 src curl Fixed <7.88.1-4.ph3
CVE-2025-0725 =CVE-2025-0725
  photon:3.0 src curl NotAffected
BDSA-2025-0719 photon:high
  photon:3.0 src krb5 Fixed <1.17-15.ph3";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.skipped.get("row without a fixed version"), Some(&1));
    let places: Vec<&str> = stats.problems.iter().map(|p| p.place.as_str()).collect();
    let expected = ["cve_data_photon3.0.json: record 6", "cve_data_photon3.0.json: record 7"];
    assert_eq!(places, expected);
}

#[test]
fn a_file_that_names_no_release_is_refused() {
    for name in ["x.json", "cve_data_photon.json", "cve_data_photon3.0_old.json"] {
        collect(|into| assert!(read(name, &mut b"[]".as_slice(), into).is_err(), "{name}"));
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "[", "[{\"pkg\":\"A\",\"cve_id\":\"CVE-"] {
            let text = [head.as_bytes(), &bytes].concat();
            let name = "cve_data_photon3.0.json";
            collect(|into| drop(read(name, &mut text.as_slice(), into)));
        }
    }
}
