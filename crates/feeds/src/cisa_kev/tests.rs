use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect};

#[test]
fn entries_become_marks_on_flaws() {
    let (all, stats) = sample::testdata(&CisaKev);
    let kev = |a: &Advisory| a.kev.clone().unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].id.as_str(), kev(&all[0]).ransomware), ("CVE-2025-48384", false));
    assert_eq!(all[0].cwes, ["CWE-59", "CWE-436"]);
    assert_eq!((all[1].id.as_str(), kev(&all[1]).ransomware), ("CVE-2021-44228", true));
    assert!(all.iter().all(|a| a.affected.is_empty() && a.flaws == [a.id.clone()]));
    assert_eq!(stats.date, Some(jiff::civil::date(2025, 8, 25)));
    assert!(stats.problems[0].place.ends_with("entry 2"));
}

#[test]
fn the_real_catalogue_is_read_whole() {
    let Some(path) = sample::real("advisories/cisa-kev.json.xz") else { return };
    let (all, stats) = sample::parse(&CisaKev, &path).unwrap();
    // The catalogue says itself how many entries it has.
    assert_eq!((all.len(), stats.bad), (1404, 0));
    assert_eq!(stats.date, Some(jiff::civil::date(2025, 8, 25)));
}

#[test]
fn what_is_no_catalogue_is_refused() {
    for text in ["", "\n", "[]", "{}", "{\"vulnerabilities\": 1}"] {
        collect(|into| assert!(read("kev.json", text.as_bytes(), into).is_err(), "{text}"));
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{\"vulnerabilities\":[", "{\"dateReleased\":\"", "{\"vulnerabilities\":[{\"cveID\":\""] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &text, into)));
        }
    }
}
