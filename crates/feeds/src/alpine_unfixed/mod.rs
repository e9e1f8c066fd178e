//! Flaws that Alpine's security tracker (security.alpinelinux.org) takes a package to have, found by CPE
//! names: the state that secdb, which names fixes only, cannot say. Nobody looked at most of them, so they are
//! called "under investigation", up to the version that the tracker saw; what it calls fixed is secdb's to say.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_model::{
    Advisory, Affected, CvssRating, FixState, NameKind, Namespace, Range, Rating,
};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "alpine-unfixed",
    title: "Alpine Linux security tracker",
    homepage: "https://security.alpinelinux.org/",
    licence: "none stated",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AlpineUnfixed;

impl Feed for AlpineUnfixed {
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
        name.ends_with(".json")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        let modified = entry.modified;
        match entry.bytes() {
            Ok(bytes) => read(&name, &bytes, modified, &mut self.0),
            Err(e) => self.0.bad(&name, e.to_string()),
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Record {
    id: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    cvss3: Option<Cvss>,
    #[serde(default, rename = "ref")]
    references: Vec<Link>,
    #[serde(default)]
    state: Vec<State>,
}

#[derive(Deserialize)]
struct Cvss {
    #[serde(default)]
    vector: Option<String>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    rel: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    #[serde(default)]
    fixed: bool,
    repo: String,
    package_name: String,
    package_version: String,
}

/// Reads one record; `modified` is the time of its file, because it has no date.
pub fn read(place: &str, bytes: &[u8], modified: Option<Date>, into: &mut Collector<'_>) {
    let record: Record = match serde_json::from_slice(bytes) {
        Ok(record) => record,
        Err(e) => return into.bad(place, e.to_string()),
    };
    if record.id.is_empty() || record.id.len() > 64 {
        return into.bad(place, "no id, or an impossibly long one");
    }
    into.date(modified);
    let mut affected: Vec<Affected> = Vec::new();
    for state in record.state {
        let State { fixed, repo, package_name, package_version } = state;
        // `3.13-community`, `edge-main`
        let release = repo.split('-').next().unwrap_or_default();
        let number = release.split_once('.').is_some_and(|(a, b)| {
            let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
            digits(a) && digits(b)
        });
        if !number && release != "edge" {
            into.skip("row of an unknown release");
            continue;
        }
        if package_name.is_empty() || package_version.is_empty() {
            into.bad(place, "a package without name or version");
            continue;
        }
        if fixed {
            into.skip("row of a fixed package");
            continue;
        }
        let namespace = Namespace::new("alpine", release);
        let range = Range { last_affected: Some(package_version), ..Range::default() };
        let known =
            affected.iter_mut().find(|a| a.namespace == namespace && a.package == package_name);
        if let Some(known) = known {
            if !known.ranges.contains(&range) {
                known.ranges.push(range);
            }
            continue;
        }
        affected.push(Affected {
            namespace,
            package: package_name,
            name_kind: NameKind::Source,
            arches: Vec::new(),
            module: None,
            channel: None,
            ranges: vec![range],
            versions: Vec::new(),
            state: FixState::UnderInvestigation,
            severity: None,
        });
    }
    if affected.is_empty() {
        return into.skip("flaw without an open row");
    }
    let vector = record.cvss3.and_then(|c| c.vector).unwrap_or_default();
    let version = vector.strip_prefix("CVSS:").and_then(|v| v.split('/').next());
    let rating = version.filter(|v| matches!(*v, "3.0" | "3.1")).map(|version| Rating {
        // The tracker copies the vectors of the NVD.
        source: "nvd".into(),
        severity: None,
        cvss: Some(CvssRating { version: version.to_owned(), vector: vector.clone() }),
    });
    let links = record.references.into_iter().map(|l| l.rel).filter(|l| !l.is_empty());
    into.record(Advisory {
        flaws: if record.id.starts_with("CVE-") { vec![record.id.clone()] } else { Vec::new() },
        id: record.id,
        ratings: rating.into_iter().collect(),
        description: record.description.filter(|d| !d.is_empty()),
        references: links.collect(),
        affected,
        ..Advisory::default()
    });
}

#[cfg(test)]
mod tests;
