//! Samples of the upstream feeds in their own formats, good and broken ones, as other projects keep them for
//! their tests. Needs the real data: `PLIMSOLL_TEST_DATA`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use plimsoll_feeds::{
    FeedError, by_id,
    input::{Entry, Visitor, walk},
};

enum Expected {
    /// So many records, and so many bad ones.
    Exactly(u64, u64),
    /// At least so many records and none bad.
    Least(u64),
    Refused,
}
use Expected::{Exactly, Least, Refused};

/// Archive, file in it, feed, and what comes of it. Numbers were counted in the files with a script.
const SAMPLES: &[(&str, &str, &str, Expected)] = &[
    ("a", "alpine/testdata/edge-main.json", "alpine-secdb", Exactly(2, 0)),
    ("a", "alpine/testdata/311-main.json", "alpine-secdb", Exactly(2, 0)),
    ("a", "chainguard/testdata/security.json", "chainguard-secdb", Exactly(3, 0)),
    ("a", "wolfi/testdata/security.json", "wolfi-secdb", Exactly(3, 0)),
    ("a", "debian/tracker/testdata/happy/data/DSA/list", "debian-lists", Exactly(1, 0)),
    // It holds a head that is none on purpose.
    ("a", "debian/tracker/testdata/happy/data/DLA/list", "debian-lists", Exactly(1, 1)),
    ("a", "kevc/testdata/happy/known_exploited_vulnerabilities.json", "cisa-kev", Exactly(2, 0)),
    ("a", "kevc/testdata/sad/known_exploited_vulnerabilities.json", "cisa-kev", Refused),
    ("a", "amazon/testdata/fixtures/updateinfo_2_items.xml.gz", "amazon-alas", Exactly(2, 0)),
    ("a", "amazon/testdata/fixtures/updateinfo_invalid.xml.gz", "amazon-alas", Refused),
    ("a", "rocky/testdata/fixtures/happy/updateinfo.xml", "rocky-updateinfo", Exactly(3, 0)),
    ("a", "arch/testdata/archlinux.json", "arch-security", Exactly(2, 0)),
    ("a", "arch/testdata/invalid.json", "arch-security", Refused),
    ("a", "photon/testdata/cve_data_photon1.0.json", "photon-cve", Exactly(5, 0)),
    ("a", "photon/testdata/cve_data_photon3.0.json", "photon-cve", Exactly(6, 0)),
    (
        "b",
        "chainguard/test-fixtures/input/secdb/security.json",
        "chainguard-secdb",
        Exactly(197, 0),
    ),
    ("b", "wolfi/test-fixtures/input/secdb/security.json", "wolfi-secdb", Exactly(59, 0)),
    // Databases of other distributions in the same format.
    ("b", "minimos/test-fixtures/input/secdb/security.json", "wolfi-secdb", Refused),
    ("b", "secureos/test-fixtures/input/secdb/secdb.json", "alpine-secdb", Refused),
    // Of its seven flaws one has a list where a map belongs.
    ("b", "debian/test-fixtures/input/debian.json", "debian-tracker", Exactly(6, 1)),
    ("b", "debian/test-fixtures/input/DSA", "debian-lists", Least(5)),
    ("b", "epss/test-fixtures/example-1.csv", "epss", Exactly(5, 0)),
    ("b", "epss/test-fixtures/invalid-header.csv", "epss", Refused),
    ("b", "epss/test-fixtures/missing-date.csv", "epss", Refused),
    ("b", "kev/test-fixtures/valid-catalog-1.json", "cisa-kev", Exactly(3, 0)),
    ("b", "rocky/test-fixtures/osv/RLSA-2021_3891.json", "osv", Exactly(1, 0)),
    ("b", "osv-database/advisories/almalinux8/ALSA-2023:5259.json", "almalinux-osv", Exactly(1, 0)),
    ("b", "chainguard/test-fixtures/input/osv/CGA-224q-ccj5-2p53.json", "osv", Exactly(1, 0)),
    ("b", "chainguard/test-fixtures/input/osv/all.json", "osv", Refused),
    ("b", "osv/cve/2021/UBUNTU-CVE-2021-3782.json", "ubuntu-osv", Exactly(1, 0)),
    ("b", "osv/cve/2016/UBUNTU-CVE-2016-20013.json", "ubuntu-osv", Exactly(1, 0)),
    ("b", "arch/test-fixtures/input/arch-advisories/all.json", "arch-security", Exactly(5, 0)),
    // One of its seven rows is fixed without a version.
    ("b", "photon/test-fixtures/input/cve_data_photon4.0.json", "photon-cve", Exactly(6, 0)),
    ("c", "enricher/kev/testdata/known_exploited_vulnerabilities.json", "cisa-kev", Exactly(2, 0)),
    ("c", "enricher/epss/testdata/data.csv", "epss", Exactly(29, 0)),
    ("d", "debian/tracker/api/testdata/fixtures/advisory.json", "debian-tracker", Exactly(4, 0)),
    ("d", "debian/tracker/api/testdata/fixtures/invalid.json", "debian-tracker", Refused),
    ("d", "alpine/secdb/testdata/fixtures/v3.2/main.json", "alpine-secdb", Exactly(1, 0)),
    ("d", "epss/testdata/fixtures/epss_scores-2023-03-07.csv.gz", "epss", Exactly(2, 0)),
    // Before 2022 the scores did not name their day.
    ("d", "epss/testdata/fixtures/epss_scores-2021-04-14.csv.gz", "epss", Refused),
    ("d", "alma/osv/testdata/fixtures/all.zip", "almalinux-osv", Least(2)),
    ("d", "debian/osv/testdata/fixtures/all.zip", "osv", Least(1)),
    ("d", "rocky/osv/testdata/fixtures/all.zip", "osv", Least(1)),
    // Update streams and layered products only.
    ("d", "redhat/osv/testdata/fixtures/all.zip", "osv", Refused),
    ("d", "ubuntu/osv/testdata/fixtures/happy/osv-all.tar.xz", "ubuntu-osv", Exactly(1, 0)),
];

/// Keeps the samples of one archive, compressed as they are in it.
struct Wanted<'a> {
    names: Vec<&'a str>,
    found: BTreeMap<&'a str, Vec<u8>>,
}

impl Visitor for Wanted<'_> {
    fn wants(&self, name: &str) -> bool {
        self.names.iter().any(|wanted| name.ends_with(bare(wanted)))
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        let wanted = self.names.iter().find(|wanted| name.ends_with(bare(wanted)));
        if let Some(&wanted) = wanted {
            self.found.insert(wanted, entry.bytes().map_err(|e| FeedError::io(name, e))?);
        }
        Ok(())
    }
}

/// The name without the ending of a compression format, as entries have it.
fn bare(name: &str) -> &str {
    [".bz2", ".gz", ".xz", ".zst"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

#[test]
fn samples_of_other_projects_are_read_or_refused() {
    let Some(root) = std::env::var_os("PLIMSOLL_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: PLIMSOLL_TEST_DATA is unset");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for letter in ["a", "b", "c", "d"] {
        let here = || SAMPLES.iter().filter(|sample| sample.0 == letter);
        let mut wanted =
            Wanted { names: here().map(|sample| sample.1).collect(), found: BTreeMap::new() };
        let archive = root.join(format!("feed-samples/upstream-raw-{letter}.tar.xz"));
        walk(&archive, &mut wanted).unwrap();
        for (_, name, feed, expected) in here() {
            let Some(bytes) = wanted.found.get(name) else {
                wrong.push(format!("{name}: not in {letter}"));
                continue;
            };
            let leaf = bare(name).rsplit('/').next().unwrap();
            let path = dir.path().join(leaf);
            fs::write(&path, bytes).unwrap();
            let got = by_id(feed).unwrap().parse(&path, &mut |_| ());
            let as_expected = match (&got, expected) {
                (Ok(stats), Exactly(records, bad)) => {
                    (stats.records, stats.bad) == (*records, *bad)
                }
                (Ok(stats), Least(records)) => stats.records >= *records && stats.bad == 0,
                (Err(_), Refused) => true,
                _ => false,
            };
            if !as_expected {
                wrong.push(format!("{name}: {got:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
