//! The difference between two databases: what a daily update downloads instead of the whole file.
//!
//! Both files are cut into blocks by the same keys, so most blocks are the same bytes and are copied from the
//! old file. The others travel in batches, each compressed against the old blocks with the same keys; or as
//! they are, where that is smaller. Everything that can be computed (offsets, checksums, the footer)
//! does not travel. The result is the new file byte for byte, or an error: its SHA-256 stands in the delta.

mod apply;
mod layout;
mod make;

use std::{io, path::PathBuf};

use plimsoll_model::Digest;

use crate::DbError;

pub use apply::{Applied, apply};
pub use layout::Header;
pub use make::{Stats, make};

pub(crate) use apply::apply_unframed;

/// Largest database that a delta makes.
pub const MAX_DATABASE: u64 = 4 << 30;
/// Bytes of changed blocks that travel together; one more block may overshoot it.
const BATCH: usize = 4 << 20;
/// Most uncompressed bytes of a batch, and of the old blocks that it is compressed against.
const MAX_BATCH: usize = BATCH + crate::MAX_BLOCK;
/// Most uncompressed bytes of the instructions.
const MAX_INSTRUCTIONS: usize = 64 << 20;
/// Covers a batch and the old blocks before it: 2^25 bytes.
const WINDOW_LOG: u32 = 25;
/// Most times the size of the new file that its changed blocks may have uncompressed: recompressing them is
/// most of the work of applying.
const MAX_EXPANSION: u64 = 64;

/// Why a delta cannot be made or applied. Whoever updates fetches the whole file then.
#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    /// A file cannot be read or written.
    #[error("cannot read or write {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Reading or writing failed.
    #[error("cannot apply the delta: {0}")]
    Io(#[from] io::Error),
    /// One of the databases cannot be used.
    #[error(transparent)]
    Database(#[from] DbError),
    /// It does not begin like one, or is of another version.
    #[error("not a delta that this program can apply: {0}")]
    NotADelta(&'static str),
    /// It was made for another file.
    #[error("the delta is for the database {wanted}, not for {found}")]
    OtherBase {
        /// Digest of the database that it is for.
        wanted: Digest,
        /// Digest of the one that is there.
        found: Digest,
    },
    /// It was made with another compressor, which gives other bytes.
    #[error("the delta was made with zstd {made_with}, this program has {here}")]
    OtherCompressor {
        /// Version of the compressor that made it, as one number.
        made_with: u32,
        /// Version of this program's.
        here: u32,
    },
    /// Its bytes are not what [`make`] writes.
    #[error("the delta is damaged: {0}")]
    Damaged(&'static str),
    /// What came out is not the new database.
    #[error("the delta does not give the database that it names")]
    WrongResult,
}

impl From<crate::codec::Corrupt> for DeltaError {
    fn from(_: crate::codec::Corrupt) -> Self {
        DeltaError::Damaged("its instructions")
    }
}
