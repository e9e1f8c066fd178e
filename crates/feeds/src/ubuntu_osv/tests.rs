use super::*;
use crate::sample::{self, show};

#[test]
fn records_name_releases_and_support_programmes() {
    let (all, stats) = sample::testdata(&UbuntuOsv);
    let expected = "\
UBUNTU-CVE-2014-9913 =CVE-2014-9913 ubuntu:cvss3.0 ubuntu:negligible
  ubuntu:14.04 src unzip Fixed <6.0-9ubuntu1.6 channel=esm-infra$
  ubuntu:18.04 src unzip Affected .. channel=esm-apps$
  ubuntu:16.04 src unzip Fixed <6.0-20ubuntu1.1
UBUNTU-CVE-2020-36325 =CVE-2020-36325
  ubuntu:14.04 src jansson Affected .. channel=esm-infra$";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[1].withdrawn, Some(jiff::civil::date(2025, 6, 23)));
    let skipped: Vec<_> = stats.skipped.into_iter().collect();
    assert_eq!(
        skipped,
        [
            ("notice: its flaws have records of their own", 1),
            ("package of an ecosystem that is not supported", 1),
        ]
    );
}
