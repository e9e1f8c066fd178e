use super::*;
use crate::sample::{self, show};

#[test]
fn errata_name_binary_packages_and_module_streams() {
    let (all, stats) = sample::testdata(&AlmalinuxOsv);
    let expected = "\
ALSA-2021:0711 =CVE-2020-35517 almalinux:high
  almalinux:8 bin hivex Fixed <1.3.18-20.module_el8.3.0+2048+e7a0a3ea module=virt:rhel
  almalinux:8 bin hivex Fixed <1.3.18-20.module_el8.3.0+2048+e7a0a3ea module=virt-devel:rhel
ALSA-2022:0899 =CVE-2022-23308 almalinux:medium
  almalinux:8 bin libxml2-devel Fixed <2.9.7-12.el8_5
ALSA-2023:5989 =CVE-2023-44487 almalinux:high
  almalinux:8 bin varnish Fixed <6.0.8-3.module_el8.8.0+3663+c2ba9a98";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.date, Some(jiff::civil::date(2023, 10, 23)));
    assert_eq!(stats.skipped.get("notice that is not about a flaw"), Some(&1));
    assert_eq!(stats.bad, 0);
}

/// 4,480 ALSA files and three ALBA or ALEA that name a CVE.
#[test]
fn the_real_errata_are_read_whole() {
    let Some(path) = sample::real("advisories/almalinux-osv.tar.xz") else { return };
    let (all, stats) = sample::parse(&AlmalinuxOsv, &path).unwrap();
    assert_eq!(stats.date, Some(jiff::civil::date(2026, 8, 21)));
    let unrated = all.iter().filter(|a| a.id.starts_with("ALSA") && a.ratings.is_empty()).count();
    // The summary of one begins with its own id instead of a severity.
    assert_eq!((all.len(), stats.bad, unrated), (4483, 0, 1), "{:#?}", stats.problems);
}
