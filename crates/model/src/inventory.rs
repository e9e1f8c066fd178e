//! What the finished image holds: the merge of its layers' facts.

use serde::{Deserialize, Serialize};

use crate::{
    Digest, HistoryEntry, ImageConfig, ImageText, NotableFile, OperatingSystem, Package,
    PlacedDetection, PlacedIdentity, Platform, Problem, RiskKind, SetAside,
};

/// Raised whenever [`Inventory`] changes shape.
pub const INVENTORY_SCHEMA: u32 = 3;

/// Everything about an image that matching and checks need; new advisories are matched against it
/// without reading the image again.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Inventory {
    /// [`INVENTORY_SCHEMA`] of the writer.
    pub schema: u32,
    /// Which image.
    pub image: ImageIdentity,
    /// Its layers, bottom first.
    pub layers: Vec<InventoryLayer>,
    /// Its configuration.
    pub config: ImageConfig,
    /// Its history, oldest first, empty layers included.
    pub history: Vec<HistoryEntry>,
    /// The operating system, where one was recognised.
    pub os: Option<OperatingSystem>,
    /// Installed packages in the order of kind, name, version and architecture.
    pub packages: Vec<OwnedPackage>,
    /// The risks that were looked for when the layers were read.
    pub looked_for: Vec<RiskKind>,
    /// What rules found in files and in the configuration, by layer and path; hidden ones too.
    pub detections: Vec<PlacedDetection>,
    /// Live text files that checks look at, by path.
    pub texts: Vec<ImageText>,
    /// Live entries of the file tree that checks look at, by path.
    pub notable: Vec<NotableFile>,
    /// Programs and scripts by their digests, by layer and path; hidden ones too.
    pub identities: Vec<PlacedIdentity>,
    /// What could not be read or decided.
    pub problems: Vec<Problem>,
}

/// Names of an image.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ImageIdentity {
    /// As the user wrote it.
    pub reference: String,
    /// Which source answered ([`crate::ImageManifest::source`]).
    pub source: String,
    /// Manifest digest.
    pub digest: Option<Digest>,
    /// Configuration digest: the image id.
    pub config_digest: Option<Digest>,
    /// `repository:tag` names.
    pub tags: Vec<String>,
    /// `repository@digest` names.
    pub repo_digests: Vec<String>,
    /// Platform.
    pub platform: Platform,
}

/// A layer as the report names it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct InventoryLayer {
    /// Digest of the stored bytes.
    pub blob: Option<Digest>,
    /// Digest of the uncompressed stream; `None` where the layer could not be read.
    pub diff_id: Option<Digest>,
    /// The instruction that made it.
    pub created_by: String,
    /// Bytes of the uncompressed stream.
    pub tar_bytes: u64,
    /// Number of entries.
    pub entries: u64,
    /// Whether the facts came from the cache.
    pub cached: bool,
}

/// A package and how it came into the image.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OwnedPackage {
    /// The package.
    pub package: Package,
    /// Path of the database or manifest that lists it.
    pub path: String,
    /// Index of the first layer whose database lists it at this version.
    pub layer: u32,
    /// Why it is not judged by the advisories of its language, where it is not.
    #[serde(default)]
    pub set_aside: Option<SetAside>,
}
