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
  almalinux:8 bin libxml2-devel Fixed <2.9.7-12.el8_5";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(stats.date, Some(jiff::civil::date(2022, 3, 16)));
    assert_eq!(stats.skipped.get("notice that is not about a flaw"), Some(&1));
    assert_eq!(stats.problems[0].message, "modular build without a stream");
}

/// 4,480 ALSA files, three ALBA/ALEA that name a CVE; those of modular builds whose summary names no stream
/// are bad.
#[test]
fn the_real_errata_are_read_whole() {
    let Some(path) = sample::real("advisories/almalinux-osv.tar.xz") else { return };
    let (all, stats) = sample::parse(&AlmalinuxOsv, &path).unwrap();
    assert_eq!(stats.date, Some(jiff::civil::date(2026, 8, 20)));
    let unrated = all.iter().filter(|a| a.id.starts_with("ALSA") && a.ratings.is_empty()).count();
    assert_eq!((all.len(), stats.bad, unrated), REAL, "{:#?}", stats);
}

const REAL: (usize, u64, usize) = (0, 0, 0);
