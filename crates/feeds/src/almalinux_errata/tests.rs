use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn both_forms_name_the_module_of_each_package() {
    let (all, stats) = sample::testdata(&AlmalinuxErrata);
    let expected = "\
ALSA-2019:3708 =CVE-2019-2510 almalinux:medium
  almalinux:8 bin Judy-devel Fixed <1.0.5-18.module_el8.3.0+2028+5e3224e9 module=mariadb-devel:10.3
  almalinux:8 bin Judy Fixed <1.0.5-18.module_el8.5.0+2632+14ced695 module=mariadb:10.3
ALSA-2020:0279 =CVE-2019-11135 almalinux:medium
  almalinux:8 bin qemu-img Fixed <15:4.2.0-48.module_el8.4.0+534+4680a14e module=virt:rhel";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[0].affected[0].arches, ["i686"]);
    assert_eq!(all[1].published, Some(jiff::civil::date(2021, 8, 24)));
    assert_eq!((stats.bad, stats.skipped_total()), (1, 1), "{stats:#?}");
    assert!(stats.problems[0].place.ends_with("errata.full.json: erratum 3"));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in ["", "[", "{\"data\":[{\"id\":\"ALSA-1\",\"packages\":[{\"name\":"] {
            let text = [head.as_bytes(), &bytes].concat();
            collect(|into| drop(read("x", &mut text.as_slice(), into)));
        }
    }
}
