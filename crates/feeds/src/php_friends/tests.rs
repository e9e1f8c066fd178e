use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn branches_are_ranges() {
    let (all, stats) = sample::testdata(&PhpFriends);
    let expected = "\
a/b/2015-01-02-1
  composer bin a/b Fixed 1.0-patch<1.2-RC1
CVE-2021-32668 =CVE-2021-32668
  composer bin typo3/cms-core Fixed <9.5.28 10.0.0-dev<10.4.18 11.0.0-dev<=11.3.0";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!((stats.bad, stats.skipped_total()), (2, 0));
}

#[test]
fn the_real_database_is_read_whole() {
    let Some(path) = sample::real("advisories/php-friends.tar.xz") else { return };
    let (all, stats) = sample::parse(&PhpFriends, &path).unwrap();
    assert_eq!(stats.bad, 0, "{stats:#?}");
    assert_eq!(all.len() as u64 + stats.skipped_total(), 1592, "{stats:#?}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "reference: composer://a/b\nbranches:\n x:\n  versions: ['"] {
            let text = [head.as_bytes(), &bytes, b"']"].concat();
            collect(|into| read("x.yaml", &text, into));
        }
    }
}
