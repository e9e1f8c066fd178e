//! GitHub's advisory database, as the repository that GitHub keeps of it: OSV records of flaws in the packages
//! of languages. Only those that somebody at GitHub has looked at are read; the others are copies of the NVD's
//! and name no packages.

use std::path::Path;

use plimsoll_model::Advisory;
use serde_json::Value;

use crate::{Feed, FeedError, FeedMeta, Stats, Upstream, osv};

static META: FeedMeta = FeedMeta {
    id: "ghsa",
    title: "GitHub advisory database",
    homepage: "https://github.com/advisories",
    licence: "CC-BY-4.0",
    upstream: &[Upstream {
        url: "https://github.com/github/advisory-database/archive/refs/heads/main.tar.gz",
        file: "advisory-database.tar.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Ghsa;

impl Feed for Ghsa {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let left_out = |record: &osv::Record| {
            let reviewed = record.database_specific.get("github_reviewed").and_then(Value::as_bool);
            match reviewed {
                _ if !record.id.starts_with("GHSA-") => Some("record of another database"),
                Some(false) => Some("record that nobody has reviewed"),
                _ => None,
            }
        };
        // Nine of ten records are not reviewed: their folder need not be read.
        osv::parse_some(META.id, &left_out, &|name| !name.contains("/unreviewed/"), input, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, show};

    #[test]
    fn reviewed_records_with_the_last_affected_version() {
        let (all, stats) = sample::testdata(&Ghsa);
        let expected = [
            "GHSA-aaaa-bbbb-cccc =CVE-2023-0001 ~GHSA-aaaa-bbbb-cccc ghsa:cvss3.1 ghsa:cvss4.0 ghsa:medium",
            "  npm bin left Affected 1.0.0<=1.2.3",
            "GHSA-dddd-eeee-ffff ghsa:low",
            "  pypi bin right Fixed <2.0",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!(all[0].cwes, ["CWE-79"]);
        assert_eq!(all[1].withdrawn, Some(jiff::civil::date(2024, 1, 2)));
        assert_eq!(stats.skipped.get("record that nobody has reviewed"), Some(&1));
        assert_eq!((stats.skipped_total(), stats.bad), (1, 0));
    }
}
