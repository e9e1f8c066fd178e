//! Every limit of the engine, by name. A layer that reaches one yields what was read before it and a
//! [`ProblemKind::LimitReached`](plimsoll_model::ProblemKind::LimitReached).

/// Most entries that are recorded of one layer. What lies beyond is still read for the digest.
pub const MAX_ENTRIES: usize = 1_000_000;

/// Most bytes of uncompressed tar stream that are read of one layer.
pub const MAX_LAYER_BYTES: u64 = 64 << 30;

/// From this many uncompressed bytes on, a stream is held against [`BOMB_RATIO`].
pub const BOMB_FLOOR: u64 = 4 << 30;

/// A stream above [`BOMB_FLOOR`] that is larger than its stored bytes by more than this factor is given
/// up as a decompression bomb. (Real layers stay below 20; gzip cannot pass 1032, Zstandard can.)
pub const BOMB_RATIO: u64 = 250;

/// Largest file that an analyser can have whole; a smaller memory budget lowers it.
pub const MAX_WHOLE_FILE: u64 = 256 << 20;

/// Memory that an analyser is counted with while it reads one file as a stream.
pub const STREAM_BYTES: u64 = 16 << 20;

/// Longest path, in bytes (Linux's own `PATH_MAX`).
pub const MAX_PATH: usize = 4096;

/// Longest link target, in bytes.
pub const MAX_LINK_TARGET: usize = 4096;

/// Most problems that one layer lists; further ones are counted in a last one.
pub const MAX_PROBLEMS: usize = 1000;

/// Most facts that are kept of one layer.
pub const MAX_FACTS: usize = 1_000_000;

/// Most detections that an inventory keeps.
pub const MAX_DETECTIONS: usize = 20_000;

/// Most programs that an inventory knows by their digests.
pub const MAX_IDENTITIES: usize = 100_000;

/// Most entries of the file tree that an inventory keeps for checks.
pub const MAX_NOTABLE: usize = 20_000;

/// Most bytes of configuration and scripts that an inventory keeps for checks.
pub const MAX_TEXT_BYTES: usize = 32 << 20;

/// Longest stretch of an untrusted name that a problem quotes.
pub const MAX_QUOTED: usize = 200;

/// Bytes of a file that analysers see before they say whether they want it.
pub const HEAD_BYTES: usize = 512;

/// Largest PAX or GNU extension header; Go's `archive/tar`, which container engines use, has the same.
pub const MAX_TAR_EXTENSION: u64 = 1 << 20;

/// Most data segments of a sparse file whose content is looked at.
pub const MAX_SPARSE_SEGMENTS: usize = 65_536;

/// Most links that are followed on the way to one file (Linux's own limit).
pub const MAX_LINK_HOPS: usize = 40;

/// Most files of one directory that stand for well-known paths and are reached through links.
pub const MAX_LINKED_FILES: usize = 20_000;

/// Least memory budget: smaller ones are raised to it.
pub const MIN_MEMORY: u64 = 32 << 20;

/// Largest stored cache entry.
pub const MAX_CACHE_ENTRY: u64 = 512 << 20;

/// Largest cache entry once decompressed.
pub const MAX_CACHE_ENTRY_DECODED: u64 = 1 << 30;

/// The limits of one layer that tests lower.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayerLimits {
    pub(crate) entries: usize,
    pub(crate) bytes: u64,
    pub(crate) bomb_floor: u64,
    pub(crate) whole_file: u64,
}

impl Default for LayerLimits {
    fn default() -> Self {
        Self {
            entries: MAX_ENTRIES,
            bytes: MAX_LAYER_BYTES,
            bomb_floor: BOMB_FLOOR,
            whole_file: MAX_WHOLE_FILE,
        }
    }
}
