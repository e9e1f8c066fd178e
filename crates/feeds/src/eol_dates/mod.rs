//! Ends of life of operating systems, as endoflife.date collects them from their makers. They stand in the
//! database beside the advisories and go before the dates that the program itself has, so that these can be
//! corrected without a new program.

use std::path::Path;

use jiff::civil::Date;
use plimsoll_model::{Advisory, EndOfLife, Namespace};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::{
    Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "eol-dates",
    title: "Ends of life (endoflife.date)",
    homepage: "https://endoflife.date/",
    licence: "MIT",
    upstream: &[Upstream {
        url: "https://endoflife.date/api/v1/products/full",
        file: "products.json",
    }],
};

/// What the second date of a product means.
#[derive(Clone, Copy)]
enum Second {
    /// Nothing that we tell.
    Nothing,
    /// Free long-term support: its end is the end.
    Free,
    /// Support that is paid for, or comes from others, under this name.
    Extended(&'static str),
}

/// Products, and the distributions whose releases theirs are. Releases have the keys of `ecosystems`.
const PRODUCTS: &[(&str, &str, Second)] = &[
    ("almalinux", "almalinux", Second::Nothing),
    ("alpine-linux", "alpine", Second::Nothing),
    ("amazon-linux", "amzn", Second::Nothing),
    ("centos", "centos", Second::Nothing),
    ("debian", "debian", Second::Free),
    ("fedora", "fedora", Second::Nothing),
    ("linuxmint", "linuxmint", Second::Nothing),
    ("opensuse", "opensuse-leap", Second::Nothing),
    ("oracle-linux", "ol", Second::Extended("Extended Support")),
    ("photon", "photon", Second::Nothing),
    ("rhel", "rhel", Second::Extended("ELS")),
    ("rocky-linux", "rocky", Second::Nothing),
    ("sles", "sles", Second::Extended("LTSS")),
    ("ubuntu", "ubuntu", Second::Extended("ESM")),
];

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct EolDates;

impl Feed for EolDates {
    fn meta(&self) -> &'static FeedMeta {
        &META
    }

    /// It has no advisories: its records are the releases.
    fn parse(&self, input: &Path, _: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let mut files = Files::default();
        walk(input, &mut files)?;
        let records = files.found.len() as u64;
        if records == 0 {
            let place = input.display().to_string();
            return Err(FeedError::Empty { feed: META.id, place });
        }
        Ok(Stats { records, date: files.date, ends: files.found, ..Stats::default() })
    }
}

#[derive(Default)]
struct Files {
    found: Vec<(Namespace, EndOfLife)>,
    date: Option<Date>,
}

impl Visitor for Files {
    fn wants(&self, name: &str) -> bool {
        name.ends_with(".json")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        // The data names no date of its own: the file's is the time of the download.
        self.date = self.date.max(entry.modified);
        let bytes = entry.bytes().map_err(|e| FeedError::io(&name, e))?;
        self.found.extend(read(&name, &bytes)?);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    /// The API's answer.
    Api { result: Vec<Product> },
    /// Products with their releases, as scanners keep it.
    Plain(BTreeMap<String, Vec<Release>>),
}

#[derive(Deserialize)]
struct Product {
    name: String,
    #[serde(default)]
    releases: Vec<Release>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    name: String,
    #[serde(default)]
    eol_from: Option<String>,
    #[serde(default)]
    eoes_from: Option<String>,
}

/// Reads a file.
///
/// # Errors
/// Where it is of another form, or a date is none.
pub fn read(place: &str, bytes: &[u8]) -> Result<Vec<(Namespace, EndOfLife)>, FeedError> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|e| FeedError::malformed(place, e.to_string()))?;
    let products: Vec<(String, Vec<Release>)> = match document {
        Document::Api { result } => result.into_iter().map(|p| (p.name, p.releases)).collect(),
        Document::Plain(all) => all.into_iter().collect(),
    };
    let mut found = Vec::new();
    for (name, releases) in products {
        let Some((_, distribution, second)) = PRODUCTS.iter().find(|(p, ..)| *p == name) else {
            continue;
        };
        for release in releases {
            let at = || format!("{place}: {name} {}", release.name);
            let date = |text: &Option<String>| match text {
                None => Ok(None),
                Some(text) => text
                    .parse::<Date>()
                    .map(Some)
                    .map_err(|_| FeedError::malformed(at(), format!("`{text}` is no date"))),
            };
            let (end, extended) = (date(&release.eol_from)?, date(&release.eoes_from)?);
            let Some(end) = end else { continue };
            let Some(key) = key(distribution, &release.name) else { continue };
            let end = match (second, extended) {
                (Second::Free, Some(later)) => EndOfLife { date: end.max(later), extended: None },
                (Second::Extended(programme), Some(later)) => {
                    EndOfLife { date: end, extended: Some(((*programme).to_owned(), later)) }
                }
                _ => EndOfLife { date: end, extended: None },
            };
            found.push((Namespace::new(*distribution, key), end));
        }
    }
    Ok(found)
}

/// The release key of a release's name; `None` for names that are no version.
fn key(distribution: &str, name: &str) -> Option<String> {
    let name = match distribution {
        // `2018.03` is the first generation, which has no other name.
        "amzn" if name == "2018.03" => "1",
        _ => name,
    };
    let is_version = !name.is_empty()
        && name.len() < 16
        && name.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    // A generation of SUSE alone is its first edition, `15.0` in some lists.
    let name = if distribution == "sles" {
        name.strip_suffix(".0").filter(|n| *n != "16").unwrap_or(name)
    } else {
        name
    };
    is_version.then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
