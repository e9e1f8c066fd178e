//! Brings a feed's files to this machine: conditional requests, retries, size caps, whole files only. What
//! the files mean is none of its business.

mod folder;
mod http;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tokio::task;

pub use http::{Http, MAX_DOWNLOAD};

use crate::{Cursor, FeedError, FeedMeta, Fetched, Origin, Validator};

/// One file to download: its address, and its path below the feed's folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// Address.
    pub url: String,
    /// Path below the feed's folder, without `..`.
    pub file: String,
    /// Whether the feed is whole without it: then a 404 is no error.
    pub optional: bool,
}

/// Fetches a feed whose files have fixed names.
///
/// # Errors
/// Where the origin cannot be read or reached, or the feed has no download of its own.
pub async fn fetch(
    meta: &'static FeedMeta,
    http: &Http,
    origin: &Origin,
    since: Option<&Cursor>,
    dir: &Path,
) -> Result<Fetched, FeedError> {
    let wanted = match origin {
        Origin::Local(path) => return local(path, since).await,
        Origin::Upstream => {
            let files = meta.upstream.iter();
            files
                .map(|u| Wanted { url: u.url.into(), file: u.file.into(), optional: false })
                .collect::<Vec<_>>()
        }
        Origin::Mirror(url) => from_mirror(meta, url),
    };
    if wanted.is_empty() {
        return Err(no_upstream(meta));
    }
    download(meta, http, &wanted, since, dir).await
}

/// The error of a feed without a download.
#[must_use]
pub fn no_upstream(meta: &FeedMeta) -> FeedError {
    FeedError::NoUpstream { feed: meta.id, hint: "name a file, a folder or a mirror's address" }
}

fn from_mirror(meta: &FeedMeta, url: &str) -> Vec<Wanted> {
    if url.ends_with('/') {
        let files = meta.upstream.iter();
        return files
            .map(|u| Wanted {
                url: format!("{url}{}", u.file),
                file: u.file.into(),
                optional: false,
            })
            .collect();
    }
    // The upstream's name where there is one: parsers of several files tell them apart by name.
    let leaf = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next();
    let file = match meta.upstream {
        [only] => only.file,
        _ => leaf.filter(|l| !l.is_empty() && !l.starts_with('.')).unwrap_or("feed"),
    };
    vec![Wanted { url: url.to_owned(), file: file.to_owned(), optional: false }]
}

/// Takes a file or folder where it is.
///
/// # Errors
/// Where it cannot be read.
pub async fn local(path: &Path, since: Option<&Cursor>) -> Result<Fetched, FeedError> {
    let path: PathBuf = path.to_owned();
    let place = path.display().to_string();
    let at = path.clone();
    let fingerprint = task::spawn_blocking(move || folder::fingerprint(&at))
        .await
        .map_err(|e| FeedError::io(&place, std::io::Error::other(e)))?
        .map_err(|e| FeedError::io(&place, e))?;
    let changed = since.and_then(|c| c.0.get(&place)).map(|v| &v.fingerprint) != Some(&fingerprint);
    let validator = Validator { fingerprint, ..Validator::default() };
    Ok(Fetched { path, changed, cursor: Cursor([(place, validator)].into()) })
}

/// Downloads `wanted` into `dir/<feed id>` and removes what an earlier fetch left there and this one no
/// longer names.
///
/// # Errors
/// Where one of them cannot be had; the files of an earlier fetch then stay as they were, except for those
/// that were already replaced by newer ones.
pub async fn download(
    meta: &'static FeedMeta,
    http: &Http,
    wanted: &[Wanted],
    since: Option<&Cursor>,
    dir: &Path,
) -> Result<Fetched, FeedError> {
    let home = dir.join(meta.id);
    let mut cursor = Cursor::default();
    let mut changed = false;
    for want in wanted {
        let target = home.join(&want.file);
        let known = since.and_then(|c| c.0.get(&want.url)).filter(|_| target.is_file());
        match http.download(want, known, &target).await? {
            http::Answer::Missing => {}
            http::Answer::Same(validator) => {
                cursor.0.insert(want.url.clone(), validator);
            }
            http::Answer::New(validator) => {
                changed = true;
                cursor.0.insert(want.url.clone(), validator);
            }
        }
    }
    if cursor.0.is_empty() {
        let place = home.display().to_string();
        return Err(FeedError::Empty { feed: meta.id, place });
    }
    let keep: Vec<PathBuf> = wanted
        .iter()
        .filter(|w| cursor.0.contains_key(&w.url))
        .map(|w| home.join(&w.file))
        .collect();
    let swept = home.clone();
    let removed = task::spawn_blocking(move || folder::sweep(&swept, &keep))
        .await
        .map_err(|e| FeedError::io(home.display().to_string(), std::io::Error::other(e)))?
        .map_err(|e| FeedError::io(home.display().to_string(), e))?;
    Ok(Fetched { path: home, changed: changed || removed > 0, cursor })
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
