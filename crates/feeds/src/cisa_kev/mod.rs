//! CISA's catalogue of flaws that are known to be exploited. It names no packages: the database joins it to
//! the other feeds by the flaw's id.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_model::{Advisory, Kev};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "cisa-kev",
    title: "CISA known exploited vulnerabilities",
    homepage: "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
    licence: "CC0-1.0",
    upstream: &[Upstream {
        url: "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        file: "known_exploited_vulnerabilities.json",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct CisaKev;

impl Feed for CisaKev {
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
        // The whole catalogue has a few MB, so it is read at once.
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        read(entry.name, &bytes, &mut self.0)
    }
}

#[derive(Deserialize)]
struct Catalogue<'a> {
    #[serde(rename = "dateReleased")]
    released: Option<String>,
    #[serde(borrow)]
    vulnerabilities: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exploited {
    #[serde(rename = "cveID")]
    cve: String,
    date_added: Date,
    #[serde(default)]
    known_ransomware_campaign_use: String,
    #[serde(default)]
    cwes: Vec<String>,
}

/// Reads the catalogue.
///
/// # Errors
/// Where it is no catalogue.
pub fn read(place: &str, bytes: &[u8], into: &mut Collector<'_>) -> Result<(), FeedError> {
    let catalogue: Catalogue<'_> =
        serde_json::from_slice(bytes).map_err(|e| FeedError::malformed(place, e.to_string()))?;
    let released = catalogue.released.as_deref().and_then(|d| d.get(..10));
    into.date(released.and_then(|d| d.parse().ok()));
    for (index, raw) in catalogue.vulnerabilities.iter().enumerate() {
        match serde_json::from_str::<Exploited>(raw.get()) {
            Ok(entry) if entry.cve.starts_with("CVE-") => {
                into.date(Some(entry.date_added));
                let ransomware = entry.known_ransomware_campaign_use == "Known";
                into.record(Advisory {
                    flaws: vec![entry.cve.clone()],
                    id: entry.cve,
                    cwes: entry.cwes,
                    kev: Some(Kev { added: entry.date_added, ransomware }),
                    ..Advisory::default()
                });
            }
            Ok(entry) => {
                into.bad(format!("{place}: entry {index}"), format!("`{}` is no CVE", entry.cve));
            }
            Err(e) => into.bad(format!("{place}: entry {index}"), e.to_string()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
