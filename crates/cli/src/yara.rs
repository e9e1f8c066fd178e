//! `--yara`: rule sets of the user's, from a file, a folder or a zip archive.

use std::{
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use plimsoll_malware::user::{MAX_FILE_BYTES, MAX_FILES, UserRules};

use crate::progress::Bars;

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 16;

/// Problems that are told one by one; the rest is counted.
const MAX_TOLD: usize = 20;

/// Largest archive.
const MAX_ARCHIVE: u64 = 256 << 20;

/// Reads the rule sets. Rules that do not compile are named, and the others are used.
pub(crate) fn load(places: &[PathBuf], bars: &Bars) -> Result<Option<Arc<UserRules>>> {
    if places.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for place in places {
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

fn read(place: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    if place.is_dir() {
        return folder(place, place, 0, files);
    }
    let mut head = [0; 4];
    let mut file = fs::File::open(place)?;
    let is_zip = file.read_exact(&mut head).is_ok() && head == *b"PK\x03\x04";
    if is_zip {
        return archive(place, files);
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

fn archive(place: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let bytes = plimsoll_model::read_capped(fs::File::open(place)?, MAX_ARCHIVE)?;
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
