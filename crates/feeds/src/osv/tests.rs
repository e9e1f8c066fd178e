use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn records_of_languages_in_json_and_yaml() {
    let (all, stats) = sample::testdata(&Osv);
    let expected = "\
GHSA-jfh8-c2jp-5v3q =CVE-2021-44228 ~GHSA-jfh8-c2jp-5v3q ghsa:cvss3.1 ghsa:critical
  maven bin org.apache.logging.log4j:log4j-core Fixed 2.13.0<2.15.0 2.4<2.12.2
MAL-2024-1234 ~GHSA-xxxx-xxxx-xxxx openssf:critical
  npm bin evil Affected ..
PYSEC-2021-19 =CVE-2021-21330 ~GHSA-v6wp-4m6f-gcjg,PYSEC-2021-19
  pypi bin aiohttp Fixed <3.7.4 [2004d]";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[0].cwes, ["CWE-20", "CWE-502"]);
    assert_eq!(all[1].cwes, ["CWE-506"]);
    assert_eq!(stats.bad, 1);
    assert_eq!(stats.problems[0].message, "a range without `introduced`");
    assert_eq!(stats.skipped_total(), 2);
}

#[test]
fn the_real_language_databases_are_read_whole() {
    for (file, least) in [("advisories/golang-osv.tar.xz", 1), ("advisories/pypa-osv.tar.xz", 1)] {
        let Some(path) = sample::real(file) else { return };
        let (all, stats) = sample::parse(&Osv, &path).unwrap();
        assert!(stats.bad == 0 && all.len() > least, "{stats:#?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{", "id: a\naffected:\n- package:\n", "{\"id\":\"ALSA-1\",\"affected\":[{\"package\":"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| read("x", &text, &|_| None, into));
        }
    }
}
