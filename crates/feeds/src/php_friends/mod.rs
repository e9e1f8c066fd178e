//! FriendsOfPHP's security advisories: a YAML file for each flaw in a package of Composer, with the affected
//! versions of each branch. Flaws without a CVE are named after their files, which nobody else does.

use std::{collections::BTreeMap, path::Path};

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::Advisory;
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, language_list,
    requirements::{self, Style},
};

static META: FeedMeta = FeedMeta {
    id: "php-friends",
    title: "FriendsOfPHP security advisories",
    homepage: "https://github.com/FriendsOfPHP/security-advisories",
    licence: "public domain (Unlicense)",
    upstream: &[Upstream {
        url: "https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz",
        file: "security-advisories.tar.gz",
    }],
};

const STYLE: Style = Style { scheme: Scheme::Composer, bare_is_caret: false };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct PhpFriends;

impl Feed for PhpFriends {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        language_list::parse_all(META.id, &[".yaml"], read, input, out)
    }
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    cve: Option<String>,
    #[serde(default)]
    branches: BTreeMap<String, Branch>,
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    versions: Vec<String>,
}

/// Reads one file; flaws without a CVE are named after `place`.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    let record = serde_norway::from_slice::<Record>(bytes).map_err(|e| e.to_string());
    if record.as_ref().is_ok_and(|r| r.reference.is_empty() && r.branches.is_empty()) {
        return into.skip("file that is no advisory");
    }
    match record.and_then(|record| take(record, place)) {
        Ok(advisory) => {
            into.date(advisory.published);
            into.record(advisory);
        }
        Err(why) => into.bad(place, why),
    }
}

fn take(record: Record, place: &str) -> Result<Advisory, String> {
    let package = record.reference.strip_prefix("composer://").ok_or("it names no package")?;
    let mut intervals = Vec::new();
    for branch in record.branches.values() {
        intervals.extend(requirements::read(&branch.versions.join(", "), STYLE)?);
    }
    // The branches begin somewhere in the order of their names.
    let others = requirements::rest(intervals, STYLE.scheme)?;
    let intervals = requirements::rest(others, STYLE.scheme)?;
    let affected = language_list::affected("composer", package, intervals)?;
    let times = record.branches.values().filter_map(|b| b.time.as_deref()?.get(..10)?.parse().ok());
    let cve = record.cve.filter(|id| id.starts_with("CVE-"));
    let file = place.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml");
    let own = format!("FriendsOfPHP-{}-{file}", package.replace('/', "-"));
    Ok(Advisory {
        id: cve.clone().unwrap_or(own),
        flaws: cve.into_iter().collect(),
        published: times.min(),
        title: record.title,
        references: record.link.into_iter().collect(),
        affected,
        ..Advisory::default()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{self, collect, show};

    #[test]
    fn branches_become_ranges() {
        let (all, stats) = sample::testdata(&PhpFriends);
        let expected = [
            "FriendsOfPHP-typo3-cms-2014-10-22-1",
            "  composer bin typo3/cms Fixed 6.2.0<6.2.6",
            "CVE-2019-11458 =CVE-2019-11458",
            "  composer bin cakephp/cakephp Fixed 3.0.0<3.5.18 3.6.0<3.6.15",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!(all[1].published, Some(jiff::civil::date(2019, 4, 20)));
        assert_eq!(stats.bad, 1, "{stats:#?}");
    }

    #[test]
    fn the_real_database_is_read_whole() {
        let Some(path) = sample::real("advisories/php-friends.tar.xz") else { return };
        let (all, stats) = sample::parse(&PhpFriends, &path).unwrap();
        assert_eq!((all.len(), stats.bad), (1592, 0), "{stats:#?}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for head in ["", "reference: composer://a/b\nbranches:\n  x:\n    versions: ['"] {
                collect(|into| read("x.yaml", &[head.as_bytes(), &bytes].concat(), into));
            }
        }
    }
}
