use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn what_is_patched_is_not_vulnerable() {
    let (all, stats) = sample::testdata(&NodejsSecurityWg);
    let expected = "\
NSWG-CORE-50 =CVE-2018-7162 nodejs-security-wg:high
  generic bin node Fixed 9.0.0-0<9.11.2 10.0.0-0<10.4.1
NSWG-ECO-1
  npm bin b Affected ..
NSWG-ECO-2 =CVE-2015-0001,CVE-2015-0002
  npm bin b Fixed <0.0.1 1.0.0<=1.2.0
NSWG-ECO-400 =CVE-2018-3738 ~NSWG-ECO-400 nodejs-security-wg:cvss3.0
  npm bin protobufjs Fixed <5.0.3 6.0.0<6.8.6";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!((stats.bad, stats.skipped_total()), (1, 0));
}

#[test]
fn the_real_database_is_read_whole() {
    let Some(path) = sample::real("advisories/nodejs-security-wg.tar.xz") else { return };
    let (all, stats) = sample::parse(&NodejsSecurityWg, &path).unwrap();
    assert_eq!(stats.bad, 0, "{stats:#?}");
    // 467 files of packages and 171 of Node.js.
    assert_eq!(all.len() as u64 + stats.skipped_total(), 638, "{stats:#?}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "{\"id\":1,\"module_name\":\"a\",\"vulnerable_versions\":\""] {
            let text = [head.as_bytes(), &bytes, b"\"}"].concat();
            collect(|into| read("x.json", &text, into));
        }
    }
}
