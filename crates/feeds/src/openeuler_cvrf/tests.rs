use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn fixes_are_those_of_the_releases_that_a_flaw_names() {
    let (all, stats) = sample::testdata(&OpeneulerCvrf);
    let expected = "\
openEuler-SA-2022-1693 =CVE-2021-41183 openeuler:medium
  openeuler:20.03-LTS-SP3 bin python3-XStatic-jquery-ui Fixed <1.12.1.1-2.oe1
openEuler-SA-2022-1693 =CVE-2021-41182 openeuler:high
  openeuler:20.03-LTS-SP3 bin python3-XStatic-jquery-ui Fixed <1.12.1.1-2.oe1
  openeuler:22.03-LTS bin python3-XStatic-jquery-ui Fixed <1.12.1.1-2.oe2203";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.date, Some(jiff::civil::date(2022, 6, 3)));
    assert_eq!(stats.problems[0].place, "cvrf-openEuler-SA-2099-1.xml");
    assert_eq!(build("a-1.rpm", "x"), None);
}

/// Four documents; the epoch of the fixed builds is in none of them.
#[test]
fn the_real_samples_are_read() {
    let Some(path) = sample::real("feed-samples/upstream-raw-a.tar.xz") else { return };
    let (all, stats) = sample::parse(&OpeneulerCvrf, &path).unwrap();
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
    let mut ids: Vec<&str> = all.iter().map(|a| a.id.as_str()).collect();
    ids.dedup();
    let expected = ["2021-1033", "2022-1693", "2023-1374", "2024-1349"];
    ids.sort_unstable();
    assert_eq!(ids, expected.map(|n| format!("openEuler-SA-{n}")));
    assert!(all.iter().all(|a| !a.flaws.is_empty() && !a.affected.is_empty()));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "<cvrfdoc><Vulnerability><CVE>", "<cvrfdoc><Branch Type='Package Arch' Name='"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| read("x", &text, into));
        }
    }
}
