//! The Node.js security working group's database: a JSON file a flaw of an npm package (until about 2021) or of Node.js itself.
//!
//! Both name vulnerable and patched versions, and what is patched is not vulnerable: for Node.js `9.x` is named as vulnerable
//! as a whole. A `<=` whose next patched version is known gets that version as its fix.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_ecosystems::requirement::{Grammar, RequirementError, VersionSet};
use plimsoll_model::{Advisory, CvssRating, PackageKind, Rating, Severity};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    language,
};

static META: FeedMeta = FeedMeta {
    id: "nodejs-security-wg",
    title: "Node.js security working group",
    homepage: "https://github.com/nodejs/security-wg",
    licence: "MIT",
    upstream: &[Upstream {
        url: "https://github.com/nodejs/security-wg/archive/refs/heads/main.tar.gz",
        file: "nodejs-security-wg.tar.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct NodejsSecurityWg;

impl Feed for NodejsSecurityWg {
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
        // `index.json` repeats all others.
        let is_record = |[folder, file]: [&str; 2]| {
            let stem = file.strip_suffix(".json").unwrap_or_default();
            let is_number = !stem.is_empty() && stem.bytes().all(|c| c.is_ascii_digit());
            is_number && matches!(folder, "npm" | "core")
        };
        language::tail::<2>(name).is_some_and(is_record)
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, &mut self.0);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    Npm(Npm),
    Core(Core),
}

#[derive(Deserialize)]
struct Npm {
    id: u64,
    title: Option<String>,
    overview: Option<String>,
    updated_at: Option<String>,
    publish_date: Option<String>,
    module_name: String,
    cves: Option<Vec<String>>,
    vulnerable_versions: Option<String>,
    patched_versions: Option<String>,
    references: Option<Vec<String>>,
    cvss_vector: Option<String>,
}

#[derive(Deserialize)]
struct Core {
    cve: Vec<String>,
    vulnerable: String,
    patched: Option<String>,
    r#ref: Option<String>,
    overview: Option<String>,
    severity: Option<String>,
}

/// Reads one record.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) {
    match serde_json::from_slice::<Record>(bytes) {
        Ok(Record::Npm(record)) => npm(place, record, into),
        Ok(Record::Core(record)) => core(place, record, into),
        Err(error) => into.bad(place, error.to_string()),
    }
}

/// The vulnerable versions without the patched ones, and those.
fn sets(
    vulnerable: &str,
    patched: Option<&str>,
) -> Result<(VersionSet, VersionSet), RequirementError> {
    let patched = match patched.map(str::trim).filter(|p| !p.is_empty()) {
        Some(text) => Grammar::Npm.parse(text)?,
        None => VersionSet::none(Grammar::Npm.scheme()),
    };
    Ok((Grammar::Npm.parse(vulnerable)?.and(&patched.complement()), patched))
}

fn npm(place: &str, record: Npm, into: &mut Collector<'_>) {
    if record.module_name.is_empty() {
        return into.bad(place, "no package");
    }
    let Some(vulnerable) = record.vulnerable_versions.as_deref() else {
        return into.skip("flaw of no version");
    };
    let (set, patched) = match sets(vulnerable, record.patched_versions.as_deref()) {
        Ok(sets) => sets,
        Err(error) => return into.bad(place, error.to_string()),
    };
    let package = &record.module_name;
    let Some(row) = language::affected(PackageKind::Npm, package, &set, Some(&patched)) else {
        return into.skip("flaw of no version");
    };
    let date =
        |text: Option<String>| text.as_deref().and_then(|d| d.get(..10)?.parse::<Date>().ok());
    let (published, modified) = (date(record.publish_date), date(record.updated_at));
    into.date(published.max(modified));
    let vector = record.cvss_vector.filter(|v| v.starts_with("CVSS:"));
    let rating = vector.and_then(|vector| {
        let version = vector.split(['/', ':']).nth(1)?.to_owned();
        let cvss = Some(CvssRating { version, vector });
        Some(Rating { source: META.id.into(), severity: None, cvss })
    });
    let id = format!("NSWG-ECO-{}", record.id);
    let flaws = cves(&record.cves.unwrap_or_default());
    into.record(Advisory {
        aliases: (flaws.len() == 1).then(|| id.clone()).into_iter().collect(),
        id,
        flaws,
        published,
        modified,
        ratings: rating.into_iter().collect(),
        title: record.title,
        description: record.overview,
        references: record.references.unwrap_or_default(),
        affected: vec![row],
        ..Advisory::default()
    });
}

fn core(place: &str, record: Core, into: &mut Collector<'_>) {
    let (set, patched) = match sets(&record.vulnerable, record.patched.as_deref()) {
        Ok(sets) => sets,
        Err(error) => return into.bad(place, error.to_string()),
    };
    let Some(row) = language::affected(PackageKind::Generic, "node", &set, Some(&patched)) else {
        return into.skip("flaw of no version");
    };
    let number = place.rsplit('/').next().and_then(|f| f.strip_suffix(".json")).unwrap_or("0");
    let word = record.severity.as_deref().and_then(|s| s.parse::<Severity>().ok());
    let rating = word.filter(|s| *s != Severity::Unknown).map(|severity| Rating {
        source: META.id.into(),
        severity: Some(severity),
        cvss: None,
    });
    into.record(Advisory {
        id: format!("NSWG-CORE-{number}"),
        flaws: cves(&record.cve),
        ratings: rating.into_iter().collect(),
        description: record.overview,
        references: record.r#ref.into_iter().collect(),
        affected: vec![row],
        ..Advisory::default()
    });
}

fn cves(names: &[String]) -> Vec<String> {
    let names = names.iter().map(|name| name.trim());
    names.filter(|name| name.starts_with("CVE-")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
