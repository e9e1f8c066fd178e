//! The RustSec advisory database: a Markdown file a record with TOML at its head, which names the *patched* and the
//! *unaffected* versions of a crate.
//!
//! Notices and unmaintained crates are no flaws. A crate that is only called unsound counts where somebody gave the
//! flaw another name or a rating.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_ecosystems::requirement::{Grammar, VersionSet};
use plimsoll_model::{Advisory, CvssRating, PackageKind, Rating};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    language,
};

/// Most requirements of one record.
pub const MAX_REQUIREMENTS: usize = 500;

static META: FeedMeta = FeedMeta {
    id: "rustsec",
    title: "RustSec advisory database",
    homepage: "https://rustsec.org/",
    licence: "CC0-1.0; some records CC-BY-4.0",
    upstream: &[Upstream {
        url: "https://github.com/rustsec/advisory-db/archive/refs/heads/main.tar.gz",
        file: "rustsec.tar.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Rustsec;

impl Feed for Rustsec {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files(Collector::new(META.id, out));
        walk(input, &mut files)?;
        files.0.finish(input)
    }
}

struct Files<'a>(Collector<'a>);

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.ends_with(".md") && (file.starts_with("RUSTSEC-") || file.starts_with("CVE-"))
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, &mut self.0);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Record {
    advisory: Head,
    #[serde(default)]
    versions: Versions,
    #[serde(default)]
    affected: Circumstances,
}

#[derive(Deserialize)]
struct Head {
    id: String,
    package: String,
    collection: Option<String>,
    date: Option<String>,
    withdrawn: Option<String>,
    informational: Option<String>,
    cvss: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    url: Option<String>,
    #[serde(default)]
    references: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Circumstances {
    #[serde(default)]
    os: Vec<String>,
    #[serde(default)]
    arch: Vec<String>,
}

/// Reads one record.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return into.bad(place, "it is not UTF-8") };
    let head = text.split_once("```toml").and_then(|(_, rest)| rest.split_once("```"));
    let Some((head, prose)) = head else { return into.bad(place, "it has no TOML at its head") };
    match toml::from_str::<Record>(head) {
        Ok(record) => take(place, record, prose, into),
        Err(error) => into.bad(place, error.message()),
    }
}

fn take(place: &str, record: Record, prose: &str, into: &mut Collector<'_>) {
    let Record { advisory: head, versions, affected } = record;
    if head.id.is_empty() || head.package.is_empty() {
        return into.bad(place, "no id or no package");
    }
    if head.collection.as_deref().is_some_and(|c| c != "crates") {
        return into.skip("flaw of the toolchain or its library");
    }
    match head.informational.as_deref() {
        Some("unsound") if head.cvss.is_some() || !head.aliases.is_empty() => {}
        Some("unsound") => return into.skip("unsound crate without a known flaw"),
        Some(_) => return into.skip("notice, no flaw"),
        None => {}
    }
    if !affected.os.is_empty() && !affected.os.iter().any(|os| os == "linux") {
        return into.skip("flaw on other operating systems only");
    }
    let safe = match safe(&versions) {
        Ok(safe) => safe,
        Err(message) => return into.bad(place, message),
    };
    let withdrawn = date(head.withdrawn.as_deref());
    let published = date(head.date.as_deref());
    into.date(published.max(withdrawn));
    let set = safe.complement();
    let Some(mut row) = language::affected(PackageKind::Cargo, &head.package, &set, None) else {
        return into.skip("flaw of no version");
    };
    row.arches = affected.arch;
    let (flaws, mut aliases): (Vec<_>, Vec<_>) =
        head.aliases.into_iter().partition(|id| id.starts_with("CVE-"));
    aliases.extend((flaws.len() == 1).then(|| head.id.clone()));
    let rating = head.cvss.filter(|v| v.starts_with("CVSS:")).and_then(|vector| {
        let version = vector.split(['/', ':']).nth(1)?.to_owned();
        Some(Rating {
            source: META.id.into(),
            severity: None,
            cvss: Some(CvssRating { version, vector }),
        })
    });
    let title = prose.lines().find_map(|line| line.strip_prefix("# "));
    let description = title.and_then(|t| prose.split_once(t)).map(|(_, rest)| rest.trim());
    into.record(Advisory {
        id: head.id,
        flaws,
        aliases,
        withdrawn,
        published,
        ratings: rating.into_iter().collect(),
        title: title.map(|t| t.trim().to_owned()),
        description: description.map(str::to_owned),
        references: head.url.into_iter().chain(head.references).collect(),
        affected: vec![row],
        ..Advisory::default()
    });
}

/// The versions without the flaw.
fn safe(versions: &Versions) -> Result<VersionSet, String> {
    let mut safe = VersionSet::none(Grammar::Cargo.scheme());
    let all = versions.patched.iter().chain(&versions.unaffected);
    if all.clone().count() > MAX_REQUIREMENTS {
        return Err(format!("more than {MAX_REQUIREMENTS} requirements"));
    }
    for text in all {
        safe = safe.or(&Grammar::Cargo.parse(text).map_err(|e| e.to_string())?);
    }
    Ok(safe)
}

fn date(text: Option<&str>) -> Option<Date> {
    text?.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests;
