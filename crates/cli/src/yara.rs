//! `--yara`: rule sets of the user's, from a file, a folder, a zip archive, or the address of a file or zip.

use std::{
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use plimsoll_feeds::Http;
use plimsoll_malware::user::{MAX_FILE_BYTES, MAX_FILES, UserRules};

use crate::{acquire, args::Global, progress::Bars};

/// How a zip begins.
const ZIP: &[u8; 4] = b"PK\x03\x04";

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 16;

/// Problems that are told one by one; the rest is counted.
const MAX_TOLD: usize = 20;

/// Largest archive.
const MAX_ARCHIVE: u64 = 256 << 20;

/// Longest that a download may take. The client itself gives up servers that send nothing for a minute.
const MAX_FETCH: Duration = Duration::from_secs(600);

/// Reads the rule sets. Rules that do not compile are named, and the others are used.
pub(crate) fn load(
    places: &[PathBuf],
    global: &Global,
    bars: &Bars,
) -> Result<Option<Arc<UserRules>>> {
    if places.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for place in places {
        if let Some(url) = address(place) {
            fetch(url, global, bars, &mut files)?;
            continue;
        }
        let shown = place.display();
        read(place, &mut files).with_context(|| format!("cannot read YARA rules from {shown}"))?;
    }
    let rules = UserRules::load(files);
    for problem in rules.problems().iter().take(MAX_TOLD) {
        bars.warn(&format!("{}: {}", problem.file, problem.message));
    }
    let more = rules.problems().len().saturating_sub(MAX_TOLD);
    if more > 0 {
        bars.warn(&format!("{more} more rules or files do not compile"));
    }
    if rules.rules() == 0 {
        bail!("none of the YARA rules compiles");
    }
    Ok(Some(Arc::new(rules)))
}

/// The address that a place is.
fn address(place: &Path) -> Option<&str> {
    let text = place.to_str()?;
    let scheme = text.split_once("://")?.0;
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(text)
}

/// Downloads a file of rules or a zip of them. The errors of the client name the address without what may be a token.
fn fetch(
    url: &str,
    global: &Global,
    bars: &Bars,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<()> {
    if global.offline {
        bail!("--offline: YARA rules are not downloaded");
    }
    let runtime = acquire::runtime()?;
    let http = Http::new().context("cannot set up the network")?;
    let step = bars.step("downloading YARA rules");
    let bytes = runtime
        .block_on(async { tokio::time::timeout(MAX_FETCH, http.bytes(url, MAX_ARCHIVE)).await });
    step.finish_and_clear();
    runtime.shutdown_background();
    let what = "cannot download YARA rules";
    let bytes = bytes.with_context(|| format!("{what} within {} s", MAX_FETCH.as_secs()))?;
    let bytes = bytes.context(what)?;
    if bytes.starts_with(ZIP) {
        return archive(bytes, files).context("cannot read the downloaded archive of YARA rules");
    }
    let plain = url.split(['?', '#']).next().unwrap_or(url);
    let name = plain.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("rules.yar");
    files.push((name.to_owned(), bytes));
    Ok(())
}

fn read(place: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    if place.is_dir() {
        return folder(place, place, 0, files);
    }
    let mut head = [0; 4];
    let mut file = fs::File::open(place)?;
    if file.read_exact(&mut head).is_ok() && head == *ZIP {
        let bytes = plimsoll_model::read_capped(fs::File::open(place)?, MAX_ARCHIVE)?;
        return archive(bytes, files);
    }
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    files.push((name, one(place)?));
    Ok(())
}

/// A file of rules; a larger one than is loaded is refused here already.
fn one(path: &Path) -> Result<Vec<u8>> {
    Ok(plimsoll_model::read_capped(fs::File::open(path)?, MAX_FILE_BYTES as u64)?)
}

fn is_rules(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".yar", ".yara", ".yr"].iter().any(|end| name.ends_with(end))
}

fn folder(
    root: &Path,
    place: &Path,
    depth: usize,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<()> {
    let entries = fs::read_dir(place)?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let kind = fs::symlink_metadata(&path)?;
        if kind.is_dir() && depth < MAX_DEPTH {
            folder(root, &path, depth + 1, files)?;
        } else if kind.is_file() && files.len() < MAX_FILES {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if is_rules(&name) {
                files.push((name, one(&path)?));
            }
        }
    }
    Ok(())
}

fn archive(bytes: Vec<u8>, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        if entry.is_file() && is_rules(&name) && files.len() < MAX_FILES {
            let text = plimsoll_model::read_capped(entry, MAX_FILE_BYTES as u64)
                .with_context(|| format!("cannot read {name} in it"))?;
            files.push((name, text));
        }
    }
    Ok(())
}
