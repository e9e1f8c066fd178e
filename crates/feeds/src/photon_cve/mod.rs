//! Photon OS's CVE metadata: a file a release (`cve_data_photon3.0.json`) with a row for each flaw and package,
//! fixed or not affected. Packages are named by their source, now and then by a binary package beside it.

use std::{io::Read, path::Path};

use plimsoll_model::{Advisory, Affected, FixState, NameKind, Namespace, Range, Rating, Severity};
use serde::Deserialize;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
    json_array,
};

static META: FeedMeta = FeedMeta {
    id: "photon-cve",
    title: "Photon OS CVE metadata",
    homepage: "https://packages.broadcom.com/photon/photon_cve_metadata/",
    licence: "none stated",
    upstream: &[
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_cve_metadata/cve_data_photon1.0.json",
            file: "cve_data_photon1.0.json",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_cve_metadata/cve_data_photon2.0.json",
            file: "cve_data_photon2.0.json",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_cve_metadata/cve_data_photon3.0.json",
            file: "cve_data_photon3.0.json",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_cve_metadata/cve_data_photon4.0.json",
            file: "cve_data_photon4.0.json",
        },
        Upstream {
            url: "https://packages.broadcom.com/photon/photon_cve_metadata/cve_data_photon5.0.json",
            file: "cve_data_photon5.0.json",
        },
    ],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct PhotonCve;

impl Feed for PhotonCve {
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
        release(name).is_some()
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        // The data names no date of its own: the file's is the time of the download.
        self.0.date(entry.modified);
        read(&name, entry.reader(), &mut self.0)
    }
}

/// The release that a file is about.
fn release(name: &str) -> Option<&str> {
    let file = name.rsplit('/').next()?;
    let release = file.strip_prefix("cve_data_photon")?.strip_suffix(".json")?;
    let (major, minor) = release.split_once('.')?;
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    (number(major) && number(minor)).then_some(release)
}

/// Reads the file of one release; `place` has to be its name.
///
/// # Errors
/// Where it is no JSON list, or its name names no release.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let Some(release) = release(place) else {
        return Err(FeedError::malformed(place, "the file's name names no release"));
    };
    let mut number = 0u64;
    json_array::each(input, &mut |raw| {
        number += 1;
        let row = serde_json::from_str::<Row>(raw.get()).map_err(|e| e.to_string());
        match row.and_then(|row| take(release, row)) {
            Ok(Some(advisory)) => into.record(advisory),
            Ok(None) => into.skip("row without a fixed version"),
            Err(why) => into.bad(format!("{place}: record {number}"), why),
        }
    })
    .map_err(|e| FeedError::malformed(place, e.to_string()))
}

#[derive(Deserialize)]
struct Row {
    cve_id: String,
    pkg: String,
    cve_score: Option<f64>,
    #[serde(default)]
    res_ver: String,
    #[serde(default)]
    status: String,
}

fn take(release: &str, row: Row) -> Result<Option<Advisory>, String> {
    let Row { cve_id, pkg, cve_score, res_ver, status } = row;
    if pkg.is_empty() || cve_id.is_empty() {
        return Err(format!("`{cve_id}` in package `{pkg}`: empty name"));
    }
    let is_cve = cve_id.starts_with("CVE-");
    let parts: Vec<&str> = cve_id.split('-').collect();
    let number = |s: &&str| s.len() >= 4 && s.bytes().all(|b| b.is_ascii_digit());
    if is_cve && !matches!(parts.as_slice(), [_, year, rest] if number(year) && number(rest)) {
        return Err(format!("`{cve_id}` is no CVE id"));
    }
    let has_version = !matches!(res_ver.as_str(), "" | "NA");
    let (state, fixed) = match status.as_str() {
        "Not Affected" => (FixState::NotAffected, None),
        // Older files have no status.
        "Fixed" | "" if has_version => (FixState::Fixed, Some(res_ver)),
        "Fixed" | "" => return Ok(None),
        other => return Err(format!("`{other}` is no status")),
    };
    let affected = Affected {
        namespace: Namespace::new("photon", release),
        package: pkg,
        name_kind: NameKind::Source,
        arches: Vec::new(),
        module: None,
        channel: None,
        ranges: fixed.map(Range::before).into_iter().collect(),
        versions: Vec::new(),
        state,
        severity: None,
    };
    let score = cve_score.filter(|s| (0.1..=10.0).contains(s));
    let rating = score.map(|score| Rating {
        source: "photon".into(),
        severity: Some(Severity::from_cvss_score(score)),
        cvss: None,
    });
    Ok(Some(Advisory {
        flaws: if is_cve { vec![cve_id.clone()] } else { Vec::new() },
        id: cve_id,
        ratings: rating.into_iter().collect(),
        affected: vec![affected],
        ..Advisory::default()
    }))
}

#[cfg(test)]
mod tests;
