use super::*;
use crate::sample::{self, show};

#[test]
fn every_form_of_criteria_is_understood() {
    let (all, stats) = sample::testdata(&OracleOval);
    let expected = "\
ELSA-2021-9151 =CVE-2021-3449,CVE-2021-3450 oracle:high
  ol:8 bin openssl Fixed <2:1.1.1g-15.ksplice1.el8_3 channel=ksplice$
ELSA-2007-0057 =CVE-2007-0493 oracle:medium
  ol:5 bin bind Fixed <30:9.3.3-8.el5
ELSA-2023-0001 =CVE-2023-0361 oracle:low
  ol:8 bin gnutls Fixed <10:3.6.16-6.el8_7_fips channel=fips";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
}
