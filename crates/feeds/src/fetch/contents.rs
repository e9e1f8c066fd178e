//! Feeds that are a folder on a server: what is in it is asked for first, by a manifest or by the listing that
//! the server makes.

use std::path::Path;

use super::{
    Expected, Http, Wanted, download, fetch, listing,
    manifest::{self, Listed},
};
use crate::{Cursor, FeedError, FeedMeta, Fetched, Origin, Upstream};

/// How a folder tells what is in it.
#[derive(Clone, Copy, Debug)]
pub enum Table {
    /// Pulp's manifest under this name, with digests.
    Pulp(&'static str),
    /// A text with a path a line under this name.
    Paths(&'static str),
    /// The page that the server makes for the folder itself.
    Listing,
}

/// A feed's folder.
#[derive(Clone, Copy, Debug)]
pub struct Folder {
    /// Its address; ends in `/`.
    pub url: &'static str,
    /// How it tells what is in it.
    pub table: Table,
    /// Which of its files the feed reads.
    pub choose: fn(Vec<Listed>) -> Vec<Listed>,
    /// Files elsewhere that belong to the feed; a mirror may lack them.
    pub also: &'static [Upstream],
}

impl Folder {
    /// Fetches the files that the feed reads. A mirror has to have the folder's own form.
    ///
    /// # Errors
    /// Where the origin cannot be read or reached, or its table names no file of the feed.
    pub async fn fetch(
        &self,
        meta: &'static FeedMeta,
        http: &Http,
        origin: &Origin,
        since: Option<&Cursor>,
        dir: &Path,
    ) -> Result<Fetched, FeedError> {
        let (base, is_mirror) = match origin {
            Origin::Mirror(url) if url.ends_with('/') => (url.as_str(), true),
            Origin::Upstream => (self.url, false),
            _ => return fetch(meta, http, origin, since, dir).await,
        };
        let address = match self.table {
            Table::Pulp(name) | Table::Paths(name) => format!("{base}{name}"),
            Table::Listing => base.to_owned(),
        };
        let page = http.page(&address).await?;
        let listed = match self.table {
            Table::Pulp(_) => manifest::pulp(&page),
            Table::Paths(_) => manifest::paths(&page),
            Table::Listing => {
                let names = listing::names(&page).into_iter();
                let one =
                    |name: &str| Listed { path: name.to_owned(), expected: Expected::Unknown };
                Ok(names.map(one).collect())
            }
        };
        let listed = listed.map_err(|message| FeedError::malformed(&address, message))?;
        let chosen = (self.choose)(listed);
        if chosen.is_empty() {
            return Err(FeedError::malformed(&address, "it names no file of the feed"));
        }
        let mut wanted: Vec<Wanted> = chosen
            .into_iter()
            .map(|l| Wanted::new(format!("{base}{}", l.path), l.path).expected(l.expected))
            .collect();
        for other in self.also {
            wanted.push(if is_mirror {
                Wanted::new(format!("{base}{}", other.file), other.file).or_missing()
            } else {
                Wanted::new(other.url, other.file).expected(Expected::Settled)
            });
        }
        download(meta, http, &wanted, since, dir).await
    }
}

/// Of the same file in several compressions, the one that takes least time to fetch.
#[must_use]
pub(crate) fn smallest(listed: Vec<Listed>) -> Vec<Listed> {
    // In the order of preference.
    const ENDINGS: [&str; 5] = [".zst", ".xz", ".bz2", ".gz", ""];
    let stem = |path: &str| -> (String, usize) {
        let found = ENDINGS
            .iter()
            .enumerate()
            .find_map(|(rank, ending)| Some((path.strip_suffix(ending)?.to_owned(), rank)));
        found.unwrap_or_else(|| (path.to_owned(), ENDINGS.len()))
    };
    let mut best: std::collections::BTreeMap<String, (usize, Listed)> = Default::default();
    for one in listed {
        let (name, rank) = stem(&one.path);
        match best.get(&name) {
            Some((known, _)) if *known <= rank => {}
            _ => {
                best.insert(name, (rank, one));
            }
        }
    }
    best.into_values().map(|(_, one)| one).collect()
}
