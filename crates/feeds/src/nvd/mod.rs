//! NIST's National Vulnerability Database in its format 2.0: pages of the API, or the data feeds with a file a
//! year and one of the last eight days' changes. It rates flaws, by itself and with what others sent it, and
//! describes them. Which software it calls affected is said by CPE names of products, not by packages of any
//! repository: that part is read for programs alone that were installed without one.

mod cpe;
mod record;
mod upstream;

use std::{collections::HashSet, io::Read, path::Path};

use async_trait::async_trait;
use jiff::civil::Date;
use plimsoll_model::{Advisory, CvssRating, Rating};
use serde_json::value::RawValue;

use crate::{
    Collector, Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats, Upstream, fetch,
    input::{Entry, Visitor, walk},
    json_array,
};
use record::{Cve, Item, Metric};

/// Largest record, in bytes: flaws of processors have lists of thousands of products.
pub const MAX_RECORD: u64 = 32 << 20;

/// Most ids of the file of changes; real ones have some ten thousand.
const MAX_CHANGED: usize = 1_000_000;

/// Longest description that is kept, in bytes.
const MAX_DESCRIPTION: usize = 64 << 10;

static META: FeedMeta = FeedMeta {
    id: "nvd",
    title: "National Vulnerability Database",
    homepage: "https://nvd.nist.gov/vuln/data-feeds",
    licence: "public domain",
    upstream: &[Upstream {
        url: "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-modified.json.gz",
        file: "nvdcve-2.0-modified.json.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Nvd;

#[async_trait]
impl Feed for Nvd {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    async fn fetch(
        &self,
        http: &Http,
        origin: &Origin,
        since: Option<&Cursor>,
        dir: &Path,
    ) -> Result<Fetched, FeedError> {
        match origin {
            Origin::Mirror(url) if url.ends_with('/') => {
                upstream::fetch(&META, http, url, since, dir).await
            }
            Origin::Upstream => upstream::fetch(&META, http, upstream::SERVER, since, dir).await,
            // A page of the API, or one file; its own name tells what it is.
            _ => fetch::fetch(&META, http, origin, since, dir).await,
        }
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let name = input.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut files = Files {
            into: Collector::new(META.id, out),
            changed: HashSet::new(),
            late: false,
            input: name,
            is_one_file: false,
        };
        walk(input, &mut files)?;
        // What the file of changes says is newer than the same flaw's record in its year's file.
        if !files.is_one_file {
            files.late = true;
            walk(input, &mut files)?;
        }
        files.into.finish(input)
    }
}

struct Files<'a> {
    into: Collector<'a>,
    /// Flaws of the file of changes.
    changed: HashSet<String>,
    /// The files of the years are read, not those of changes.
    late: bool,
    /// Name of the input.
    input: String,
    /// The input is a single file and no folder or archive.
    is_one_file: bool,
}

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        name.ends_with(".json") && self.late != is_changes(name)
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        self.is_one_file |= self.input.starts_with(&name);
        let (changed, late) = (&mut self.changed, self.late);
        read_some(&name, entry.reader(), &mut self.into, &mut |id| {
            if late {
                return !changed.contains(id);
            }
            if changed.len() < MAX_CHANGED {
                changed.insert(id.to_owned());
            }
            true
        })
    }
}

fn is_changes(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.contains("-modified") || file.contains("-recent")
}

/// Reads one file.
///
/// # Errors
/// Where it is no JSON object with `vulnerabilities`.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    read_some(place, input, into, &mut |_| true)
}

fn read_some(
    place: &str,
    input: &mut dyn Read,
    into: &mut Collector<'_>,
    keep: &mut dyn FnMut(&str) -> bool,
) -> Result<(), FeedError> {
    let mut number = 0u64;
    let mut each = |raw: &RawValue| {
        number += 1;
        let at = || format!("{place}: record {number}");
        match serde_json::from_str::<Item>(raw.get()) {
            Ok(item) if !keep(&item.cve.id) => into.skip("older version of a record"),
            Ok(item) => match advisory(item.cve) {
                Ok(advisory) => {
                    into.date(advisory.modified.max(advisory.published));
                    into.record(advisory);
                }
                Err(why) => into.bad(at(), why),
            },
            Err(e) => into.bad(at(), e.to_string()),
        }
    };
    json_array::each_of("vulnerabilities", MAX_RECORD, input, &mut each)
        .map_err(|e| FeedError::malformed(place, e.to_string()))
}

fn advisory(cve: Cve) -> Result<Advisory, String> {
    let Cve {
        id,
        published,
        last_modified,
        vuln_status,
        descriptions,
        metrics,
        weaknesses,
        references,
        configurations,
    } = cve;
    if !is_cve(&id) {
        return Err(format!("`{id}` is no CVE id"));
    }
    let (published, modified) = (date(published)?, date(last_modified)?);
    let is_rejected = vuln_status.as_deref() == Some("Rejected");
    let mut ratings = Vec::new();
    for (kind, list) in metrics {
        if !kind.starts_with("cvssMetric") {
            continue;
        }
        let list: Vec<Metric> = serde_json::from_value(list).map_err(|e| format!("{kind}: {e}"))?;
        for metric in list {
            let rating = rating(&metric).map_err(|why| format!("{kind}: {why}"))?;
            if !ratings.contains(&rating) {
                ratings.push(rating);
            }
        }
    }
    let mut cwes: Vec<String> = Vec::new();
    for text in weaknesses.iter().flat_map(|w| &w.description) {
        // `NVD-CWE-noinfo` and `NVD-CWE-Other` name no class.
        let number = text.value.strip_prefix("CWE-").unwrap_or_default();
        let is_class = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        if is_class && !cwes.contains(&text.value) {
            cwes.push(text.value.clone());
        }
    }
    let mut links: Vec<String> = Vec::new();
    for link in references {
        if !link.url.is_empty() && !links.contains(&link.url) {
            links.push(link.url);
        }
    }
    let english = descriptions.into_iter().find(|d| d.lang == "en").map(|d| d.value);
    Ok(Advisory {
        flaws: vec![id.clone()],
        id,
        withdrawn: if is_rejected { modified.or(published) } else { None },
        published,
        modified,
        ratings,
        cwes,
        description: english.map(|mut text| {
            text.truncate(text.floor_char_boundary(MAX_DESCRIPTION));
            text
        }),
        references: links,
        affected: if is_rejected { Vec::new() } else { cpe::affected(&configurations) },
        ..Advisory::default()
    })
}

fn is_cve(id: &str) -> bool {
    let digits = |s: &str| s.len() >= 4 && s.bytes().all(|b| b.is_ascii_digit());
    let rest = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    rest.is_some_and(|(year, number)| year.len() == 4 && digits(year) && digits(number))
}

fn rating(metric: &Metric) -> Result<Rating, String> {
    let vector = metric.cvss_data.vector_string.trim();
    let version = match vector.strip_prefix("CVSS:") {
        Some(rest) => rest.split('/').next().unwrap_or_default(),
        None => "2.0",
    };
    let is_whole = match version {
        "2.0" => vector.trim_start_matches('(').starts_with("AV:"),
        "3.0" | "3.1" | "4.0" => true,
        _ => false,
    };
    if !is_whole || (!metric.cvss_data.version.is_empty() && metric.cvss_data.version != version) {
        return Err(format!("`{vector}` is no CVSS vector"));
    }
    let vector = vector.trim_start_matches('(').trim_end_matches(')').to_owned();
    Ok(Rating {
        source: source(&metric.source),
        severity: None,
        cvss: Some(CvssRating { version: version.to_owned(), vector }),
    })
}

/// Who rates: the NVD itself, or the organisation that an address or one of the known keys stands for.
fn source(identifier: &str) -> String {
    match identifier {
        "nvd@nist.gov" => "nvd".into(),
        // Keys of CISA's and the CVE programme's own additions to records (cve.org, list of partners).
        "134c704f-9b21-4f2e-91b3-4a467353bcc0" => "cisa-adp".into(),
        "af854a3a-2127-422b-91ae-364da2661108" => "cve-adp".into(),
        "security-advisories@github.com" => "ghsa".into(),
        other => match other.rsplit_once('@') {
            Some((_, domain)) if !domain.is_empty() => domain.to_ascii_lowercase(),
            _ => "cna".into(),
        },
    }
}

/// `2021-01-01T19:15:11.077`
fn date(text: Option<String>) -> Result<Option<Date>, String> {
    let Some(text) = text else { return Ok(None) };
    let day = text.get(..10).and_then(|day| day.parse().ok());
    day.map(Some).ok_or_else(|| format!("`{text}` is no date"))
}

#[cfg(test)]
mod tests;
