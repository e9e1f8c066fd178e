use super::*;
use crate::sample::{self, show};

#[test]
fn packages_of_other_releases_are_left_out() {
    let (all, stats) = sample::testdata(&CentosUpdateinfo);
    let expected = "\
CESA-2016:0301 centos:high
  centos:6 bin openssl Fixed <1.0.1e-42.el6_7.4";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.date, Some(jiff::civil::date(2016, 3, 9)));
    assert_eq!(stats.skipped.get("package of another release"), Some(&2));
    assert_eq!(stats.skipped.get("package that names no release"), Some(&1));
    assert_eq!(stats.skipped.get("update without packages of a known release"), Some(&1));
    assert_eq!(id("CESA_2016__X001"), "CESA-2016:X001");
}

/// 427 announcements, all of them `security` and without a CVE.
#[test]
fn the_real_announcements_are_read_whole() {
    let Some(path) = sample::real("advisories/oval/centos-6-updateinfo-2017.xml.xz") else {
        return;
    };
    let (all, stats) = sample::parse(&CentosUpdateinfo, &path).unwrap();
    assert_eq!((all.len(), stats.bad), (427, 0), "{stats:#?}");
    assert!(all.iter().all(|a| a.flaws.is_empty() && a.id.starts_with("CESA-")));
    let fixes = all.iter().flat_map(|a| &a.affected).filter_map(|a| a.ranges[0].fixed.as_deref());
    assert!(fixes.into_iter().all(|f| f.contains("el6") || f.contains("centos6")));
}
