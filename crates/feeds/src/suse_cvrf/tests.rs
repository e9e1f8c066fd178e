use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_form_of_products_is_understood() {
    let (all, stats) = sample::testdata(&SuseCvrf);
    let expected = "\
CVE-2019-1559 =CVE-2019-1559 suse:medium
SUSE-SU-2019:1608-1 =CVE-2019-1559
  sles:11.4 bin compat-openssl098 Fixed <0.9.8j-106.12.1 channel=ltss$
  sles:12 bin compat-openssl098 Fixed <0.9.8j-106.12.1
  sles:12 bin libopenssl0_9_8 Fixed <0.9.8j-106.12.1
  sles:12.1 bin compat-openssl098 Fixed <0.9.8j-106.12.1
  sles:12.1 bin libopenssl0_9_8 Fixed <0.9.8j-106.12.1
  sles:12.2 bin compat-openssl098 Fixed <0.9.8j-106.12.1
  sles:12.2 bin libopenssl0_9_8 Fixed <0.9.8j-106.12.1
  sles:12.3 bin compat-openssl098 Fixed <0.9.8j-106.12.1
  sles:12.3 bin libopenssl0_9_8 Fixed <0.9.8j-106.12.1
  sles:12.4 bin compat-openssl098 Fixed <0.9.8j-106.12.1
  sles:12.4 bin libopenssl0_9_8 Fixed <0.9.8j-106.12.1
  sles:12.5 bin compat-openssl098 Fixed <0.9.8j-106.12.1
  sles:12.5 bin libopenssl0_9_8 Fixed <0.9.8j-106.12.1";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 1, "{:#?}", stats.problems);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    let expected: [&str; 1] = ["1 statement about another product than the release"];
    assert_eq!(skipped, expected);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        collect(|into| read("x", &mut bytes.as_slice(), into));
    }
}
