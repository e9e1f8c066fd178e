//! What can go wrong on the way of a database.

use std::{io, path::PathBuf};

use jiff::Timestamp;
use plimsoll_image::{AcquireError, ParseError};
use plimsoll_model::Digest;
use plimsoll_vulndb::{DbError, delta::DeltaError};

/// Why a database was not published, fetched or accepted. Nothing that was in use has changed.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// The registry, the layout or a blob.
    #[error(transparent)]
    Acquire(#[from] AcquireError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no database that this program can use.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A delta cannot be made.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// The artifact is not one of a database.
    #[error("{place} is no advisory database: {reason}")]
    NotADatabase {
        /// Where it is.
        place: String,
        /// Why.
        reason: String,
    },
    /// The manifest cannot be read.
    #[error("the manifest cannot be used: {0}")]
    Manifest(#[from] ParseError),
    /// A blob is not what the manifest says.
    #[error("{what}: {reason}")]
    Blob {
        /// Which part.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The database is for another version of this program.
    #[error(
        "the database has schema {found}, this program reads {supported}; use the tag made for this version"
    )]
    Schema {
        /// Of the database.
        found: u32,
        /// The one that is supported.
        supported: u32,
    },
    /// No key is configured.
    #[error(
        "no key is configured to verify the database with: name it with --key FILE (or its text), with \
         PLIMSOLL_DB_KEY, or put it into {place}; --allow-unsigned takes the database without"
    )]
    NoKey {
        /// Where keys are looked for.
        place: String,
    },
    /// There is no signature.
    #[error("the database is not signed; --allow-unsigned takes it all the same")]
    Unsigned,
    /// No signature is by a trusted key.
    #[error("the database is signed, but by none of the {keys} trusted keys")]
    UnknownKey {
        /// How many are trusted.
        keys: usize,
    },
    /// A signature by a trusted key is wrong: these are not the bytes that were signed.
    #[error("the signature is not for this database: it was changed, or the signature was")]
    BadSignature,
    /// The signature says something else about the database than the database itself.
    #[error("the signature is for another database: {0}")]
    OtherClaim(String),
    /// The database is not the one that the manifest promises.
    #[error("the manifest promises {promised}, the file is {found}")]
    OtherDatabase {
        /// In the manifest.
        promised: Digest,
        /// In the file.
        found: Digest,
    },
    /// It is older than the one in use.
    #[error(
        "the database offered was built {offered}, the one in use {current}: refused, because an attacker could \
         hide new flaws so; --allow-older takes it"
    )]
    Older {
        /// Build time of the one that is offered.
        offered: Timestamp,
        /// Build time of the one in use.
        current: Timestamp,
    },
    /// A text is no key.
    #[error("not a minisign key: {0}")]
    Key(String),
    /// Signing failed.
    #[error("cannot sign: {0}")]
    Sign(String),
}

impl DistributionError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
