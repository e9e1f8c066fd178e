//! Where images come from.
//!
//! A source opens a reference and gives an [`Image`]: its manifest, and its layers as uncompressed tar
//! streams whose stored bytes are verified while they are read. [`open`] picks the source. This crate
//! knows nothing of packages or findings, and extracts nothing to the host's file system.

mod artifact;
mod blob;
pub mod containerd;
pub mod engine;
mod error;
mod local;
mod manifest;
pub mod registry;
mod resolve;

use std::io::{self, Read};

pub use artifact::{Artifact, open_artifact};
use async_trait::async_trait;
pub use blob::{
    MAX_ZSTD_WINDOW_LOG, READ_BUFFER_BYTES, StoredForm, VerifiedReader, decompress, layer_stream,
    sha256, sniff,
};
pub use error::{AcquireError, AcquireErrorKind};
pub use local::{
    DockerArchive, MAX_ARCHIVE_ENTRIES, MAX_DIR_ENTRIES, MAX_HARD_LINKS, MAX_SOURCE_PROBLEMS,
    MAX_SPOOL_BYTES, MAX_TREE_DEPTH, OciArchive, OciLayout, PathReference, Rootfs, TarIndex,
    TarMember,
};
pub use manifest::{
    ArtifactDoc, BlobFetch, ConfigDoc, Descriptor, Document, ImageDoc, IndexDoc, MAX_CONFIG_BYTES,
    MAX_DESCRIPTORS, MAX_DIFF_IDS, MAX_HISTORY, MAX_INDEX_DEPTH, MAX_INDEX_DOCUMENTS,
    MAX_MANIFEST_BYTES, ParseError, Resolved, bare_layer, layers, media, parse_artifact,
    parse_config, parse_document, resolve, resolve_among, verify_bytes,
};
use plimsoll_model::{ImageManifest, LayerDesc, Platform, Problem};
pub use resolve::{OpenOptions, open, schemes};

/// An opened image: its manifest is known and checked, its layers can be read.
///
/// Layers are read by several threads at once, each with its own stream.
pub trait Image: Send + Sync {
    /// Configuration, history, layers.
    fn manifest(&self) -> &ImageManifest;

    /// The **uncompressed** tar stream of a layer. The digest of the stored bytes is verified while they
    /// are read: a mismatch, a truncated or over-long blob is an error of the last read, of kind
    /// [`io::ErrorKind::InvalidData`] or [`io::ErrorKind::UnexpectedEof`]. The diffID is for the caller to
    /// verify, who hashes the stream anyway. Blocking; must not be called on an async executor's thread.
    ///
    /// # Errors
    /// Where the layer cannot be opened at all; of kind [`io::ErrorKind::Unsupported`] for a foreign layer.
    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>>;

    /// What the source itself could not read or believe: a configuration that contradicts the manifest,
    /// files of a folder that may not be opened. Complete only after every layer has been read.
    /// Foreign layers are not among them; the caller sees those in the manifest.
    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// What the user should know although nothing is missing: a registry that was not verified.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Which image of a multi-platform index is wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PlatformChoice {
    /// The platform of this machine, and where an index holds a single image, that one whatever it is for.
    #[default]
    Default,
    /// This one and no other.
    Exact(Platform),
}

impl PlatformChoice {
    /// The platform to look for.
    #[must_use]
    pub fn wanted(&self) -> Platform {
        match self {
            Self::Default => Platform::default(),
            Self::Exact(platform) => platform.clone(),
        }
    }

    /// Whether an image for `have` may be returned.
    #[must_use]
    pub fn accepts(&self, have: &Platform) -> bool {
        match self {
            Self::Default => true,
            Self::Exact(wanted) => have.satisfies(wanted),
        }
    }
}

/// One kind of place that holds images.
#[async_trait]
pub trait ImageSource: Send + Sync {
    /// The word before the colon that chooses this source: `docker-archive`, `registry` …
    fn scheme(&self) -> &'static str;

    /// Opens `reference`, which comes without the scheme.
    ///
    /// # Errors
    /// Says what was asked, where, what happened, and what to do about it.
    async fn open(
        &self,
        reference: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError>;
}
