//! What one layer holds, independent of every other layer and of every advisory.

use serde::{Deserialize, Serialize};

use crate::{Detection, Digest, FileIdentity, Package, PathIndex, Problem};

/// Raised whenever [`LayerFacts`] or anything in it changes shape.
pub const LAYER_FACTS_SCHEMA: u32 = 3;

/// The facts of one layer: a function of the layer's bytes and the analysers alone, so they can be
/// cached under the layer's diffID.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LayerFacts {
    /// [`LAYER_FACTS_SCHEMA`] of the writer.
    pub schema: u32,
    /// Digest of the uncompressed tar stream that was read.
    pub diff_id: Digest,
    /// Bytes of the uncompressed tar stream.
    pub tar_bytes: u64,
    /// Everything the layer writes: a replaced file that yields no facts must still hide the one below.
    pub paths: PathIndex,
    /// What it deletes.
    pub whiteouts: Vec<Whiteout>,
    /// What its files mean, in the order of their paths.
    pub facts: Vec<FileFact>,
    /// What could not be read; `layer` is unset, because the same layer may stand elsewhere in another image.
    pub problems: Vec<Problem>,
}

/// A deletion (OCI image specification, "Whiteouts").
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Whiteout {
    /// `.wh.NAME`: this path, and everything below it, of the lower layers.
    Path(String),
    /// `.wh..wh..opq`: everything below this directory of the lower layers.
    Opaque(String),
}

/// A fact and the file it comes from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FileFact {
    /// Id of the analyser ([`crate::AnalyzerId`]).
    pub analyzer: String,
    /// Path of the file, or the well-known path under which it was read.
    pub path: String,
    /// What it means.
    pub fact: Fact,
}

/// What a file means. Variants are added at the end; [`LAYER_FACTS_SCHEMA`] is raised with each.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Fact {
    /// A file that identifies the operating system; the text is capped at 16 KiB. Interpreted only when
    /// layers are merged, because which file counts depends on the others.
    SystemFile {
        /// The file's text, lossy UTF-8.
        text: String,
    },
    /// All packages of one package database.
    Packages(Vec<Package>),
    /// The files of one dpkg package (`/var/lib/dpkg/info/NAME[:ARCH].list`).
    FileList {
        /// `NAME` or `NAME:ARCH`.
        package: String,
        /// Paths without a leading slash.
        files: Vec<String>,
    },
    /// Name and content digest of a marker that only its analyser understands.
    Marker {
        /// What it says.
        name: String,
        /// With which value.
        value: String,
    },
    /// What a rule found in the file.
    Detection(Box<Detection>),
    /// The text of a file that checks of the finished image look at.
    Text {
        /// The file's text, lossy UTF-8, capped.
        text: String,
    },
    /// Digests of a file that is compared with what its package says.
    Identity(Box<FileIdentity>),
}
