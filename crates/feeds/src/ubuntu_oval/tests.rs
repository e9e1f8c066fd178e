use super::*;
use crate::sample::{self, show};

#[test]
fn every_form_of_criteria_is_understood() {
    let (all, stats) = sample::testdata(&UbuntuOval);
    let expected = "\
CVE-2018-0001 =CVE-2018-0001 ubuntu:low
  ubuntu:16.04 src zlib Fixed <1:1.2.8-1
  ubuntu:16.04 src curl Fixed <7.47.0-1ubuntu2.19+esm1 channel=esm$
  ubuntu:16.04 src a UnderInvestigation
  ubuntu:16.04 src b Affected
  ubuntu:16.04 src e FixDeferred
  ubuntu:16.04 src f WillNotFix";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
}

/// The numbers are those of the definitions and of the criteria about versions, counted with grep.
#[test]
fn the_real_file_is_read_whole() {
    let (file, records, rows, bad) =
        ("advisories/oval/com.ubuntu.focal.cve.oval.xml.bz2", 7103, 20334, 0);
    let Some(path) = sample::real(file) else { return };
    let (all, stats) = sample::parse(&UbuntuOval, &path).unwrap();
    let found: usize = all.iter().map(|a| a.affected.len()).sum();
    assert_eq!((all.len(), found, stats.bad), (records, rows, bad), "{stats:#?}");
}
