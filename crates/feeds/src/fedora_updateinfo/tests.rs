use super::*;
use crate::sample::{self, show};

#[test]
fn flaws_are_named_by_the_bugs() {
    let (all, stats) = sample::testdata(&FedoraUpdateinfo);
    let expected = "\
FEDORA-2023-0000000001 =CVE-2024-24989,CVE-2024-24990 fedora:high
  fedora:38 bin nginx Fixed <1:1.24.0-9.fc38
  fedora:38 bin nginx-filesystem Fixed <1:1.24.0-9.fc38
FEDORA-2013-00001
  fedora:19 bin polkit Fixed <0.111-3.fc19";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.date, Some(jiff::civil::date(2024, 2, 28)));
    assert_eq!(stats.skipped.get("update of EPEL"), Some(&1));
    assert_eq!(stats.skipped.get("update without packages of a known release"), Some(&2));
    assert_eq!(stats.skipped.get("update that is not released"), Some(&1));
    assert_eq!(stats.skipped.get("update that is not about a flaw"), Some(&1));
    assert_eq!(stats.bad, 0);
}

/// 2,494 updates, 184 of them of the type `security`, 135 of these with a CVE in a bug's title and two with
/// one in their text only.
#[test]
fn the_real_updates_of_fedora_19_are_read_whole() {
    let Some(path) = sample::real("advisories/oval/fedora-19-updateinfo-2013.xml.gz") else {
        return;
    };
    let (all, stats) = sample::parse(&FedoraUpdateinfo, &path).unwrap();
    let named = all.iter().filter(|a| !a.flaws.is_empty()).count();
    assert_eq!((all.len(), named, stats.bad), (184, 137, 0), "{:#?}", stats.problems);
    assert_eq!(stats.skipped.get("update that is not about a flaw"), Some(&2310));
    assert!(all.iter().flat_map(|a| &a.affected).all(|a| a.namespace.release == "19"));
}
