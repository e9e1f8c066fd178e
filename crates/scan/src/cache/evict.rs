//! Keeps the cache folder small. Entries go by the time of their last use, the oldest first; a process that
//! has one open keeps its bytes, and one that comes later scans the layer again.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use plimsoll_model::LAYER_FACTS_SCHEMA;

/// Prefix of the names under which entries are written.
pub(super) const TEMPORARY: &str = ".tmp-";

/// A file that was being written this long ago never will be.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Most files of a cache that are looked at.
const MAX_FILES: usize = 1_000_000;

/// Removes files below `facts` until at most `max_bytes` remain (then a fifth more, so that the next scan
/// does not have to do it again). Returns the bytes removed.
pub(super) fn evict(facts: &Path, max_bytes: u64, now: SystemTime) -> u64 {
    let current = format!("v{LAYER_FACTS_SCHEMA}");
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    let mut removed = 0;
    let mut remove = |path: &Path, size: u64| {
        if fs::remove_file(path).is_ok() {
            removed += size;
        }
    };
    for version in folders(facts) {
        let is_current = version.file_name().is_some_and(|name| name == current.as_str());
        for fingerprint in folders(&version) {
            for file in fs::read_dir(&fingerprint).into_iter().flatten().flatten() {
                let Ok(meta) = file.metadata() else { continue };
                if !meta.is_file() || files.len() >= MAX_FILES {
                    continue;
                }
                let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let age = now.duration_since(used).unwrap_or_default();
                let temporary = file.file_name().to_string_lossy().starts_with(TEMPORARY);
                if age > ABANDONED && (temporary || !is_current) {
                    remove(&file.path(), meta.len());
                } else if !temporary {
                    files.push((used, meta.len(), file.path()));
                }
            }
            // Fails while something is in it.
            let _ = fs::remove_dir(&fingerprint);
        }
    }
    let mut total: u64 = files.iter().map(|file| file.1).sum();
    if total > max_bytes {
        files.sort();
        for (_, size, path) in files {
            if total <= max_bytes / 5 * 4 {
                break;
            }
            remove(&path, size);
            total -= size;
        }
    }
    removed
}

fn folders(of: &Path) -> Vec<PathBuf> {
    fs::read_dir(of)
        .into_iter()
        .flatten()
        .flatten()
        // A link out of the cache is not followed.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}
