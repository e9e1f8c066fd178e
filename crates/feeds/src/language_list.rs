//! What the lists of flaws in packages of one language share: a folder of small files, one flaw each, whose
//! package is affected in some versions of the language's own order.

use std::path::Path;

use plimsoll_model::{
    Advisory, Affected, CvssRating, FixState, NameKind, Namespace, Range, Rating, Severity,
};

use crate::{
    Collector, FeedError, FeedId, Stats,
    input::{Entry, Visitor, walk},
    requirements::{self, Interval},
};

/// Reads one file.
pub(crate) type ReadFile = fn(&str, &[u8], &mut Collector<'_>);

/// Reads every file below `input` whose name ends in one of `endings`.
pub(crate) fn parse_all(
    feed: FeedId,
    endings: &[&str],
    read: ReadFile,
    input: &Path,
    out: &mut dyn FnMut(Advisory),
) -> Result<Stats, FeedError> {
    let mut files = Files { endings, read, into: Collector::new(feed, out) };
    walk(input, &mut files)?;
    files.into.finish(input)
}

struct Files<'a> {
    endings: &'a [&'a str],
    read: ReadFile,
    into: Collector<'a>,
}

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        self.endings.iter().any(|ending| name.ends_with(ending))
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        (self.read)(entry.name, &bytes, &mut self.into);
        Ok(())
    }
}

/// What is said about the affected versions of a package.
pub(crate) fn affected(
    ecosystem: &str,
    package: &str,
    intervals: Vec<Interval>,
) -> Result<Vec<Affected>, String> {
    if package.is_empty() {
        return Err("a package without a name".into());
    }
    let (ranges, others) = requirements::ranges(intervals);
    if ranges.is_empty() {
        return Err(format!("no version of {package} is affected"));
    }
    let is_fixed = ranges.iter().any(|r| r.fixed.is_some());
    let row = |ranges: Vec<Range>, versions, state| Affected {
        namespace: Namespace::new(ecosystem, ""),
        package: package.to_owned(),
        name_kind: NameKind::Binary,
        arches: Vec::new(),
        module: None,
        channel: None,
        ranges,
        versions,
        state,
        severity: None,
    };
    let state = if is_fixed { FixState::Fixed } else { FixState::Affected };
    let mut all = vec![row(ranges, Vec::new(), state)];
    if !others.is_empty() {
        all.push(row(Vec::new(), others, FixState::NotAffected));
    }
    Ok(all)
}

/// A CVSS vector of version 3 or 4 as a rating; anything else is none.
pub(crate) fn vector(source: &str, vector: &str) -> Option<Rating> {
    let vector = vector.trim();
    let version = vector.strip_prefix("CVSS:")?.split('/').next()?;
    matches!(version, "3.0" | "3.1" | "4.0").then(|| Rating {
        source: source.to_owned(),
        severity: None,
        cvss: Some(CvssRating { version: version.to_owned(), vector: vector.to_owned() }),
    })
}

/// A score without its vector as a rating in words.
pub(crate) fn score(source: &str, score: f64) -> Option<Rating> {
    (0.1..=10.0).contains(&score).then(|| Rating {
        source: source.to_owned(),
        severity: Some(Severity::from_cvss_score(score)),
        cvss: None,
    })
}
