//! The RustSec advisory database: a Markdown file for each flaw in a crate, with facts in TOML before its text.
//! It names the versions that are not affected. That a crate is not maintained is no flaw and is skipped.

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
    id: "rustsec",
    title: "RustSec advisory database",
    homepage: "https://rustsec.org/",
    licence: "CC0-1.0",
    upstream: &[Upstream {
        url: "https://github.com/rustsec/advisory-db/archive/refs/heads/main.tar.gz",
        file: "advisory-db.tar.gz",
    }],
};

const STYLE: Style = Style { scheme: Scheme::Semver, bare_is_caret: true };

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Rustsec;

impl Feed for Rustsec {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        language_list::parse_all(META.id, &[".md"], read, input, out)
    }
}

#[derive(Deserialize)]
struct Front {
    advisory: About,
    #[serde(default)]
    versions: Versions,
}

#[derive(Deserialize)]
struct About {
    id: String,
    package: String,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    cvss: Option<String>,
    #[serde(default)]
    informational: Option<String>,
    #[serde(default)]
    withdrawn: Option<String>,
}

#[derive(Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

/// Reads one file.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    let file = place.rsplit('/').next().unwrap_or_default();
    if !file.starts_with("RUSTSEC-") {
        return into.skip("file that is no advisory");
    }
    match take(bytes, into) {
        Ok(Some(advisory)) => {
            into.date(advisory.published);
            into.record(advisory);
        }
        Ok(None) => {}
        Err(why) => into.bad(place, why),
    }
}

fn take(bytes: &[u8], into: &mut Collector<'_>) -> Result<Option<Advisory>, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let (_, rest) = text.split_once("```toml").ok_or("no facts in TOML")?;
    let (front, body) = rest.split_once("\n```").ok_or("facts without an end")?;
    let Front { advisory: about, versions } =
        toml::from_str(front).map_err(|e| e.message().to_owned())?;
    if matches!(about.informational.as_deref(), Some("unmaintained" | "notice")) {
        into.skip("notice about a crate, not a flaw");
        return Ok(None);
    }
    let mut named = Vec::new();
    for requirement in versions.patched.iter().chain(&versions.unaffected) {
        named.extend(requirements::read(requirement, STYLE)?);
    }
    let intervals = requirements::rest(named, STYLE.scheme)?;
    let affected = language_list::affected("cargo", &about.package, intervals)?;
    let (flaws, aliases) = about.aliases.into_iter().partition(|id| id.starts_with("CVE-"));
    let title = body.lines().find_map(|line| line.strip_prefix("# ")).map(str::to_owned);
    let rating = about.cvss.as_deref().and_then(|v| language_list::vector("rustsec", v));
    Ok(Some(Advisory {
        id: about.id,
        flaws,
        aliases,
        withdrawn: day(about.withdrawn.as_deref())?,
        published: day(about.date.as_deref())?,
        ratings: rating.into_iter().collect(),
        title,
        references: about.url.into_iter().collect(),
        affected,
        ..Advisory::default()
    }))
}

fn day(text: Option<&str>) -> Result<Option<Date>, String> {
    text.map(|t| t.parse().map_err(|_| format!("`{t}` is no date"))).transpose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{self, collect, show};

    #[test]
    fn what_is_neither_patched_nor_unaffected_is_affected() {
        let (all, stats) = sample::testdata(&Rustsec);
        let expected = [
            "RUSTSEC-2021-0132 =CVE-2020-36846,CVE-2020-8927 ~GHSA-5v8v-66v8-mwm7 rustsec:cvss3.1",
            "  cargo bin compu-brotli-sys Fixed 0.3.0<1.0.9",
            "  cargo bin compu-brotli-sys NotAffected [0.3.0]",
        ];
        assert_eq!(show(&all), expected);
        assert_eq!(stats.skipped_total(), 1, "{stats:#?}");
        assert_eq!((stats.bad, stats.date), (1, Some(jiff::civil::date(2021, 12, 20))));
    }

    /// Counted with grep: 1,205 files, 273 of them notices.
    #[test]
    fn the_real_database_is_read_whole() {
        let Some(path) = sample::real("advisories/rustsec.tar.xz") else { return };
        let (all, stats) = sample::parse(&Rustsec, &path).unwrap();
        assert_eq!((all.len(), stats.bad), (932, 0), "{stats:#?}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for head in ["", "```toml\n[advisory]\nid = \"RUSTSEC-1\"\npackage = \"a\"\n[versions]\npatched = [\""] {
                let text = [head.as_bytes(), &bytes, b"\n```\n"].concat();
                collect(|into| read("RUSTSEC-1.md", &text, into));
            }
        }
    }
}
