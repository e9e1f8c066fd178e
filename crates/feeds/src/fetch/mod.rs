//! Brings a feed's files to this machine: conditional requests, retries, size caps, whole files only. What
//! the files mean is none of its business.

mod changes;
pub mod contents;
mod folder;
mod http;
mod journal;
mod limits;
pub mod listing;
pub mod manifest;
pub(crate) mod pages;
mod part;
pub mod repomd;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tokio::task::{self, JoinSet};

pub use changes::{CHANGED_FOLDER, CHANGES, DELETIONS, archive_and_changes, listed};
pub use http::{Http, MAX_DOWNLOAD, Progress};

use self::journal::Journal;
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
    /// What is known about it beforehand.
    pub expected: Expected,
}

impl Wanted {
    /// A file that has to be there.
    #[must_use]
    pub fn new(url: impl Into<String>, file: impl Into<String>) -> Self {
        Self { url: url.into(), file: file.into(), optional: false, expected: Expected::Unknown }
    }

    /// The feed is whole without it.
    #[must_use]
    pub fn or_missing(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Something is known about it beforehand.
    #[must_use]
    pub fn expected(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }
}

/// What is known about a file before it is asked for: it saves the question whether it changed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Expected {
    /// Nothing: only its server knows.
    #[default]
    Unknown,
    /// Its SHA-256 in lower-case hexadecimal digits, as a manifest states it. Other bytes are refused.
    Sha256(String),
    /// It does not change once it is published.
    Settled,
}

impl Expected {
    /// From a digest as manifests write it; what is no SHA-256 tells nothing.
    #[must_use]
    pub fn sha256(text: &str) -> Self {
        let text = text.trim();
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            Self::Sha256(text.to_ascii_lowercase())
        } else {
            Self::Unknown
        }
    }

    /// Whether a file that was fetched as `known` needs no further look.
    fn holds(&self, known: &Validator) -> bool {
        match self {
            Self::Unknown => false,
            Self::Sha256(digest) => *digest == known.fingerprint,
            Self::Settled => true,
        }
    }
}

/// Files of one feed that are downloaded at the same time.
const MAX_FILES_AT_ONCE: usize = 4;

/// Longest path of a file that a server's manifest or listing may name.
const MAX_PATH: usize = 512;

/// Whether a path that a server names stays below the feed's folder on every file system.
#[must_use]
pub fn is_plain_path(path: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+~@=%,".contains(&b))
    };
    path.len() <= MAX_PATH && path.split('/').all(good)
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
            files.map(|u| Wanted::new(u.url, u.file)).collect::<Vec<_>>()
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
        return files.map(|u| Wanted::new(format!("{url}{}", u.file), u.file)).collect();
    }
    // The upstream's name where there is one: parsers of several files tell them apart by name.
    let leaf = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next();
    let file = match meta.upstream {
        [only] => only.file,
        _ => leaf.filter(|l| !l.is_empty() && !l.starts_with('.')).unwrap_or("feed"),
    };
    vec![Wanted::new(url, file)]
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
    let disk = |e| FeedError::io(home.display().to_string(), e);
    let mut journal = Journal::read(&home);
    let mut cursor = Cursor::default();
    let mut changed = false;
    let mut waiting = wanted.iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < MAX_FILES_AT_ONCE
            && let Some(want) = waiting.next()
        {
            let target = home.join(&want.file);
            let known = journal.get(&want.url).or_else(|| since?.0.get(&want.url));
            let known = known.filter(|_| target.is_file()).cloned();
            if let Some(known) = known.as_ref().filter(|known| want.expected.holds(known)) {
                cursor.0.insert(want.url.clone(), known.clone());
                continue;
            }
            let (http, want) = (http.clone(), want.clone());
            running.spawn(async move {
                let answer = http.download(&want, known.as_ref(), &target).await;
                answer.map(|answer| (want.url, answer))
            });
        }
        let Some(done) = running.join_next().await else { break };
        match done.map_err(|e| disk(std::io::Error::other(e)))?? {
            (_, http::Answer::Missing) => {}
            (url, http::Answer::Same(validator)) => {
                cursor.0.insert(url, validator);
            }
            (url, http::Answer::New(validator)) => {
                changed = true;
                if wanted.len() > 1 {
                    journal.add(&url, &validator).map_err(disk)?;
                }
                cursor.0.insert(url, validator);
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
    journal.remove().map_err(disk)?;
    let swept = home.clone();
    let removed = task::spawn_blocking(move || folder::sweep(&swept, &keep))
        .await
        .map_err(|e| disk(std::io::Error::other(e)))?
        .map_err(disk)?;
    // Not what this call downloaded: an earlier one that was broken off may have begun.
    let before = |url| since.and_then(|c| c.0.get(url)).map(|v: &Validator| &v.fingerprint);
    changed |= cursor.0.iter().any(|(url, now)| before(url) != Some(&now.fingerprint));
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
