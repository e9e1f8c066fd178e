//! Red Hat's VEX documents, one for each flaw: the builds that mend it in every product, and the components that
//! are affected without a fix, and why, or not affected.
//!
//! Fixed builds are binary packages. Components without a fix are source packages, and since 2025 binary
//! packages beside them. Documents do not say what became of releases that had left support before.

mod products;

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::Path,
};

use async_trait::async_trait;
use plimsoll_model::Advisory;

use crate::{
    Collector, Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats, Upstream, csaf,
    fetch,
    input::{Entry, Visitor, walk},
    oval::Target,
};

const BASE: &str = "https://security.access.redhat.com/data/csaf/v2/vex/";

/// Names the archive of all documents.
const LATEST: &str = "archive_latest.txt";

static META: FeedMeta = FeedMeta {
    id: "redhat-csaf-vex",
    title: "Red Hat VEX",
    homepage: BASE,
    licence: "CC-BY-4.0",
    upstream: &[
        Upstream {
            url: "https://security.access.redhat.com/data/csaf/v2/vex/archive_latest.txt",
            file: LATEST,
        },
        Upstream {
            url: "https://security.access.redhat.com/data/csaf/v2/vex/changes.csv",
            file: fetch::CHANGES,
        },
        Upstream {
            url: "https://security.access.redhat.com/data/csaf/v2/vex/deletions.csv",
            file: fetch::DELETIONS,
        },
    ],
};

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct RedhatCsafVex;

#[async_trait]
impl Feed for RedhatCsafVex {
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
        let base = match origin {
            Origin::Upstream => BASE,
            Origin::Mirror(url) if url.ends_with('/') => url,
            Origin::Local(_) | Origin::Mirror(_) => {
                return fetch::fetch(&META, http, origin, since, dir).await;
            }
        };
        let latest = http.page(&format!("{base}{LATEST}")).await?;
        let archive = latest.trim();
        fetch::archive_and_changes(&META, http, base, archive, since, dir).await
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        let deleted = deletions(input)?;
        let mut files = Files { into: Collector::new(META.id, out), seen: HashSet::new(), deleted };
        walk(input, &mut files)?;
        files.into.finish(input)
    }
}

/// Names of the documents that were deleted since the archive was made.
fn deletions(input: &Path) -> Result<HashSet<String>, FeedError> {
    let path = input.join(fetch::DELETIONS);
    let place = path.display().to_string();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(HashSet::new());
        }
        Err(e) => return Err(FeedError::io(place, e)),
    };
    let listed = fetch::listed(file).map_err(|e| FeedError::malformed(place, e))?;
    Ok(listed.into_iter().map(|(path, _)| leaf(&path).to_owned()).collect())
}

fn leaf(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

struct Files<'a> {
    into: Collector<'a>,
    /// Documents that were read. Files are read before the archive, whose name comes after theirs: they are
    /// newer than what it holds.
    seen: HashSet<String>,
    deleted: HashSet<String>,
}

impl Visitor for Files<'_> {
    fn wants(&self, name: &str) -> bool {
        name.ends_with(".json")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let name = entry.name.to_owned();
        let is_change = name.starts_with(fetch::CHANGED_FOLDER);
        if !is_change && self.deleted.contains(leaf(&name)) {
            self.into.skip("document deleted since the archive was made");
            return Ok(());
        }
        if !self.seen.insert(leaf(&name).to_owned()) {
            self.into.skip("older version of a changed document");
            return Ok(());
        }
        read(&name, entry.reader(), &mut self.into);
        Ok(())
    }
}

/// Reads one document: a bad one is a bad record, as each file is one.
pub fn read(place: &str, input: &mut dyn Read, into: &mut Collector<'_>) {
    csaf::read(&products::RedHat, place, input, into);
}

/// The release that a product's CPE name tells.
pub(crate) fn release(cpe: &str) -> Option<Target> {
    products::target(cpe).ok().map(|(target, _)| target)
}

#[cfg(test)]
mod tests;
