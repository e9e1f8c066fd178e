use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_form_of_products_is_understood() {
    let (all, stats) = sample::testdata(&OpeneulerCsaf);
    let expected = "\
CVE-2025-30346 =CVE-2025-30346 openeuler:medium
openEuler-SA-2025-1333 =CVE-2025-30346
  openeuler:20.03-LTS-SP4 bin varnish Fixed <7.4.3-2.oe2003sp4
  openeuler:20.03-LTS-SP4 bin varnish-devel Fixed <7.4.3-2.oe2003sp4
CVE-2025-29768 =CVE-2025-29768 openeuler:medium
openEuler-SA-2025-1351 =CVE-2025-29768
  openeuler:22.03-LTS-SP3 bin vim-filesystem Fixed <9.0-33.oe2203sp3
  openeuler:24.03-LTS bin vim-filesystem Fixed <9.0.2092-18.oe2403";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 1, "{:#?}", stats.problems);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    let expected: [&str; 0] = [];
    assert_eq!(skipped, expected);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        collect(|into| read("x", &mut bytes.as_slice(), into));
    }
}
