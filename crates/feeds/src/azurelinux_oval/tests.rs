use super::*;
use crate::sample::{self, show};

#[test]
fn every_form_of_criteria_is_understood() {
    let (all, stats) = sample::testdata(&AzurelinuxOval);
    let expected = "\
CVE-2024-47191 =CVE-2024-47191 microsoft:high
  azurelinux:3.0 src oath-toolkit Fixed <2.6.7-3.azl3
CVE-2024-0002 =CVE-2024-0002 microsoft:medium
  azurelinux:3.0 src cmake Affected <=3.30.3-2.azl3";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
}

/// The numbers are those of the definitions and of the criteria about versions, counted with grep.
#[test]
fn the_real_file_is_read_whole() {
    let (file, records, rows, bad) = ("advisories/oval/azurelinux-3.0-oval.xml.xz", 1222, 1222, 0);
    let Some(path) = sample::real(file) else { return };
    let (all, stats) = sample::parse(&AzurelinuxOval, &path).unwrap();
    let found: usize = all.iter().map(|a| a.affected.len()).sum();
    assert_eq!((all.len(), found, stats.bad), (records, rows, bad), "{stats:#?}");
}
