use super::*;
use crate::sample::{self, show};

#[test]
fn every_form_of_criteria_is_understood() {
    let (all, stats) = sample::testdata(&PhotonOval);
    let expected = "\
PHSA-2020:00001 =CVE-2019-16168 photon:high
  photon:3.0 bin sqlite Fixed <3.27.2-5.ph3";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.bad, 0, "{:#?}", stats.problems);
}

/// The numbers are those of the definitions and of the criteria about versions, counted with grep.
#[test]
fn the_real_file_is_read_whole() {
    let (file, records, rows, bad) =
        ("advisories/oval/com.vmware.phsa-photon3.xml.xz", 222, 778, 0);
    let Some(path) = sample::real(file) else { return };
    let (all, stats) = sample::parse(&PhotonOval, &path).unwrap();
    let found: usize = all.iter().map(|a| a.affected.len()).sum();
    assert_eq!((all.len(), found, stats.bad), (records, rows, bad), "{stats:#?}");
}
