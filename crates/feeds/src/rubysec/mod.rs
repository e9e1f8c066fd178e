//! The Ruby advisory database: a YAML file a flaw of a gem or of an interpreter, which names the *patched* and the
//! *unaffected* versions.
//!
//! Its ratings are scores without vectors: they become words. Flaws of one platform's build of a gem (JRuby) are left
//! out, because installed gems do not say for which platform they were built.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_ecosystems::requirement::{Grammar, VersionSet};
use plimsoll_model::{Advisory, PackageKind};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    language,
};

/// Most requirements of one record.
pub const MAX_REQUIREMENTS: usize = 500;

static META: FeedMeta = FeedMeta {
    id: "rubysec",
    title: "Ruby advisory database",
    homepage: "https://rubysec.com/",
    licence: "public domain, with parts of OSVDB",
    upstream: &[Upstream {
        url: "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz",
        file: "rubysec.tar.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Rubysec;

impl Feed for Rubysec {
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
        let place = language::tail::<3>(name);
        name.ends_with(".yml") && place.is_some_and(|[f, ..]| matches!(f, "gems" | "rubies"))
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, &mut self.0);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Record {
    gem: Option<String>,
    engine: Option<String>,
    platform: Option<String>,
    cve: Option<Value>,
    ghsa: Option<Value>,
    osvdb: Option<Value>,
    url: Option<String>,
    title: Option<String>,
    date: Option<String>,
    description: Option<String>,
    cvss_v2: Option<Value>,
    cvss_v3: Option<Value>,
    cvss_v4: Option<Value>,
    patched_versions: Option<Vec<String>>,
    unaffected_versions: Option<Vec<String>>,
}

/// Reads one record. Its file's name is its id where it has no other.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    match serde_norway::from_slice::<Record>(bytes) {
        Ok(record) => take(place, record, into),
        Err(error) => into.bad(place, error.to_string()),
    }
}

fn take(place: &str, record: Record, into: &mut Collector<'_>) {
    let (kind, package) = match (&record.gem, &record.engine) {
        (Some(gem), _) if !gem.is_empty() => (PackageKind::Gem, gem.as_str()),
        (None, Some(engine)) if !engine.is_empty() => (PackageKind::Generic, engine.as_str()),
        _ => return into.bad(place, "neither a gem nor an interpreter"),
    };
    if record.platform.as_deref().is_some_and(|p| p != "ruby") {
        return into.skip("flaw of a gem's build for another platform");
    }
    let safe = match safe(&record) {
        Ok(safe) => safe,
        Err(message) => return into.bad(place, message),
    };
    let Some(row) = language::affected(kind, package, &safe.complement(), None) else {
        return into.skip("flaw of no version");
    };
    let named = |prefix: &str, value: &Option<Value>| {
        let text = match value.as_ref()? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let bare = text.strip_prefix(prefix).unwrap_or(&text);
        (!bare.is_empty()).then(|| format!("{prefix}{bare}"))
    };
    let cve = named("CVE-", &record.cve);
    let mut aliases: Vec<String> = [named("GHSA-", &record.ghsa), named("OSVDB-", &record.osvdb)]
        .into_iter()
        .flatten()
        .collect();
    let id = match cve.clone().or_else(|| (!aliases.is_empty()).then(|| aliases.remove(0))) {
        Some(id) => id,
        None => match place.rsplit('/').next().and_then(|f| f.strip_suffix(".yml")) {
            Some(stem) if !stem.is_empty() => format!("rubysec/{package}/{stem}"),
            _ => return into.bad(place, "no id"),
        },
    };
    // The newest version of CVSS that it gives a score of.
    let scores = [&record.cvss_v4, &record.cvss_v3, &record.cvss_v2];
    let rating = scores.into_iter().flatten().find_map(|score| {
        let score = match score {
            Value::String(text) => text.trim().parse().ok()?,
            other => other.as_f64()?,
        };
        language::scored(META.id, score)
    });
    let published = record.date.as_deref().and_then(|d| d.get(..10)?.parse::<Date>().ok());
    into.date(published);
    into.record(Advisory {
        id,
        flaws: cve.into_iter().collect(),
        aliases,
        published,
        ratings: rating.into_iter().collect(),
        title: record.title,
        description: record.description,
        references: record.url.into_iter().collect(),
        affected: vec![row],
        ..Advisory::default()
    });
}

/// The versions without the flaw.
fn safe(record: &Record) -> Result<VersionSet, String> {
    let mut safe = VersionSet::none(Grammar::Gem.scheme());
    let all =
        [&record.patched_versions, &record.unaffected_versions].into_iter().flatten().flatten();
    for (count, text) in all.enumerate() {
        if count >= MAX_REQUIREMENTS {
            return Err(format!("more than {MAX_REQUIREMENTS} requirements"));
        }
        safe = safe.or(&Grammar::Gem.parse(text).map_err(|e| e.to_string())?);
    }
    Ok(safe)
}

#[cfg(test)]
mod tests;
