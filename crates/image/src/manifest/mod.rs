//! Manifests, indexes and configurations of both families (OCI and Docker schema 2), read leniently
//! where an engine is lenient and strictly where a lie would hide content.
//!
//! Our own types rather than `oci-spec`'s: those refuse documents that every engine runs (`null` for an
//! empty list, a string for a command, unknown platforms). Nothing here does I/O by itself.

mod config;
mod document;
mod select;

pub use config::{ConfigDoc, MAX_CONFIG_BYTES, MAX_DIFF_IDS, MAX_HISTORY, parse_config};
pub use document::{
    ArtifactDoc, Descriptor, Document, ImageDoc, IndexDoc, MAX_DESCRIPTORS, MAX_MANIFEST_BYTES,
    ParseError, media, parse_artifact, parse_document,
};
pub(crate) use select::rank;
pub use select::{
    BlobFetch, MAX_INDEX_DEPTH, MAX_INDEX_DOCUMENTS, Resolved, bare_layer, layers, resolve,
    resolve_among, verify_bytes,
};
