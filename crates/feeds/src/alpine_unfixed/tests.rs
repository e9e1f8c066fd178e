use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn open_rows_hold_up_to_the_version_that_was_seen() {
    let (all, stats) = sample::testdata(&AlpineUnfixed);
    let expected = [
        "CVE-2019-1003051 =CVE-2019-1003051 nvd:cvss3.1",
        "  alpine:3.13 src jenkins UnderInvestigation <=2.287-r0",
        "  alpine:edge src jenkins UnderInvestigation <=2.297-r0",
    ];
    assert_eq!(show(&all), expected);
    assert_eq!((stats.bad, stats.skipped_total()), (1, 3), "{stats:#?}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{\"id\":\"CVE-2020-1\",\"state\":[{\"repo\":\""] {
            collect(|into| read("x", &[head.as_bytes(), &bytes].concat(), None, into));
        }
    }
}
