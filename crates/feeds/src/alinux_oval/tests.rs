use super::*;
use crate::sample::{self, show};

/// The hotfix has the id of another advisory: both are read, each with its own packages.
#[test]
fn advisories_that_share_an_id_keep_their_own_packages() {
    let (all, stats) = sample::testdata(&AlinuxOval);
    let expected = "\
ALINUX2-SA-2026:0003 =CVE-2026-46333 alinux:high
  alinux:2 bin kernel Fixed <4.19.91-28.7.al7
  alinux:2 bin kernel-headers Fixed <4.19.91-28.7.al7
ALINUX2-HOTFIX-SA-2026:0003 =CVE-2026-0002 alinux:high
  alinux:2 bin ceph Fixed <2:12.2.8-1.al7";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:?}", stats.problems);
}
