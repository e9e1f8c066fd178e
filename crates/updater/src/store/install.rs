//! Putting a database into use, and going back.
//!
//! Whatever moment the process is killed at, the current name holds a whole database: the old one until a
//! rename, the new one after it. Everything before the rename makes files that nobody opens.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use plimsoll_model::Digest;
use plimsoll_vulndb::{DbError, VulnDb};
use tempfile::NamedTempFile;

use super::{
    Generation, INPUTS, MAX_ROLLED_BACK, ROLLED_BACK, Store, StoreError, Writer,
    generation::{self, list, prune},
};
use crate::files::{replace, temporary};

/// What an installation did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Installed {
    /// What is in use now.
    pub digest: Digest,
    /// What was in use before.
    pub previous: Option<Digest>,
    /// Whether it was in use already.
    pub unchanged: bool,
}

/// What a roll-back did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RolledBack {
    /// What is in use now.
    pub to: Generation,
    /// What was in use before; `None` where that was no database any more.
    pub from: Option<Digest>,
    /// Kept databases that turned out to be damaged and were passed over.
    pub damaged: Vec<Digest>,
}

impl Writer {
    /// Puts a database into use: checks all of it, keeps the one before, and renames it over the current one.
    /// A file in [`Store::incoming`] is moved, any other is copied.
    ///
    /// # Errors
    /// Where it is no whole database, not the expected one, or was rolled back from and `force` is not set.
    pub fn install(
        &self,
        new: &Path,
        expected: Option<&Digest>,
        force: bool,
    ) -> Result<Installed, StoreError> {
        let store = &self.store;
        let copy = if new.parent() == Some(store.incoming().as_path()) {
            None
        } else {
            Some(copy_into(&store.incoming(), new)?)
        };
        let staged = copy.as_ref().map_or(new, NamedTempFile::path);
        let digest = verify(staged).map_err(StoreError::Refused)?;
        if let Some(&expected) = expected.filter(|e| **e != digest) {
            return Err(StoreError::OtherDigest { expected, found: digest });
        }
        let rolled_back = store.rolled_back().contains(&digest);
        if rolled_back && !force {
            return Err(StoreError::WasRolledBack { digest });
        }
        File::open(staged).and_then(|file| file.sync_all()).map_err(StoreError::io(staged))?;
        let previous = self.keep_current()?;
        if previous == Some(digest) && verify(&store.current()).is_ok() {
            if copy.is_none() {
                let _ = fs::remove_file(staged);
            }
            return Ok(Installed { digest, previous, unchanged: true });
        }
        let kept = self.keep(staged, &digest)?;
        swap(store, &kept)?;
        if rolled_back {
            self.write_rolled_back(store.rolled_back().into_iter().filter(|d| *d != digest))?;
        }
        prune(store)?;
        Ok(Installed { digest, previous, unchanged: false })
    }

    /// Goes back to the database that was installed before the current one, or to the one whose digest
    /// begins with `to`. What was in use is remembered as rolled back from.
    ///
    /// # Errors
    /// Where there is none to go back to.
    pub fn rollback(&self, to: Option<&str>) -> Result<RolledBack, StoreError> {
        let store = &self.store;
        let from = self.keep_current()?;
        let all = list(store)?;
        let current = all.iter().find(|g| g.current).map(|g| g.number);
        let targets: Vec<Generation> = match to {
            Some(prefix) => {
                let hex = prefix.strip_prefix("sha256:").unwrap_or(prefix).to_ascii_lowercase();
                let found: Vec<_> = all
                    .into_iter()
                    .filter(|g| !hex.is_empty() && g.digest.hex().starts_with(&hex))
                    .collect();
                if found.len() != 1 {
                    let matches = found.len();
                    return Err(StoreError::NoSuchGeneration {
                        prefix: prefix.to_owned(),
                        matches,
                    });
                }
                found
            }
            None => all
                .into_iter()
                .filter(|g| !g.current && !g.rolled_back)
                .filter(|g| current.is_none_or(|current| g.number < current))
                .collect(),
        };
        let mut damaged = Vec::new();
        for target in targets {
            if !verify(&target.path).is_ok_and(|digest| digest == target.digest) {
                damaged.push(target.digest);
                continue;
            }
            // First: a process that dies in between must not forget the decision.
            let others = store.rolled_back().into_iter().filter(|d| *d != target.digest);
            let from = from.filter(|d| *d != target.digest);
            self.write_rolled_back(others.filter(|d| Some(*d) != from).chain(from))?;
            swap(store, &target.path)?;
            let to = Generation { current: true, rolled_back: false, ..target };
            return Ok(RolledBack { to, from, damaged });
        }
        Err(StoreError::NothingEarlier { folder: store.generations_folder() })
    }

    /// Remembers what a database was built from: a text without line breaks that is equal for equal input.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn note_inputs(&self, digest: &Digest, inputs: &str) -> Result<(), StoreError> {
        let store = &self.store;
        let mut known: Vec<Digest> = list(store)?.into_iter().map(|g| g.digest).collect();
        known.extend(store.rolled_back());
        let kept = store.inputs().into_iter().filter(|(d, _)| d != digest && known.contains(d));
        let all = kept.chain([(*digest, inputs.to_owned())]);
        let text: String = all.map(|(digest, inputs)| format!("{digest} {inputs}\n")).collect();
        let path = store.folder.join(INPUTS);
        replace(&path, text.as_bytes()).map_err(StoreError::io(path))
    }

    /// Sees to it that the current database is among the kept ones. One that is damaged is not kept.
    fn keep_current(&self) -> Result<Option<Digest>, StoreError> {
        let store = &self.store;
        let Some(digest) = store.current_digest() else { return Ok(None) };
        if !list(store)?.iter().any(|g| g.digest == digest) && verify(&store.current()).is_ok() {
            let number = next_number(store)?;
            let path = store.generations_folder().join(generation::name(number, &digest));
            link_or_copy(&store.current(), &path)?;
        }
        Ok(Some(digest))
    }

    /// Moves a verified file among the kept ones, as the newest.
    fn keep(&self, staged: &Path, digest: &Digest) -> Result<std::path::PathBuf, StoreError> {
        let store = &self.store;
        let number = next_number(store)?;
        let path = store.generations_folder().join(generation::name(number, digest));
        fs::set_permissions(staged, fs::Permissions::from_mode(0o644))
            .map_err(StoreError::io(staged))?;
        fs::rename(staged, &path).map_err(StoreError::io(&path))?;
        for older in list(store)?.iter().filter(|g| g.digest == *digest && g.number < number) {
            fs::remove_file(&older.path).map_err(StoreError::io(&older.path))?;
        }
        sync_folder(&store.generations_folder())?;
        Ok(path)
    }

    fn write_rolled_back(&self, digests: impl Iterator<Item = Digest>) -> Result<(), StoreError> {
        let path = self.store.folder.join(ROLLED_BACK);
        let all: Vec<Digest> = digests.collect();
        let kept = all.get(all.len().saturating_sub(MAX_ROLLED_BACK)..).unwrap_or_default();
        let text: String = kept.iter().map(|d| format!("{d}\n")).collect();
        replace(&path, text.as_bytes()).map_err(StoreError::io(path))
    }
}

/// All of the file is read: nothing is put into use that would fail in the middle of a scan.
fn verify(path: &Path) -> Result<Digest, DbError> {
    Ok(VulnDb::open(path)?.verify()?.digest)
}

fn next_number(store: &Store) -> Result<u64, StoreError> {
    Ok(list(store)?.first().map_or(1, |newest| newest.number.saturating_add(1)))
}

/// The one step that readers see.
fn swap(store: &Store, kept: &Path) -> Result<(), StoreError> {
    let current = store.current();
    let staged = store.folder.join(".current");
    remove_if_there(&staged)?;
    link_or_copy(kept, &staged)?;
    fs::rename(&staged, &current).map_err(StoreError::io(&current))?;
    // Renaming one link of a file over another does nothing and leaves both (POSIX, rename).
    remove_if_there(&staged)?;
    sync_folder(&store.folder)
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io(path)(error)),
        _ => Ok(()),
    }
}

/// A hard link, or a copy where the file system has none.
fn link_or_copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    let copy = copy_into(folder, from)?;
    copy.persist(to).map_err(|e| StoreError::io(to)(e.error))?;
    Ok(())
}

/// A copy under a temporary name that begins with a dot.
fn copy_into(folder: &Path, from: &Path) -> Result<NamedTempFile, StoreError> {
    let mut copy = temporary(folder).map_err(StoreError::io(folder))?;
    let mut source = File::open(from).map_err(StoreError::io(from))?;
    io::copy(&mut source, copy.as_file_mut()).map_err(StoreError::io(copy.path()))?;
    copy.as_file().sync_all().map_err(StoreError::io(copy.path()))?;
    Ok(copy)
}

/// So that a rename is still there after the power was cut.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(StoreError::io(folder))
}
