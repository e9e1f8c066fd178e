//! The databases that are kept: their names carry the order in which they were installed, and what they must be.

use std::{fs, io, path::PathBuf};

use jiff::Timestamp;
use plimsoll_model::Digest;
use plimsoll_vulndb::VulnDb;

use super::{Store, StoreError};

/// Databases that are kept, the current one among them.
pub const MAX_GENERATIONS: usize = 4;

/// Digits of the number in a name, so that names sort as numbers do.
const NUMBER_WIDTH: usize = 6;

/// A database that is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Generation {
    /// Grows with every installation.
    pub number: u64,
    /// What it is; its name says so, and going back to it checks that.
    pub digest: Digest,
    /// Its file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub size: u64,
    /// When it was built; `None` where it cannot be opened any more.
    pub built: Option<Timestamp>,
    /// Whether it is what scans open.
    pub current: bool,
    /// Whether it was rolled back from.
    pub rolled_back: bool,
}

pub(super) fn name(number: u64, digest: &Digest) -> String {
    format!("{number:0NUMBER_WIDTH$}-{}.db", digest.hex())
}

fn parse(name: &str) -> Option<(u64, Digest)> {
    let (number, hex) = name.strip_suffix(".db")?.split_once('-')?;
    Some((number.parse().ok()?, format!("sha256:{hex}").parse().ok()?))
}

pub(super) fn list(store: &Store) -> Result<Vec<Generation>, StoreError> {
    let folder = store.generations_folder();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io(folder)(error)),
    };
    let current = store.current_digest();
    let rolled_back = store.rolled_back();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StoreError::io(&folder))?;
        let Some((number, digest)) = entry.file_name().to_str().and_then(parse) else { continue };
        let path = entry.path();
        found.push(Generation {
            number,
            digest,
            size: entry.metadata().map_or(0, |meta| meta.len()),
            built: VulnDb::open(&path).ok().map(|db| db.meta().built),
            path,
            current: current == Some(digest),
            rolled_back: rolled_back.contains(&digest),
        });
    }
    found.sort_unstable_by_key(|g| std::cmp::Reverse((g.number, g.digest)));
    Ok(found)
}

/// Removes what is kept beyond [`MAX_GENERATIONS`], the oldest first, the current one never.
pub(super) fn prune(store: &Store) -> Result<(), StoreError> {
    let others = list(store)?.into_iter().filter(|g| !g.current);
    for old in others.skip(MAX_GENERATIONS - 1) {
        fs::remove_file(&old.path).map_err(StoreError::io(&old.path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_not_ours() {
        let digest = Digest::from_bytes([0xab; 32]);
        assert_eq!(parse(&name(7, &digest)), Some((7, digest)));
        assert!(name(9, &digest) < name(10, &digest));
        for other in ["", ".db", "x-00.db", "000001-ab.db", "plimsoll.db", "1-\u{e9}.db"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
