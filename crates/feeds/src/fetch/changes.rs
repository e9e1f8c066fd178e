//! An archive of many documents, and the documents that changed since it was made, as publishers of CSAF list
//! them: `changes.csv` and `deletions.csv` hold a path and a time in each line.

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
};

use plimsoll_model::CappedReader;
use tokio::task::{self, JoinSet};

use super::{
    Wanted, folder,
    http::{Answer, Http},
};
use crate::{Cursor, FeedError, FeedMeta, Fetched, Validator};

/// The list of documents and when each was changed last.
pub const CHANGES: &str = "changes.csv";
/// The list of documents that were removed.
pub const DELETIONS: &str = "deletions.csv";
/// Where the documents go that changed since the archive was made.
pub const CHANGED_FOLDER: &str = "changed/";

/// Largest list, in bytes; a real line has some 60.
const MAX_LIST: u64 = 256 << 20;
/// Most lines of a list.
const MAX_LISTED: usize = 2_000_000;
/// Longest path of a document.
const MAX_PATH: usize = 200;
/// Documents that are asked for at once.
const AT_ONCE: usize = 6;

/// Reads a list: path and time of each document. Paths that could lead elsewhere are no paths of documents.
///
/// # Errors
/// Where it is no list, or too long.
pub fn listed(file: impl Read) -> Result<Vec<(String, String)>, String> {
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(CappedReader::new(file, MAX_LIST));
    let mut all = Vec::new();
    let mut row = csv::StringRecord::new();
    while csv.read_record(&mut row).map_err(|e| e.to_string())? {
        let (path, time) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
        if all.len() >= MAX_LISTED {
            return Err(format!("more than {MAX_LISTED} documents"));
        }
        if is_safe(path) && path.ends_with(".json") {
            all.push((path.to_owned(), time.to_owned()));
        }
    }
    Ok(all)
}

fn is_safe(path: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+');
    path.len() <= MAX_PATH
        && path.chars().all(fits)
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// The day in a name such as `csaf_vex_2024-08-04.tar.zst`.
fn day(name: &str) -> Option<&str> {
    (0..name.len()).filter_map(|at| name.get(at..at.checked_add(10)?)).find(|text| {
        text.parse::<jiff::civil::Date>().is_ok() && text.as_bytes().get(4) == Some(&b'-')
    })
}

/// Downloads an archive and what changed since. A document that is here in its listed version already is not
/// asked for again.
///
/// # Errors
/// Where one of them cannot be had; see [`super::download`] for what is then left.
pub async fn archive_and_changes(
    meta: &'static FeedMeta,
    http: &Http,
    base: &str,
    archive: &str,
    since: Option<&Cursor>,
    dir: &Path,
) -> Result<Fetched, FeedError> {
    let home = dir.join(meta.id);
    let made = day(archive).filter(|_| is_safe(archive) && !archive.contains('/'));
    let Some(made) = made else {
        let message = "it names no archive with the day on which that was made";
        return Err(FeedError::malformed(base, message));
    };
    let mut got = Got { home: home.clone(), ..Got::default() };
    let want = |file: &str, path: &str, optional| Wanted {
        optional,
        ..Wanted::new(format!("{base}{path}"), file)
    };
    for (file, optional) in [(CHANGES, false), (DELETIONS, true)] {
        got.take(http, want(file, file, optional), since).await?;
    }
    got.take(http, want(archive, archive, false), since).await?;
    let changes = read_list(home.join(CHANGES)).await?;
    let deletions: HashMap<String, String> =
        read_list(home.join(DELETIONS)).await?.into_iter().collect();
    let is_current = |(path, time): &(String, String)| {
        time.get(..10) >= Some(made)
            && deletions.get(path).is_none_or(|deleted| deleted.as_str() < time.as_str())
    };
    let mut open = Vec::new();
    for (path, time) in changes.into_iter().filter(is_current) {
        let want = want(&format!("{CHANGED_FOLDER}{path}"), &path, true);
        // Told from the addresses themselves by a part that no request has.
        let mark = format!("{}#changed", want.url);
        let known = since.and_then(|c| c.0.get(&mark)).filter(|v| v.fingerprint == time);
        let target = home.join(&want.file);
        if known.is_some() && target.is_file() {
            let old = since.and_then(|c| c.0.get(&want.url)).cloned().unwrap_or_default();
            got.cursor.0.insert(want.url, old);
            got.keep.push(target);
        } else {
            open.push(want);
        }
        let validator = Validator { fingerprint: time, ..Validator::default() };
        got.cursor.0.insert(mark, validator);
    }
    got.take_all(http, open, since).await?;
    let Got { keep, cursor, changed, .. } = got;
    let swept = home.clone();
    let place = home.display().to_string();
    let removed = task::spawn_blocking(move || folder::sweep(&swept, &keep))
        .await
        .map_err(|e| FeedError::io(&place, std::io::Error::other(e)))?
        .map_err(|e| FeedError::io(&place, e))?;
    Ok(Fetched { path: home, changed: changed || removed > 0, cursor })
}

async fn read_list(path: PathBuf) -> Result<Vec<(String, String)>, FeedError> {
    let place = path.display().to_string();
    let read = task::spawn_blocking(move || match std::fs::File::open(&path) {
        Ok(file) => listed(file).map_err(|e| FeedError::malformed(path.display().to_string(), e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(FeedError::io(path.display().to_string(), e)),
    });
    read.await.map_err(|e| FeedError::io(place, std::io::Error::other(e)))?
}

#[derive(Default)]
struct Got {
    home: PathBuf,
    keep: Vec<PathBuf>,
    cursor: Cursor,
    changed: bool,
}

impl Got {
    async fn take(
        &mut self,
        http: &Http,
        want: Wanted,
        since: Option<&Cursor>,
    ) -> Result<(), FeedError> {
        let target = self.home.join(&want.file);
        let known = since.and_then(|c| c.0.get(&want.url)).filter(|_| target.is_file());
        let answer = http.download(&want, known, &target).await?;
        self.note(want, answer);
        Ok(())
    }

    async fn take_all(
        &mut self,
        http: &Http,
        open: Vec<Wanted>,
        since: Option<&Cursor>,
    ) -> Result<(), FeedError> {
        let mut under_way = JoinSet::new();
        let mut open = open.into_iter();
        loop {
            while under_way.len() < AT_ONCE
                && let Some(want) = open.next()
            {
                let target = self.home.join(&want.file);
                let known = since.and_then(|c| c.0.get(&want.url)).filter(|_| target.is_file());
                let (http, known) = (http.clone(), known.cloned());
                under_way.spawn(async move {
                    let answer = http.download(&want, known.as_ref(), &target).await;
                    answer.map(|answer| (want, answer))
                });
            }
            let Some(done) = under_way.join_next().await else { return Ok(()) };
            let place = || self.home.display().to_string();
            let (want, answer) =
                done.map_err(|e| FeedError::io(place(), std::io::Error::other(e)))??;
            self.note(want, answer);
        }
    }

    fn note(&mut self, want: Wanted, answer: Answer) {
        let validator = match answer {
            // It went between the list and now.
            Answer::Missing => return,
            Answer::Same(validator) => validator,
            Answer::New(validator) => {
                self.changed = true;
                validator
            }
        };
        self.keep.push(self.home.join(&want.file));
        self.cursor.0.insert(want.url, validator);
    }
}
