//! What can go wrong with a database file.

use std::{io, path::PathBuf};

/// Why a database cannot be built, opened or read.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The file cannot be read.
    #[error("cannot read the advisory database: {0}")]
    Io(#[from] io::Error),
    /// The file at a path cannot be opened or written.
    #[error("advisory database {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It does not begin or end like one.
    #[error("not an advisory database: {0}")]
    NotADatabase(&'static str),
    /// Made by a newer or older program.
    #[error("advisory database has schema {found}, this program reads {supported}")]
    Schema {
        /// Schema version of the file.
        found: u32,
        /// The one that is supported.
        supported: u32,
    },
    /// Bytes are not what the builder wrote.
    #[error("advisory database is damaged: {0}")]
    Damaged(String),
    /// Something to be written passes one of the format's limits.
    #[error("advisory database cannot hold {what}: limit {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl DbError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        DbError::Damaged(what.into())
    }
}
