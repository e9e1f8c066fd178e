use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_status_of_a_release_is_understood() {
    let (all, stats) = sample::testdata(&UbuntuVex);
    let expected = "\
CVE-2016-20013 =CVE-2016-20013
  ubuntu:14.04 src eglibc WillNotFix channel=esm-infra-legacy$
  ubuntu:14.04 src zabbix WillNotFix channel=esm-infra-legacy$
  ubuntu:16.04 src glibc WillNotFix
  ubuntu:16.04 src zabbix WillNotFix
  ubuntu:18.04 src glibc WillNotFix channel=esm-infra$
  ubuntu:18.04 src zabbix WillNotFix channel=esm-apps$
  ubuntu:20.04 src glibc WillNotFix channel=esm-infra$
  ubuntu:20.04 src zabbix WillNotFix channel=esm-apps$
  ubuntu:22.04 src glibc WillNotFix
  ubuntu:22.04 src zabbix WillNotFix channel=esm-apps$
  ubuntu:24.04 src glibc WillNotFix
  ubuntu:24.04 src zabbix NotAffected
CVE-2023-38545 =CVE-2023-38545
  ubuntu:16.04 src curl NotAffected
  ubuntu:14.04 src curl NotAffected channel=esm-infra-legacy$
  ubuntu:18.04 src curl NotAffected channel=esm-infra$
  ubuntu:20.04 src curl NotAffected channel=esm-infra$
USN-7372-1 =CVE-2022-45060
  ubuntu:18.04 src varnish Fixed <5.2.1-1ubuntu0.1+esm1 channel=esm-apps$
  ubuntu:20.04 src varnish Fixed <6.2.1-2ubuntu0.2+esm1 channel=esm-apps$
  ubuntu:22.04 src varnish Fixed <6.6.1-1ubuntu0.2+esm1 channel=esm-apps$";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
    let skipped: Vec<String> = stats.skipped.iter().map(|(why, n)| format!("{n} {why}")).collect();
    let expected: [&str; 0] = [];
    assert_eq!(skipped, expected);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let head = r#"{"statements":[{"status":"fixed","vulnerability":{"name":"CVE-1-1"},"#;
        for start in ["", head, &format!("{head}\"products\":[{{\"@id\":\"pkg:deb/ubuntu/")] {
            let text = [start.as_bytes(), &bytes].concat();
            collect(|into| read("x", &mut text.as_slice(), into));
        }
    }
}
