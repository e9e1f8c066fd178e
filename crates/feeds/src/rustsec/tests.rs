use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn what_is_neither_patched_nor_unaffected_is_affected() {
    let (all, stats) = sample::testdata(&Rustsec);
    let expected = "\
RUSTSEC-2020-0001
  cargo bin a Fixed <0.9.3 0.10.0-0<0.10.0 0.10.4<0.11.0
RUSTSEC-2020-0005
  cargo bin a Affected ..
RUSTSEC-2023-0013 =CVE-2023-0401 ~GHSA-vrh7-x64v-7vxq,RUSTSEC-2023-0013 rustsec:cvss3.1
  cargo bin openssl-src Fixed 300.0.0<300.0.12";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert!(all[0].withdrawn.is_some());
    assert_eq!(all[0].affected[0].arches, ["x86_64"]);
    assert_eq!(all[2].title.as_deref(), Some("A title"));
    assert_eq!((stats.bad, stats.skipped_total()), (1, 4));
}

#[test]
fn the_real_database_is_read_whole() {
    let Some(path) = sample::real("advisories/rustsec.tar.xz") else { return };
    let (all, stats) = sample::parse(&Rustsec, &path).unwrap();
    assert_eq!(stats.bad, 0, "{stats:#?}");
    // Of 1,205 records `grep` finds 273 notices and unmaintained crates, and 203 unsound ones.
    assert_eq!(all.len() as u64 + stats.skipped_total(), 1205, "{stats:#?}");
    assert_eq!(all.iter().filter(|a| a.withdrawn.is_some()).count(), 2);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "```toml\n", "```toml\n[advisory]\nid='R'\npackage='a'\n```\n# ", "```toml\n[advisory]\nid='R'\npackage='a'\n[versions]\npatched=['"] {
            let text = [head.as_bytes(), &bytes, b"']\n```"].concat();
            collect(|into| read("x", &text, into));
        }
    }
}
