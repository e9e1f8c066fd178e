use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn vectors_of_both_versions_are_kept() {
    let (all, stats) = sample::testdata(&NvdScores);
    let expected = [
        "CVE-1999-0001 =CVE-1999-0001 nvd:cvss2.0",
        "CVE-2011-3352 =CVE-2011-3352 nvd:cvss2.0 nvd:cvss3.1",
    ];
    assert_eq!(show(&all), expected);
    assert_eq!(all[1].cwes, ["CWE-79"]);
    assert_eq!((stats.bad, stats.problems[0].place.as_str()), (1, "scores.csv:4"));
}

#[test]
fn the_real_table_is_read_whole() {
    let Some(path) = sample::real("advisories/nvd-scores-2002-2018.csv.xz") else { return };
    let (all, stats) = sample::parse(&NvdScores, &path).unwrap();
    // `wc -l` less the header.
    assert_eq!((all.len(), stats.bad), (130_165, 0));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "cve,published,cvss2,cvss3,cwe\nCVE-2020-1,"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
