use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_form_of_products_is_understood() {
    let (all, stats) = sample::testdata(&SuseCsaf);
    let expected = "\
CVE-2023-5568 =CVE-2023-5568 suse:medium
  opensuse-tumbleweed bin ctdb Fixed <4.19.2+git.322.7e9201cef5-1.1
  opensuse-tumbleweed bin samba-winbind Fixed <4.19.2+git.322.7e9201cef5-1.1
  sles:11.4 bin samba NotAffected channel=ltss$
  sles:12.5 bin samba NotAffected
  sles:12.5 bin samba-client NotAffected
  sles:12.5 bin samba-client-libs NotAffected
  sles:15.1 bin samba NotAffected channel=ltss$
  sles:15.1 bin samba-client NotAffected channel=ltss$
  sles:15.3 bin samba NotAffected channel=ltss$
  sles:15.3 bin samba-client NotAffected channel=ltss$
  sles:15.3 bin samba-client-libs NotAffected channel=ltss$
  sles:15.4 bin samba NotAffected
  sles:15.4 bin samba-client NotAffected
  sles:15.4 bin samba-client-libs NotAffected
CVE-2024-0001 =CVE-2024-0001 suse:high
  opensuse-leap:15.5 bin libfoo1 UnderInvestigation
  sles:12 bin libfoo1-32bit WillNotFix
  sles:12.1 bin libfoo1-32bit WillNotFix
  sles:12.2 bin libfoo1-32bit WillNotFix
  sles:12.3 bin libfoo1-32bit WillNotFix
  sles:12.4 bin libfoo1-32bit WillNotFix
  sles:12.5 bin libfoo1-32bit WillNotFix
  sles:15.5 bin libfoo1 Affected
CVE-2012-1667 =CVE-2012-1667 suse:high
CVE-2012-3817 =CVE-2012-3817 suse:high
CVE-2012-4244 =CVE-2012-4244 suse:high
CVE-2012-5166 =CVE-2012-5166 suse:high
CVE-2013-4854 =CVE-2013-4854 suse:low
CVE-2014-0591 =CVE-2014-0591 suse:medium
CVE-2014-8500 =CVE-2014-8500 suse:high
SUSE-SU-2015:0011-2 =CVE-2012-1667,CVE-2012-3817,CVE-2012-4244,CVE-2012-5166,CVE-2013-4854,CVE-2014-0591,CVE-2014-8500
  sles:11.2 bin bind Fixed <9.9.4P2-0.6.1
  sles:11.2 bin bind Fixed <9.9.4P2-0.6.1 channel=ltss$
  sles:11.2 bin bind-libs Fixed <9.9.4P2-0.6.1
  sles:11.2 bin bind-libs Fixed <9.9.4P2-0.6.1 channel=ltss$";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    let expected: [&str; 1] = ["44 statement about another product than the release"];
    assert_eq!(skipped, expected);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        collect(|into| read("x", &mut bytes.as_slice(), into));
    }
}
