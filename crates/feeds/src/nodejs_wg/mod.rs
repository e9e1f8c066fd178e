//! The flaws in packages of npm that the Node.js security working group collected until 2021: a JSON file each. Those
//! of Node.js itself stand beside them and are skipped and counted.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::Advisory;
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, language_list,
    requirements::{self, Style},
};

static META: FeedMeta = FeedMeta {
    id: "nodejs-wg",
    title: "Node.js security working group",
    homepage: "https://github.com/nodejs/security-wg",
    licence: "MIT",
    upstream: &[Upstream {
        url: "https://github.com/nodejs/security-wg/archive/refs/heads/main.tar.gz",
        file: "security-wg.tar.gz",
    }],
};

const STYLE: Style = Style { scheme: Scheme::Npm, bare_is_caret: false };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct NodejsWg;

impl Feed for NodejsWg {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        language_list::parse_all(META.id, &[".json"], read, input, out)
    }
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    module_name: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    publish_date: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default)]
    cves: Option<Vec<String>>,
    #[serde(default)]
    vulnerable_versions: Option<String>,
    #[serde(default)]
    patched_versions: Option<String>,
    #[serde(default)]
    cvss_vector: Option<String>,
    #[serde(default)]
    cvss_score: Option<f64>,
}

/// Reads one file.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    let folder = place.rsplit('/').nth(1).unwrap_or_default();
    if folder == "core" {
        return into.skip("flaw of Node.js itself");
    }
    match serde_json::from_slice::<Record>(bytes) {
        Ok(Record { id: None, .. }) | Ok(Record { module_name: None, .. }) => {
            into.skip("file that is no advisory");
        }
        Ok(record) => match take(record) {
            Ok(advisory) => {
                into.date(advisory.modified.max(advisory.published));
                into.record(advisory);
            }
            Err(why) => into.bad(place, why),
        },
        Err(e) => into.bad(place, e.to_string()),
    }
}

fn take(record: Record) -> Result<Advisory, String> {
    let package = record.module_name.unwrap_or_default();
    let vulnerable = record.vulnerable_versions.filter(|v| !v.trim().is_empty());
    let patched = record.patched_versions.filter(|v| !v.trim().is_empty());
    let intervals = match (vulnerable, patched) {
        (Some(vulnerable), _) => requirements::read(&vulnerable, STYLE)?,
        (None, Some(patched)) => {
            requirements::rest(requirements::read(&patched, STYLE)?, STYLE.scheme)?
        }
        (None, None) => return Err(format!("nothing is said about versions of {package}")),
    };
    let affected = language_list::affected("npm", &package, intervals)?;
    let vector = record.cvss_vector.as_deref();
    let rating = vector.and_then(|v| language_list::vector("nodejs-wg", v));
    let rating = rating.or_else(|| language_list::score("nodejs-wg", record.cvss_score?));
    let cves = record.cves.unwrap_or_default();
    Ok(Advisory {
        id: format!("NSWG-ECO-{}", record.id.unwrap_or_default()),
        flaws: cves.into_iter().filter(|id| id.starts_with("CVE-")).collect(),
        published: day(record.publish_date.as_deref())?,
        modified: day(record.updated_at.as_deref())?,
        ratings: rating.into_iter().collect(),
        title: record.title,
        affected,
        ..Advisory::default()
    })
}

fn day(text: Option<&str>) -> Result<Option<Date>, String> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    let day = text.get(..10).and_then(|d| d.parse().ok());
    day.map(Some).ok_or_else(|| format!("`{text}` is no date"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{self, collect, show};

    #[test]
    fn packages_are_read_and_node_itself_is_not() {
        let (all, stats) = sample::testdata(&NodejsWg);
        let expected = [
            "NSWG-ECO-186 nodejs-wg:cvss3.0",
            "  npm bin sauce-connect Affected <=99.999.99999",
            "NSWG-ECO-187 =CVE-2017-1 nodejs-wg:medium",
            "  npm bin b Fixed <1.0.0 2.0.0<2.1.0",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!((stats.skipped_total(), stats.bad), (1, 1), "{stats:#?}");
    }

    /// 640 files: 172 of them about Node.js itself, and one list of all.
    #[test]
    fn the_real_database_is_read_whole() {
        let Some(path) = sample::real("advisories/nodejs-security-wg.tar.xz") else { return };
        let (all, stats) = sample::parse(&NodejsWg, &path).unwrap();
        assert_eq!((all.len(), stats.bad), (467, 0), "{stats:#?}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for head in ["", "{\"id\":1,\"module_name\":\"a\",\"vulnerable_versions\":\""] {
                collect(|into| read("npm/1.json", &[head.as_bytes(), &bytes].concat(), into));
            }
        }
    }
}
