//! Alpine's security database: a folder per release (`v3.20/`, `edge/`), in it a file per repository. The
//! format is [`crate::secdb`]'s; which releases there are is read from the server's listing.

use std::{collections::BTreeSet, path::Path};

use async_trait::async_trait;
use plimsoll_model::Advisory;

use crate::{
    Cursor, Feed, FeedError, FeedMeta, Fetched, Http, Origin, Stats,
    fetch::{self, Wanted, listing},
    secdb,
};

static META: FeedMeta = FeedMeta {
    id: "alpine-secdb",
    title: "Alpine Linux security database",
    homepage: "https://secdb.alpinelinux.org/",
    licence: "CC-BY-SA-4.0",
    upstream: &[],
};

const SERVER: &str = "https://secdb.alpinelinux.org/";

/// Repositories of a release; the older ones have no community repository.
const REPOSITORIES: [&str; 2] = ["main", "community"];

/// Most releases that a listing may name.
const MAX_RELEASES: usize = 200;

/// The feed.
#[derive(Clone, Copy, Debug)]
pub struct AlpineSecdb;

#[async_trait]
impl Feed for AlpineSecdb {
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
            Origin::Local(path) => return fetch::local(path, since).await,
            Origin::Mirror(url) if !url.ends_with('/') => {
                return fetch::fetch(&META, http, origin, since, dir).await;
            }
            Origin::Mirror(url) => url.as_str(),
            Origin::Upstream => SERVER,
        };
        let page = http.page(base).await?;
        let releases = releases(&page);
        if releases.is_empty() {
            return Err(FeedError::malformed(base, "the listing names no release"));
        }
        let mut wanted = vec![file(base, "last-update".to_owned())];
        for release in &releases {
            wanted.extend(REPOSITORIES.map(|r| file(base, format!("{release}/{r}.json"))));
        }
        fetch::download(&META, http, &wanted, since, dir).await
    }

    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError> {
        secdb::parse_all(META.id, "alpine", input, out)
    }
}

fn file(base: &str, file: String) -> Wanted {
    Wanted::new(format!("{base}{file}"), file).or_missing()
}

/// The releases that an HTML listing links to: `href="v3.20/"`.
fn releases(page: &str) -> BTreeSet<&str> {
    let names = listing::names(page);
    let is_release = |name: &&str| {
        let number = name.strip_prefix('v').and_then(|n| n.split_once('.'));
        let digits = |s: &str| (1..4).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
        *name == "edge" || number.is_some_and(|(a, b)| digits(a) && digits(b))
    };
    names.into_iter().filter(is_release).take(MAX_RELEASES).collect()
}

#[cfg(test)]
mod tests;
