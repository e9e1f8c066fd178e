//! The folder with the current database and the last good ones.
//!
//! ```text
//! plimsoll.db                        what scans open
//! generations/000007-<digest>.db     what was installed, in that order; the current one is among them
//! incoming/                          where a writer makes or receives a new one
//! rolled-back                        digests that were rolled back from, one a line
//! inputs                             what each database was built from, so that the same is not built again
//! lock                               among writers only; holds the process id of the one at work
//! ```
//!
//! A reader opens `plimsoll.db` and is never blocked. The kept databases are hard links where the file system
//! has them, so the current one takes its space once.

mod error;
mod generation;
mod install;
mod lock;

use std::path::{Path, PathBuf};

use plimsoll_model::Digest;
use plimsoll_vulndb::VulnDb;

use crate::files::read_capped;

pub use error::StoreError;
pub use generation::{Generation, MAX_GENERATIONS};
pub use install::{Installed, RolledBack};
pub use lock::Writer;

/// Name of the current database.
const CURRENT: &str = "plimsoll.db";
const GENERATIONS: &str = "generations";
const INCOMING: &str = "incoming";
const ROLLED_BACK: &str = "rolled-back";
const INPUTS: &str = "inputs";

/// Digests of rolled-back databases that are remembered; the oldest are forgotten.
const MAX_ROLLED_BACK: usize = 64;
/// Bytes of the list that are read.
const MAX_LIST: u64 = 64 << 10;

/// A folder of databases. Holds nothing open; making one touches no file.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in this folder, which need not exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The database that scans open. It need not exist.
    #[must_use]
    pub fn current(&self) -> PathBuf {
        self.folder.join(CURRENT)
    }

    /// Where new databases are made and received: on the same file system as the current one. Files here whose
    /// names begin with a dot are swept away by the next writer.
    #[must_use]
    pub fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// The digest that the current database names; `None` where there is none or it is no database.
    #[must_use]
    pub fn current_digest(&self) -> Option<Digest> {
        VulnDb::open(self.current()).ok().map(|db| db.info().digest)
    }

    /// The databases that are kept, newest installation first.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn generations(&self) -> Result<Vec<Generation>, StoreError> {
        generation::list(self)
    }

    /// The digests that were rolled back from: these are not installed again unless forced.
    #[must_use]
    pub fn rolled_back(&self) -> Vec<Digest> {
        // A list that cannot be read forgets a decision; it must not keep the store from working.
        let text = read_capped(&self.folder.join(ROLLED_BACK), MAX_LIST).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().filter_map(|line| line.trim().parse().ok()).collect()
    }

    /// The right to change the store. Only one process has it at a time; readers do not care.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process has it; else where the folder cannot be made or locked.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        Writer::acquire(self)
    }

    /// What a database was built from, as [`Writer::note_inputs`] was told.
    #[must_use]
    pub fn inputs_of(&self, digest: &Digest) -> Option<String> {
        self.inputs().into_iter().find(|(d, _)| d == digest).map(|(_, inputs)| inputs)
    }

    fn inputs(&self) -> Vec<(Digest, String)> {
        // Where it cannot be read, the next update builds once more than it had to.
        let text = read_capped(&self.folder.join(INPUTS), MAX_LIST).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        pairs
            .filter_map(|(digest, inputs)| Some((digest.parse().ok()?, inputs.to_owned())))
            .collect()
    }

    fn generations_folder(&self) -> PathBuf {
        self.folder.join(GENERATIONS)
    }
}

#[cfg(test)]
mod tests;
