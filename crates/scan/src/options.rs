//! How a scan is run, and what it tells while it runs.

use std::{num::NonZero, sync::Arc, thread};

use plimsoll_model::LayerDesc;

use crate::cache::CacheDir;

/// Told about a scan's progress, from several threads at once. Every call must return quickly.
pub trait Progress: Send + Sync {
    /// A layer is being opened.
    fn layer_started(&self, _layer: &LayerDesc) {}
    /// So many bytes of its uncompressed stream have been read so far.
    fn layer_bytes(&self, _layer: &LayerDesc, _bytes: u64) {}
    /// It has been read.
    fn layer_finished(&self, _layer: &LayerDesc) {}
    /// Its facts came from the cache, nothing of it is read.
    fn layer_cached(&self, _layer: &LayerDesc) {}
    /// Something that does not make the result incomplete, as a cache that cannot be written.
    fn warning(&self, _text: &str) {}
}

/// How a scan is run. None of this changes its result, except that a memory budget too small for a file
/// leaves that file out and says so.
#[derive(Clone)]
pub struct ScanOptions {
    /// Bytes for stream buffers and file contents of all layers together; at least
    /// [`MIN_MEMORY`](crate::limits::MIN_MEMORY).
    pub memory: u64,
    /// Most threads at a time.
    pub jobs: usize,
    /// Where facts are kept between scans.
    pub cache: Option<CacheDir>,
    /// Who is told.
    pub progress: Option<Arc<dyn Progress>>,
}

impl ScanOptions {
    /// `--memory` unless told otherwise.
    pub const DEFAULT_MEMORY: u64 = 512 << 20;
}

impl Default for ScanOptions {
    fn default() -> Self {
        let jobs = thread::available_parallelism().map_or(1, NonZero::get);
        Self { memory: Self::DEFAULT_MEMORY, jobs, cache: None, progress: None }
    }
}

impl std::fmt::Debug for ScanOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanOptions")
            .field("memory", &self.memory)
            .field("jobs", &self.jobs)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
