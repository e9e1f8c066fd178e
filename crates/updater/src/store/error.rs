//! What can go wrong with a store.

use std::{io, path::PathBuf};

use plimsoll_model::Digest;
use plimsoll_vulndb::DbError;

/// Why a store cannot be read or changed. The current database is as it was in every case.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process changes it right now.
    #[error("another process{} is updating the databases in {folder}", pid.map(|p| format!(" ({p})")).unwrap_or_default())]
    Busy {
        /// Its process id, where it wrote one.
        pid: Option<u32>,
        /// The store's folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The new file is no whole database.
    #[error("the new database was not put into use: {0}")]
    Refused(#[source] DbError),
    /// The new file is a whole database, but not the one that was promised.
    #[error("the new database was not put into use: it is {found}, expected was {expected}")]
    OtherDigest {
        /// What was promised.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// It was rolled back from, and nobody forced it.
    #[error("{digest} was rolled back from; it is only put into use again when forced")]
    WasRolledBack {
        /// Its digest.
        digest: Digest,
    },
    /// There is no other database to go back to.
    #[error("there is no earlier database in {folder} to go back to")]
    NothingEarlier {
        /// The folder with the kept databases.
        folder: PathBuf,
    },
    /// No kept database has this digest, or several begin like it.
    #[error("{matches} of the kept databases have a digest that begins with {prefix}")]
    NoSuchGeneration {
        /// What was asked for.
        prefix: String,
        /// How many there are.
        matches: usize,
    },
}

impl StoreError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
