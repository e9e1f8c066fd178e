//! The Ruby advisory database: a YAML file for each flaw in a gem. It names the versions that are not affected.
//! Flaws of Ruby interpreters stand beside those of gems and are skipped and counted.

use std::path::Path;

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::Advisory;
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream, language_list,
    requirements::{self, Style},
};

static META: FeedMeta = FeedMeta {
    id: "rubysec",
    title: "Ruby advisory database",
    homepage: "https://rubysec.com/",
    licence: "public domain, some entries BSD-like (OSVDB)",
    upstream: &[Upstream {
        url: "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz",
        file: "ruby-advisory-db.tar.gz",
    }],
};

const STYLE: Style = Style { scheme: Scheme::Gem, bare_is_caret: false };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Rubysec;

impl Feed for Rubysec {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        language_list::parse_all(META.id, &[".yml"], read, input, out)
    }
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    gem: Option<String>,
    #[serde(default)]
    engine: Option<String>,
    #[serde(default)]
    cve: Option<String>,
    #[serde(default)]
    ghsa: Option<String>,
    #[serde(default)]
    osvdb: Option<serde_norway::Value>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    cvss_v3: Option<f64>,
    #[serde(default)]
    cvss_v2: Option<f64>,
    #[serde(default)]
    patched_versions: Option<Vec<String>>,
    #[serde(default)]
    unaffected_versions: Option<Vec<String>>,
}

/// Reads one file.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    let record = match serde_norway::from_slice::<Record>(bytes) {
        Ok(record) => record,
        Err(e) => return into.bad(place, e.to_string()),
    };
    if record.gem.is_none() {
        return match record.engine {
            Some(_) => into.skip("flaw of an interpreter"),
            None => into.skip("file that is no advisory"),
        };
    }
    match take(record, place) {
        Ok(advisory) => {
            into.date(advisory.published);
            into.record(advisory);
        }
        Err(why) => into.bad(place, why),
    }
}

fn take(record: Record, place: &str) -> Result<Advisory, String> {
    let mut named = Vec::new();
    for list in [record.patched_versions, record.unaffected_versions].into_iter().flatten() {
        for requirement in list {
            named.extend(requirements::read(&requirement, STYLE)?);
        }
    }
    let intervals = requirements::rest(named, STYLE.scheme)?;
    let affected =
        language_list::affected("gem", record.gem.as_deref().unwrap_or_default(), intervals)?;
    let named = |prefix: &str, id: Option<String>| {
        let id = id.filter(|id| !id.is_empty())?;
        Some(if id.starts_with(prefix) { id } else { format!("{prefix}{id}") })
    };
    let osvdb = record.osvdb.and_then(|v| match v {
        serde_norway::Value::Number(n) => Some(n.to_string()),
        serde_norway::Value::String(s) => Some(s),
        _ => None,
    });
    let cve = named("CVE-", record.cve);
    let mut names: Vec<String> = [cve.clone(), named("GHSA-", record.ghsa), named("OSVDB-", osvdb)]
        .into_iter()
        .flatten()
        .collect();
    if names.is_empty() {
        // The file's name is the id of flaws that have no other.
        let file = place.rsplit('/').next().unwrap_or_default();
        names.push(file.trim_end_matches(".yml").to_owned());
    }
    let id = names.remove(0);
    let rating = record.cvss_v3.or(record.cvss_v2);
    let published = match record.date.as_deref() {
        None => None,
        Some(text) => {
            let day = text.get(..10).and_then(|d| d.parse().ok());
            Some(day.ok_or_else(|| format!("`{text}` is no date"))?)
        }
    };
    Ok(Advisory {
        id,
        flaws: cve.into_iter().collect(),
        aliases: names,
        published,
        ratings: rating.and_then(|s| language_list::score("rubysec", s)).into_iter().collect(),
        title: record.title,
        references: record.url.into_iter().collect(),
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
    fn gems_are_read_and_interpreters_are_not() {
        let (all, stats) = sample::testdata(&Rubysec);
        let expected = [
            "CVE-2019-14282 =CVE-2019-14282 ~GHSA-wg6j-r28m-7293 rubysec:critical",
            "  gem bin simple_captcha2 Affected 0.2.3<=0.2.3",
            "OSVDB-91452",
            "  gem bin actionpack Fixed <2.3.18 2.4.0<3.1.12",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!((stats.skipped_total(), stats.bad), (1, 1), "{stats:#?}");
    }

    /// Counted with grep: 1,381 files, 1,234 of them about gems; two of those leave no version affected.
    #[test]
    fn the_real_database_is_read_whole() {
        let Some(path) = sample::real("advisories/rubysec.tar.xz") else { return };
        let (all, stats) = sample::parse(&Rubysec, &path).unwrap();
        assert_eq!((all.len(), stats.bad), (1232, 2), "{stats:#?}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for head in ["", "gem: a\npatched_versions:\n- \""] {
                collect(|into| read("x.yml", &[head.as_bytes(), &bytes].concat(), into));
            }
        }
    }
}
