//! Facts out of the NVD's retired XML and JSON feeds as a table: `cve,published,cvss2,cvss3,cwe`. It rates
//! flaws that no other feed of the starter database rates, and names no packages.

use std::{io::Read, path::Path};

use plimsoll_model::{Advisory, CvssRating, Rating};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats,
    input::{Entry, Visitor, walk},
};

static META: FeedMeta = FeedMeta {
    id: "nvd-scores",
    title: "NVD ratings, as a table",
    homepage: "https://nvd.nist.gov/",
    licence: "public domain",
    upstream: &[],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct NvdScores;

impl Feed for NvdScores {
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
        name.ends_with(".csv")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        read(&name, entry.reader(), &mut self.0)
    }
}

/// Reads one table.
///
/// # Errors
/// Where the header is another one.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut lines = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let header = lines.byte_headers().map_err(|e| FeedError::malformed(place, e.to_string()))?;
    if header != vec!["cve", "published", "cvss2", "cvss3", "cwe"] {
        let message = "no `cve,published,cvss2,cvss3,cwe` header";
        return Err(FeedError::malformed(format!("{place}:1"), message));
    }
    let mut line = csv::StringRecord::new();
    loop {
        let at =
            |p: Option<&csv::Position>| format!("{place}:{}", p.map_or(0, csv::Position::line));
        match lines.read_record(&mut line) {
            Ok(false) => return Ok(()),
            Ok(true) => match rating(&line) {
                Some(advisory) => {
                    into.date(advisory.published);
                    into.record(advisory);
                }
                None => {
                    into.bad(at(line.position()), "no CVE with vectors");
                }
            },
            Err(e) => match e.kind() {
                csv::ErrorKind::Io(_) => return Err(FeedError::malformed(place, e.to_string())),
                _ => into.bad(at(e.position()), e.to_string()),
            },
        }
    }
}

fn rating(line: &csv::StringRecord) -> Option<Advisory> {
    let id = line.get(0).filter(|id| id.starts_with("CVE-"))?;
    let mut ratings = Vec::new();
    for vector in [line.get(2)?, line.get(3)?].into_iter().filter(|v| !v.is_empty()) {
        let version = match vector.strip_prefix("CVSS:") {
            Some(rest) => rest.split('/').next().filter(|v| matches!(*v, "3.0" | "3.1" | "4.0"))?,
            None if vector.starts_with("AV:") => "2.0",
            None => return None,
        };
        let cvss = CvssRating { version: version.to_owned(), vector: vector.to_owned() };
        ratings.push(Rating { source: "nvd".into(), severity: None, cvss: Some(cvss) });
    }
    let cwes = line.get(4).unwrap_or_default().split([' ', ';', '|']);
    let cwes = cwes.filter(|c| c.starts_with("CWE-")).map(str::to_owned).collect();
    Some(Advisory {
        id: id.to_owned(),
        flaws: vec![id.to_owned()],
        published: line.get(1).and_then(|d| d.parse().ok()),
        ratings,
        cwes,
        ..Advisory::default()
    })
}

#[cfg(test)]
mod tests;
