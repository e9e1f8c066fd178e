use super::*;
use crate::sample::{self, show};

/// RLSA-2019:1972 is titled `ruby:2.5` upstream, but its packages are those of the stream 2.6.
#[test]
fn module_streams_are_those_of_the_collections() {
    let (all, stats) = sample::testdata(&RockyUpdateinfo);
    let expected = "\
RLSA-2021:2575 =CVE-2021-3520 rocky:medium
  rocky:8 bin lz4 Fixed <1.8.3-3.el8_4
RLSA-2019:1972 =CVE-2019-8324 rocky:high
  rocky:8 bin rubygem-abrt Fixed <0.3.0-4.module+el8.5.0+738+032c9c02 module=ruby:2.6";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[0].affected[0].arches, ["i686", "x86_64"]);
    assert_eq!(stats.date, Some(jiff::civil::date(2023, 2, 2)));
    assert_eq!(stats.skipped.get("update that is not about a flaw"), Some(&1));
    assert_eq!(stats.problems[0].place, "8-updateinfo.xml: NO ID");
}
