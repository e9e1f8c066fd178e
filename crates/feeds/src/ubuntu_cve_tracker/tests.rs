use proptest::prelude::*;

use super::*;
use crate::sample::{self, collect, show};

#[test]
fn every_status_of_every_kind_of_row() {
    let (all, stats) = sample::testdata(&UbuntuCveTracker);
    let expected = "\
CVE-2019-14697 =CVE-2019-14697 ubuntu:medium nvd:cvss3.0
  ubuntu:14.04 src musl NotAffected
  ubuntu:16.04 src musl UnderInvestigation
  ubuntu:16.04 src musl Fixed <1.1.9-1ubuntu0.1~esm1 channel=esm-apps$
  ubuntu:18.04 src musl Fixed <1.1.19-1ubuntu0.1
  ubuntu:19.04 src musl EndOfLife
  ubuntu:19.10 src musl NotAffected
  ubuntu:14.04 src syslinux Fixed <3:4.05-1 low
  ubuntu:16.04 src syslinux Affected low
  ubuntu:18.04 src syslinux Affected low
  ubuntu:18.10 src syslinux FixDeferred low
  ubuntu:19.04 src syslinux NotAffected low
  ubuntu:19.10 src syslinux WillNotFix low
CVE-2012-0002 =CVE-2012-0002 ubuntu:critical
  ubuntu:10.04 src foo Fixed <1.0-1";
    assert_eq!(show(&all), expected.lines().collect::<Vec<_>>());
    assert_eq!(all[0].published, Some(jiff::civil::date(2019, 8, 6)));
    assert_eq!(
        all[0].description.as_deref(),
        Some("First line of a description that goes on in a second line: with a colon.")
    );
    assert_eq!(all[0].references.len(), 1);
    let problems: Vec<String> =
        stats.problems.iter().map(|p| format!("{} {}", p.place, p.message)).collect();
    assert_eq!(
        problems,
        [
            "active/CVE-2019-14697:46 `fixed (1.2)` is no status of syslinux",
            "active/CVE-2019-14697:45 `released` without a version",
        ]
    );
    assert_eq!(stats.skipped.get("flaw that concerns no package of a release"), Some(&1));
}

/// Counted by a script that shares no code: files with a row of a release that has the package, and rows
/// that say `released` without a version.
#[test]
fn the_real_tracker_is_read_whole() {
    let Some(path) = sample::real("advisories/ubuntu-cve-tracker-2020.tar.xz") else { return };
    let mut states = std::collections::BTreeMap::new();
    let mut count = |advisory: Advisory| {
        for one in advisory.affected {
            *states.entry(one.state).or_insert(0u64) += 1;
        }
    };
    let stats = UbuntuCveTracker.parse(&path, &mut count).unwrap();
    assert_eq!(stats.date, Some(jiff::civil::date(2020, 4, 6)));
    assert_eq!((stats.records, stats.bad), (32_666, 99), "{:#?}", stats.problems);
    // As the script counts them, ESM rows that repeat the release's own included: 134,475 not affected,
    // 99,498 released, 11,456 to be triaged.
    let at_most = [
        (FixState::NotAffected, 140_000),
        (FixState::Fixed, 99_498),
        (FixState::UnderInvestigation, 11_456),
    ];
    for (state, most) in at_most {
        let got = states.get(&state).copied().unwrap_or_default();
        assert!(got <= most && got > most * 9 / 10, "{state:?}: {got}");
    }
}

proptest! {
    #[test]
    fn any_text_never_panics(
        lines in proptest::collection::vec(
            "(Candidate|Priority_a|PublicDate|CVSS|xenial_a|trusty/esm_a| nvd)?:? ?(released|ignored)? ?[\\[(]?\\PC{0,12}",
            0..20,
        ),
    ) {
        let text = lines.join("\n");
        collect(|into| read("CVE-2020-1", text.as_bytes(), into));
    }
}
