//! Images in a registry, over the OCI distribution API.
//!
//! Asks only what it needs, writes only what [`Pusher`] is told to, and believes nothing: every manifest and blob is checked against
//! the digest it is asked for by. `oci-client` is not used because it can neither show a client
//! certificate nor retry nor resume, reads answers of any size into memory, and sends a password to
//! whatever token server a registry names; none of this can be added from outside.

mod auth;
mod challenge;
mod credentials;
mod download;
mod endpoint;
mod options;
mod push;
mod reference;
mod repository;
mod retry;
pub(crate) mod tls;
mod transport;

use std::{
    io::{self, Read},
    sync::Arc,
};

use async_trait::async_trait;
use auth::Access;
pub use challenge::{Challenge, parse_challenges};
pub use download::STREAM_BUFFER_BYTES;
use download::{Blob, BlobReader};
use endpoint::Endpoint;
pub use options::{
    ClientCertificate, Credentials, Environment, Mirror, MirrorError, ProxyChoice, RegistryOptions,
    RetryPolicy,
};
use plimsoll_model::{Digest, ImageManifest, LayerDesc, LayerKind, Problem};
pub use push::{BlobBody, DEFAULT_CHUNK_BYTES, MAX_CHUNK_BYTES, PushBlob, Pushed, Pusher};
pub use reference::{DEFAULT_TAG, DOCKER_HUB, Reference, ReferenceError};
pub use repository::{ManifestBytes, Repository};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use tokio::runtime::Handle;
use transport::{Failure, FailureSort, Transport, read_body};

use crate::{
    AcquireError, AcquireErrorKind, BlobFetch, Descriptor, Image, ImageSource, MAX_MANIFEST_BYTES,
    OpenOptions, layer_stream, media, resolve, sha256,
};

/// Header in which a registry says which manifest it serves for a tag.
const CONTENT_DIGEST: &str = "docker-content-digest";

/// What we can read. Schema 1 is not asked for; a registry that has nothing else sends it all the same.
const MANIFEST_TYPES: [&str; 4] =
    [media::OCI_INDEX, media::DOCKER_LIST, media::OCI_MANIFEST, media::DOCKER_MANIFEST];

/// The source `registry:`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegistrySource;

#[async_trait]
impl ImageSource for RegistrySource {
    fn scheme(&self) -> &'static str {
        "registry"
    }

    async fn open(
        &self,
        text: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let reference: Reference = text.parse().map_err(|error: ReferenceError| {
            AcquireError::new(AcquireErrorKind::BadReference, text, error.to_string())
                .advice("expected [host[:port]/]repository[:tag][@digest]")
        })?;
        let (store, top) = find(&reference, &options.registry).await?;
        let root = Descriptor {
            media_type: top.media_type.clone(),
            ..Descriptor::new("", top.digest, Some(top.bytes.len() as u64))
        };
        let top_digest = top.digest;
        let store = Store { top, ..store };
        let resolved = resolve(&store, root, &options.platform).await?;
        let (mut manifest, problems) = resolved.into_manifest(text, self.scheme());
        if reference.tag().is_some() || reference.digest().is_none() {
            let tag = reference.tag().unwrap_or(DEFAULT_TAG);
            manifest.tags.push(format!("{}:{tag}", reference.name()));
        }
        manifest.repo_digests.push(format!("{}@{top_digest}", reference.name()));
        let warnings = options
            .registry
            .insecure
            .then(|| {
                format!(
                    "talked to {} without checking its certificate, or without encryption",
                    reference.host()
                )
            })
            .into_iter()
            .collect();
        Ok(Box::new(RegistryImage {
            manifest,
            problems,
            warnings,
            endpoints: store.endpoints,
            policy: options.registry.retry,
            runtime: Handle::current(),
        }))
    }
}

/// The manifest or index that a reference names.
struct Top {
    digest: Digest,
    media_type: String,
    bytes: Vec<u8>,
}

/// Who has an image's blobs, and the manifest that is already here.
struct Store {
    place: String,
    endpoints: Arc<[Arc<Endpoint>]>,
    policy: RetryPolicy,
    top: Top,
}

/// Asks the mirrors and then the registry for the reference's manifest. The one that has it comes first
/// in the store, those after it follow: they may have to help out with blobs.
async fn find(
    reference: &Reference,
    options: &RegistryOptions,
) -> Result<(Store, Top), AcquireError> {
    let transport = Arc::new(Transport::new(options)?);
    let mut endpoints = Vec::new();
    for mirror in &options.mirrors {
        if mirror.registry == "*" || mirror.registry == reference.host() {
            endpoints.push(Endpoint::mirror(mirror, reference, options, &transport).await?);
        }
    }
    endpoints.push(Endpoint::registry(reference, options, &transport, Access::Pull).await);
    let endpoints: Vec<_> = endpoints.into_iter().map(Arc::new).collect();
    let mut failed: Vec<AcquireError> = Vec::new();
    for (at, endpoint) in endpoints.iter().enumerate() {
        match top(endpoint, reference, &options.retry).await {
            Ok(top) => {
                let store = Store {
                    place: reference.to_string(),
                    endpoints: endpoints.iter().skip(at).cloned().collect(),
                    policy: options.retry,
                    top: Top { digest: top.digest, media_type: String::new(), bytes: Vec::new() },
                };
                return Ok((store, top));
            }
            Err(error) => failed.push(error),
        }
    }
    // The registry's own answer is the one that counts; the mirrors' are told with it.
    let Some(mut error) = failed.pop() else {
        return Err(AcquireError::new(AcquireErrorKind::NotFound, reference, "nobody was asked"));
    };
    for mirror in &failed {
        error.message.push_str(&format!("; mirror {mirror}"));
    }
    Err(error)
}

async fn top(
    endpoint: &Endpoint,
    reference: &Reference,
    policy: &RetryPolicy,
) -> Result<Top, AcquireError> {
    let place = format!("{}/{}", endpoint.shown(), reference.repository());
    let tail = format!("manifests/{}", reference.selector());
    let (headers, bytes) =
        get_whole(endpoint, &tail, &MANIFEST_TYPES, (None, MAX_MANIFEST_BYTES), policy).await?;
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .unwrap_or_default();
    // Before the digest: that of a signed schema 1 manifest is not that of its bytes.
    if media::DOCKER_SCHEMA1.contains(&media_type.as_str()) {
        let message = "the registry has this image only as a Docker schema 1 manifest";
        return Err(AcquireError::new(AcquireErrorKind::Unsupported, place, message).advice(
            "schema 1 was given up in 2017; pull the image with an old Docker and push it again",
        ));
    }
    let digest = sha256(&bytes);
    let said = headers.get(CONTENT_DIGEST).and_then(|value| value.to_str().ok());
    let mismatch = |wanted: String| {
        let message = format!("asked for {wanted}, got a manifest with the digest {digest}");
        AcquireError::new(AcquireErrorKind::DigestMismatch, &place, message)
            .advice("the registry, a proxy or a mirror serves something else than was asked for")
    };
    if let Some(wanted) = reference.digest().filter(|wanted| *wanted != digest) {
        return Err(mismatch(wanted.to_string()));
    }
    if let Some(wanted) = said.filter(|said| said.starts_with("sha256:"))
        && wanted != digest.to_string()
    {
        return Err(mismatch(plimsoll_model::CappedText(wanted.as_bytes(), 80).to_string()));
    }
    // Some registries send a general type; then the document itself must say what it is.
    let media_type =
        if MANIFEST_TYPES.contains(&media_type.as_str()) { media_type } else { String::new() };
    Ok(Top { digest, media_type, bytes })
}

/// Reads a small blob whole (its size, where it is known, and the limit), again from the start where the
/// connection breaks.
async fn get_whole(
    endpoint: &Endpoint,
    tail: &str,
    accept: &[&str],
    (size, limit): (Option<u64>, u64),
    policy: &RetryPolicy,
) -> Result<(HeaderMap, Vec<u8>), AcquireError> {
    let mut round = 0;
    loop {
        let response = endpoint.get(tail, accept, None).await?;
        let headers = response.headers().clone();
        let expected = size.filter(|_| response.content_length().is_none());
        let failure: Failure = match read_body(response, limit).await {
            // A body without a length ends where the connection does, also when it broke.
            Ok(bytes) if expected.is_some_and(|size| (bytes.len() as u64) < size) => {
                let message = format!("the body ended after {} bytes", bytes.len());
                Failure::new(FailureSort::Broken, message)
            }
            Ok(bytes) => return Ok((headers, bytes)),
            Err(failure) => failure,
        };
        round += 1;
        if failure.sort != FailureSort::Broken || round >= policy.attempts {
            return Err(failure.into_error(endpoint.shown()));
        }
        tokio::time::sleep(retry::backoff(policy, round)).await;
    }
}

#[async_trait]
impl BlobFetch for Store {
    fn place(&self) -> String {
        self.place.clone()
    }

    async fn fetch(&self, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, AcquireError> {
        let Some(digest) = blob.digest else {
            let message = "a blob without a SHA-256 digest cannot be asked for";
            return Err(AcquireError::new(AcquireErrorKind::Malformed, &self.place, message));
        };
        if digest == self.top.digest {
            return Ok(self.top.bytes.clone());
        }
        let is_manifest = MANIFEST_TYPES.contains(&blob.media_type.as_str())
            || media::DOCKER_SCHEMA1.contains(&blob.media_type.as_str())
            || blob.media_type.is_empty();
        let (tail, accept): (_, &[&str]) = if is_manifest {
            (format!("manifests/{digest}"), &MANIFEST_TYPES)
        } else {
            (format!("blobs/{digest}"), &[])
        };
        let mut last = None;
        for endpoint in self.endpoints.iter() {
            match get_whole(endpoint, &tail, accept, (blob.size, limit), &self.policy).await {
                Ok((_, bytes)) => return Ok(bytes),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| {
            AcquireError::new(AcquireErrorKind::NotFound, &self.place, "nobody was asked")
        }))
    }
}

/// An image whose layers are fetched when they are read.
struct RegistryImage {
    manifest: ImageManifest,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    endpoints: Arc<[Arc<Endpoint>]>,
    policy: RetryPolicy,
    runtime: Handle,
}

impl Image for RegistryImage {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        if let LayerKind::Foreign(_) = layer.kind {
            let message = "a foreign layer: its bytes are not in the registry";
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        let digest = layer.blob.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the layer has no digest to ask for")
        })?;
        let blob = Blob {
            digest,
            size: layer.size,
            from: 0,
            endpoints: self.endpoints.clone(),
            policy: self.policy,
        };
        layer_stream(BlobReader::start(blob, &self.runtime), layer)
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
