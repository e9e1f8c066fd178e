//! Facts of layers, kept between scans in one folder that many processes use at once.
//!
//! Layout: `facts/v<schema>/<fingerprint>/<diffID>`, all in hex. An entry is written under another name and
//! renamed into place, so nobody sees half of one; whoever reads an entry checks it whole and takes
//! anything doubtful for absent. Nothing here can fail a scan.

mod entry;
mod evict;

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use plimsoll_model::{Digest, FileFact, LAYER_FACTS_SCHEMA, LayerFacts, Problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use entry::{EntryError, decode, encode};

use crate::limits::MAX_CACHE_ENTRY;

/// A folder that holds facts.
#[derive(Clone, Debug)]
pub struct CacheDir {
    root: PathBuf,
    max_bytes: u64,
}

/// What was read of one layer for well-known paths that are links: cached beside the layer's facts,
/// because which files those are depends on the other layers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct LinkedFacts {
    /// Facts, under the well-known names.
    pub facts: Vec<FileFact>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl CacheDir {
    /// Bytes that the facts of a cache take up at most, unless told otherwise.
    pub const DEFAULT_MAX_BYTES: u64 = 1 << 30;

    /// A cache in `root`, which is made when something is first written.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), max_bytes: Self::DEFAULT_MAX_BYTES }
    }

    /// The same cache with another bound on its size: beyond it, the entries that were unused for
    /// longest are removed.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self, fingerprint: &Digest) -> PathBuf {
        self.root.join("facts").join(format!("v{LAYER_FACTS_SCHEMA}")).join(fingerprint.hex())
    }

    /// The facts of the layer `diff_id` under the analysers `fingerprint`, if an undamaged entry is there.
    #[must_use]
    pub fn load(&self, fingerprint: &Digest, diff_id: &Digest) -> Option<LayerFacts> {
        let path = self.folder(fingerprint).join(diff_id.hex());
        let facts: LayerFacts = self.read(&path, &entry::layer_key(fingerprint, diff_id))?;
        let is_it = facts.schema == LAYER_FACTS_SCHEMA
            && facts.diff_id == *diff_id
            && facts.paths.is_sound();
        if !is_it {
            let _ = fs::remove_file(&path);
            return None;
        }
        Some(facts)
    }

    /// Keeps the facts of a layer.
    ///
    /// # Errors
    /// Where the folder cannot be written, or the entry would be over the limit.
    pub fn store(&self, fingerprint: &Digest, facts: &LayerFacts) -> io::Result<()> {
        let name = facts.diff_id.hex();
        self.write(fingerprint, &name, &entry::layer_key(fingerprint, &facts.diff_id), facts)
    }

    /// What was read of layer `diff_id` for the links that `request` describes.
    #[must_use]
    pub fn load_linked(
        &self,
        fingerprint: &Digest,
        diff_id: &Digest,
        request: &Digest,
    ) -> Option<LinkedFacts> {
        let path = self.folder(fingerprint).join(linked_name(diff_id, request));
        self.read(&path, &linked_key(fingerprint, diff_id, request))
    }

    /// Keeps what was read for links.
    ///
    /// # Errors
    /// As [`Self::store`].
    pub fn store_linked(
        &self,
        fingerprint: &Digest,
        diff_id: &Digest,
        request: &Digest,
        facts: &LinkedFacts,
    ) -> io::Result<()> {
        let key = linked_key(fingerprint, diff_id, request);
        self.write(fingerprint, &linked_name(diff_id, request), &key, facts)
    }

    /// Removes what is beyond the bound, and what earlier versions and broken writers left. Returns how
    /// many bytes it removed.
    pub fn evict(&self) -> u64 {
        evict::evict(&self.root.join("facts"), self.max_bytes, SystemTime::now())
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, path: &Path, key: &Digest) -> Option<T> {
        let file = File::open(path).ok()?;
        let size = file.metadata().ok().filter(fs::Metadata::is_file)?.len();
        let value = (size <= MAX_CACHE_ENTRY)
            .then(|| plimsoll_model::read_capped(&file, MAX_CACHE_ENTRY).ok())
            .flatten()
            .and_then(|bytes| decode(&bytes, key).ok());
        match value {
            Some(value) => {
                // The time of the last use is what eviction goes by.
                let _ = file.set_modified(SystemTime::now());
                Some(value)
            }
            None => {
                let _ = fs::remove_file(path);
                None
            }
        }
    }

    fn write<T: Serialize>(
        &self,
        fingerprint: &Digest,
        name: &str,
        key: &Digest,
        value: &T,
    ) -> io::Result<()> {
        let bytes = encode(value, key).map_err(io::Error::other)?;
        let folder = self.folder(fingerprint);
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        // Made with mode 0600.
        let mut file = tempfile::Builder::new().prefix(evict::TEMPORARY).tempfile_in(&folder)?;
        file.write_all(&bytes)?;
        file.persist(folder.join(name)).map_err(|error| error.error)?;
        Ok(())
    }
}

fn linked_name(diff_id: &Digest, request: &Digest) -> String {
    format!("{}.{}", diff_id.hex(), &request.hex()[..16])
}

fn linked_key(fingerprint: &Digest, diff_id: &Digest, request: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"linked");
    for part in [fingerprint, diff_id, request] {
        hash.update(part.as_bytes());
    }
    Digest::from_bytes(hash.finalize().into())
}

#[cfg(test)]
mod tests;
