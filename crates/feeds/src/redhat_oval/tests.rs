use super::*;
use crate::sample::{self, show};

#[test]
fn every_form_of_criteria_is_understood() {
    let (all, stats) = sample::testdata(&RedhatOval);
    let expected = "\
CVE-2005-2541 =CVE-2005-2541 redhat:medium
  rhel:9 bin tar WillNotFix
CVE-2002-0059 =CVE-2002-0059 redhat:medium
  rhel:9 bin zlib NotAffected
CVE-2022-1529 =CVE-2022-1529 redhat:critical
CVE-2022-1802 =CVE-2022-1802 redhat:critical
RHSA-2022:4765 =CVE-2022-1529,CVE-2022-1802 redhat:critical
  rhel:9 bin firefox Fixed <91.9.1-1.el9_0
RHSA-2022:0001 =CVE-2022-0001 redhat:low
  rhel:9 bin nodejs Fixed <1:16.13.1-3.module+el9 module=nodejs:16";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
}

/// The numbers are those of the definitions and of the criteria about versions, counted with grep.
#[test]
fn the_real_file_is_read_whole() {
    for (file, records, rows, bad) in [
        ("advisories/oval/Red_Hat_Enterprise_Linux_3.xml.xz", 864, 3510, 0),
        ("advisories/oval/clair-rhel-8.oval.xml.xz", 607, 2835, 0),
    ] {
        let Some(path) = sample::real(file) else { return };
        let (all, stats) = sample::parse(&RedhatOval, &path).unwrap();
        let found: usize = all.iter().map(|a| a.affected.len()).sum();
        assert_eq!((all.len(), found, stats.bad), (records, rows, bad), "{stats:#?}");
    }
}

#[test]
fn packages_of_other_products_are_left_out_or_in_a_channel() {
    let (all, stats) = sample::testdata(&RedhatOval);
    assert_eq!(stats.skipped.get("definition for another product than the release"), Some(&1));
    assert!(all.iter().all(|a| a.id != "RHSA-2022:0002"));
    let name = |file: &str| match product(file, &[]) {
        Product::Base => "base",
        Product::AddOn(name) => name,
        Product::Other => "other",
    };
    assert_eq!(name("RHEL9/rhel-9-including-unpatched.oval.xml"), "base");
    assert_eq!(name("Red_Hat_Enterprise_Linux_3.xml"), "base");
    assert_eq!(name("clair-rhel-8.oval.xml"), "base");
    assert_eq!(name("rhel-6-extras-including-unpatched.oval.xml"), "rhel_extras");
    assert_eq!(name("ansible-2-including-unpatched.oval.xml"), "ansible_engine");
    assert_eq!(name("rhel-8.4-eus.oval.xml"), "other");
    assert_eq!(name("openshift-4.9.oval.xml"), "other");
}
