//! Where the NVD's data feeds are: a file a year, each with a `.meta` beside it that names the SHA-256 of its
//! content, and one of everything that changed in the last eight days. So a year's file that is younger than
//! that, together with the changes, is as good as a new one, and is not asked for.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, SystemTime},
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    Cursor, FeedError, FeedMeta, Fetched, Http, Validator,
    fetch::{Expected, Wanted, download, pages::pages},
};

pub(super) const SERVER: &str = "https://nvd.nist.gov/feeds/json/cve/2.0/";

/// The first year's file holds all before it too.
const FIRST_YEAR: i16 = 2002;

/// How far back the file of changes goes, with a day to spare.
const CHANGES_REACH: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) async fn fetch(
    meta: &'static FeedMeta,
    http: &Http,
    server: &str,
    since: Option<&Cursor>,
    dir: &Path,
) -> Result<Fetched, FeedError> {
    let this_year = TimeZone::UTC.to_datetime(Timestamp::now()).year();
    let home = dir.join(meta.id);
    let mut wanted = vec![Wanted::new(
        format!("{server}nvdcve-2.0-modified.json.gz"),
        "nvdcve-2.0-modified.json.gz",
    )];
    let mut old = Vec::new();
    for year in FIRST_YEAR..=this_year {
        let file = format!("nvdcve-2.0-{year}.json.gz");
        let mut one = Wanted::new(format!("{server}{file}"), &*file);
        // In the first days of a year there is no file yet.
        one.optional = year == this_year;
        if is_young(&home.join(&file)) {
            wanted.push(one.expected(Expected::Settled));
        } else {
            old.push(one);
        }
    }
    let metas: Vec<String> = old.iter().map(|w| w.url.replace(".json.gz", ".meta")).collect();
    // A folder of the same files without `.meta` is a mirror too.
    let texts = pages(http, &metas).await?;
    let mut digests: BTreeMap<String, Validator> = BTreeMap::new();
    for ((one, url), text) in old.into_iter().zip(metas).zip(texts) {
        let Some(digest) = text.as_deref().and_then(digest) else {
            wanted.push(one);
            continue;
        };
        let known = since.and_then(|c| c.0.get(&url));
        let is_same = known.is_some_and(|v| v.fingerprint == digest);
        let expected = if is_same { Expected::Settled } else { Expected::Unknown };
        wanted.push(one.expected(expected));
        digests.insert(url, Validator { fingerprint: digest, ..Validator::default() });
    }
    let mut fetched = download(meta, http, &wanted, since, dir).await?;
    fetched.cursor.0.extend(digests);
    // What was not asked for stays known.
    let is_meta = |url: &String| url.starts_with(server) && url.ends_with(".meta");
    for (url, known) in since.iter().flat_map(|c| &c.0).filter(|(url, _)| is_meta(url)) {
        fetched.cursor.0.entry(url.clone()).or_insert_with(|| known.clone());
    }
    Ok(fetched)
}

/// A file's time is that of its making on the server, or of its download where the server does not tell.
fn is_young(path: &Path) -> bool {
    let made = std::fs::metadata(path).and_then(|m| m.modified());
    made.is_ok_and(|made| {
        SystemTime::now().duration_since(made).is_ok_and(|age| age < CHANGES_REACH)
    })
}

/// `sha256:D165…` of a `.meta`: of the content, not of the compressed file.
fn digest(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("sha256:"))?;
    match Expected::sha256(line) {
        Expected::Sha256(digest) => Some(digest),
        _ => None,
    }
}
