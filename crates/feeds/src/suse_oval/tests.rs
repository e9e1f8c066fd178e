use super::*;
use crate::sample::{self, show};

#[test]
fn every_form_of_criteria_is_understood() {
    let (all, stats) = sample::testdata(&SuseOval);
    let expected = "\
CVE-2001-1267 =CVE-2001-1267 suse:low
  sles:15.3 bin tar Fixed <1.34-150000.3
  sles:15.2 bin tar Fixed <1.34-150000.3 channel=ltss$
  sles:15.3 bin gzip Affected
  sles:15.2 bin gzip Affected channel=ltss$
  sles:15.3 bin cpio NotAffected";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
}

/// The numbers are those of the definitions and of the criteria about versions, counted with grep.
#[test]
fn the_real_file_is_read_whole() {
    let (file, records, rows, bad) = ("advisories/oval/opensuse.leap.15.3.xml.gz", 9136, 93099, 2);
    let Some(path) = sample::real(file) else { return };
    let (all, stats) = sample::parse(&SuseOval, &path).unwrap();
    let found: usize = all.iter().map(|a| a.affected.len()).sum();
    assert_eq!((all.len(), found, stats.bad), (records, rows, bad), "{stats:#?}");
}
