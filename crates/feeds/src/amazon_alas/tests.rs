use super::*;
use crate::sample::{self, show};

#[test]
fn extras_topics_are_kept_apart_from_the_core() {
    let (all, stats) = sample::testdata(&AmazonAlas);
    let expected = "\
ALAS-2011-1 =CVE-2011-3192 amzn:medium
  amzn:1 bin httpd-devel Fixed <2.2.21-1.18.amzn1
ALAS2-2018-939 =CVE-2017-5754,CVE-2017-5715 amzn:critical
  amzn:2 bin kernel Fixed <4.9.76-38.79.amzn2
  amzn:2 bin qemu-kvm Fixed <10:1.5.3-141.amzn2.5.3
ALAS2KERNEL-5.15-2022-001 =CVE-2022-1015 amzn:high
  amzn:2 bin kernel Fixed 5.15<5.15.43-20.123.amzn2 channel=kernel-5.15
ALAS2DNSMASQ-2022-001 =CVE-2022-0934 amzn:low
  amzn:2 bin dnsmasq Fixed 1:2.85<1:2.85.3-1.amzn2 channel=dnsmasq
ALAS2023-2023-001 =CVE-2014-3634,CVE-2022-24903 amzn:high
  amzn:2023 bin rsyslog Fixed <8.2204.0-1.amzn2023";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[1].affected[0].arches, ["aarch64", "x86_64"]);
    assert_eq!(stats.date, Some(jiff::civil::date(2023, 2, 22)));
    assert_eq!(stats.skipped.get("collection of an unknown release"), Some(&1));
    assert_eq!(stats.problems[0].place, "updateinfo.xml: ALAS2023-2023-002");
    assert_eq!(stats.bad, 1);
}

#[test]
fn the_line_of_a_topic_begins_at_its_number() {
    let first = |topic: &str, version: &str, epoch: &str| {
        let channel = Some(Channel { name: topic.into(), paid: false });
        let place = Place { channel, ..Place::default() };
        let package =
            Package { version: version.into(), epoch: epoch.into(), ..Package::default() };
        first_of_line(&place, &package)
    };
    assert_eq!(first("nginx1", "1.22.0", "1"), "1:1");
    assert_eq!(first("postgresql14", "14.3", "0"), "14");
    assert_eq!(first("postgresql14", "142.3", ""), "142.3");
    assert_eq!(first("docker", "20.10.13", "0"), "20.10");
    assert_eq!(first("x", "7", "0"), "7");
}
