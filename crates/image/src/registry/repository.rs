//! Reading a repository without taking what is in it for images.

use std::{io::Read, sync::Arc};

use plimsoll_model::Digest;
use tokio::runtime::Handle;

use super::{
    Reference,
    download::{Blob, BlobReader},
    endpoint::Endpoint,
    find,
    options::{RegistryOptions, RetryPolicy},
};
use crate::AcquireError;

/// A manifest as it is stored. Its digest is that of its bytes.
#[derive(Clone, Debug)]
pub struct ManifestBytes {
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// What the registry calls it; empty where that is no type that we know.
    pub media_type: String,
    /// The document.
    pub bytes: Vec<u8>,
}

/// A repository that has answered.
pub struct Repository {
    endpoints: Arc<[Arc<Endpoint>]>,
    policy: RetryPolicy,
    runtime: Handle,
}

impl Repository {
    /// Asks the mirrors and then the registry for the manifest that `reference` names.
    ///
    /// # Errors
    /// Where nobody has it, it is too large, or it is not what its digest names.
    pub async fn open(
        reference: &Reference,
        options: &RegistryOptions,
    ) -> Result<(Self, ManifestBytes), AcquireError> {
        let (store, top) = find(reference, options).await?;
        let repository =
            Self { endpoints: store.endpoints, policy: options.retry, runtime: Handle::current() };
        let manifest =
            ManifestBytes { digest: top.digest, media_type: top.media_type, bytes: top.bytes };
        Ok((repository, manifest))
    }

    /// A blob's bytes from the place `from` on, taken up again where the connection breaks. Nothing is verified:
    /// the caller knows the bytes before. Blocking; must not be read on an async executor's thread.
    #[must_use]
    pub fn blob(&self, digest: Digest, size: Option<u64>, from: u64) -> Box<dyn Read + Send> {
        if size == Some(from) {
            // A range that begins at the end is an error to a server.
            return Box::new(std::io::empty());
        }
        let blob =
            Blob { digest, size, from, endpoints: self.endpoints.clone(), policy: self.policy };
        Box::new(BlobReader::start(blob, &self.runtime))
    }
}
