//! How a built advisory database is published, fetched, carried and trusted.
//!
//! A database travels as an OCI artifact: in a registry, in a layout folder, or as one archive file for machines
//! without a network. Whatever way it comes, it is judged by the same rules before anybody may put it into use: it
//! is the file that its digest names, it is signed by a key that the user trusts, and it is not older than the one
//! it replaces. Registries, mirrors and everything on the way are trusted with nothing but availability.
//!
//! This crate puts nothing into use: the updater's store does.

mod bundle;
mod error;
mod fetch;
mod keys;
mod manifest;
mod publish;
mod signature;
mod stored;

pub use bundle::{export, import};
pub use error::DistributionError;
pub use fetch::{Fetched, Outcome, Progress, Request, Way, fetch};
pub use keys::{KeyPair, MAX_KEY_BYTES, MAX_KEYS, SigningKey, TrustedKeys, generate};
pub use manifest::{
    ARTIFACT_TYPE, DELTA_TYPE, DbManifest, DeltaPart, MAX_DATABASE_BYTES, MAX_DELTAS,
    MAX_SIGNATURE_BYTES, MAX_SIGNATURES, SIGNATURE_TYPE,
};
pub use publish::{KEPT_DELTAS, Publication, Published, publish};
pub use signature::{Claim, Trust, split_signatures};
pub use stored::{load_signatures, store_signatures};
