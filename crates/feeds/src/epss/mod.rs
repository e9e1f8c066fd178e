//! FIRST's exploit prediction scores: CSV, one line per CVE, with the day of the scores in a comment line
//! before the header. It names no packages.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use jiff::civil::Date;
use plimsoll_model::{Advisory, Epss as Score};

use crate::{
    Collector, Feed, FeedError, FeedMeta, Stats, Upstream,
    input::{Entry, Visitor, walk},
};

/// Longest first line.
const MAX_HEAD: u64 = 4096;

static META: FeedMeta = FeedMeta {
    id: "epss",
    title: "Exploit Prediction Scoring System",
    homepage: "https://www.first.org/epss/",
    licence: "free to use with attribution (FIRST.org)",
    upstream: &[Upstream {
        url: "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        file: "epss_scores-current.csv.gz",
    }],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct Epss;

impl Feed for Epss {
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

/// Reads one day's scores.
///
/// # Errors
/// Where the comment line, which alone tells the day, or the header is missing.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut input = BufReader::new(input);
    let mut head = Vec::new();
    let fail = |e| FeedError::io(place, e);
    input.by_ref().take(MAX_HEAD).read_until(b'\n', &mut head).map_err(fail)?;
    let date = day(&String::from_utf8_lossy(&head)).ok_or_else(|| {
        FeedError::malformed(format!("{place}:1"), "no `#model_version:…,score_date:…` line")
    })?;
    into.date(Some(date));
    let mut lines = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let header = lines.byte_headers().map_err(|e| FeedError::malformed(place, e.to_string()))?;
    if header != vec!["cve", "epss", "percentile"] {
        return Err(FeedError::malformed(format!("{place}:2"), "no `cve,epss,percentile` header"));
    }
    let mut line = csv::StringRecord::new();
    loop {
        // One line more than the reader counts: the comment.
        let at = |p: Option<&csv::Position>| format!("{place}:{}", p.map_or(0, |p| p.line()) + 1);
        match lines.read_record(&mut line) {
            Ok(false) => return Ok(()),
            Ok(true) => match score(&line, date) {
                Some(record) => into.record(record),
                None => into.bad(at(line.position()), "no `CVE,probability,percentile`"),
            },
            Err(e) => match e.kind() {
                csv::ErrorKind::Io(_) => return Err(FeedError::malformed(place, e.to_string())),
                _ => into.bad(at(e.position()), e.to_string()),
            },
        }
    }
}

/// `#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z`
fn day(line: &str) -> Option<Date> {
    let (_, date) = line.strip_prefix('#')?.split_once("score_date:")?;
    date.get(..10)?.parse().ok()
}

fn score(line: &csv::StringRecord, date: Date) -> Option<Advisory> {
    let id = line.get(0).filter(|id| id.starts_with("CVE-"))?;
    let share = |text: &str| text.parse::<f32>().ok().filter(|n| (0.0..=1.0).contains(n));
    let probability = share(line.get(1)?)?;
    let percentile = share(line.get(2)?)?;
    Some(Advisory {
        id: id.to_owned(),
        flaws: vec![id.to_owned()],
        epss: Some(Score { probability, percentile, date }),
        ..Advisory::default()
    })
}

#[cfg(test)]
mod tests;
