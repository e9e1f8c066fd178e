//! Writing to a repository: blobs, manifests, tags (OCI distribution specification, "Push").
//!
//! A blob that the registry has is not sent. One that it has not is sent whole; where the registry, or a proxy
//! before it, finds that too large, or the connection breaks on the way, it is sent in chunks and taken up
//! where it broke. What is pushed is decided by the caller.

use std::{
    io::{Read, Seek},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use plimsoll_model::Digest;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, RANGE},
};

use super::{
    CONTENT_DIGEST, Reference,
    auth::Access,
    endpoint::{Endpoint, Message},
    options::{RegistryOptions, RetryPolicy},
    retry,
    transport::{Payload, Transport, error_text},
};
use crate::{AcquireError, AcquireErrorKind, MAX_MANIFEST_BYTES, sha256};

/// Size of the chunks in which a blob is sent, where it is sent in chunks.
pub const DEFAULT_CHUNK_BYTES: u64 = 8 << 20;

/// Largest chunk that a registry can ask for: a chunk is held in memory.
pub const MAX_CHUNK_BYTES: u64 = 64 << 20;

/// How long a registry may take over a request that carries a whole blob: the time begins with the request.
const PUSH_SILENCE: Duration = Duration::from_secs(900);

/// The least size of a chunk that a registry takes (specification, "Pushing a blob in chunks").
const MIN_CHUNK_HEADER: &str = "oci-chunk-min-length";

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A repository that is written to.
pub struct Pusher {
    endpoint: Endpoint,
    policy: RetryPolicy,
    chunk: Option<u64>,
}

/// A blob to push.
#[derive(Clone, Debug)]
pub struct PushBlob {
    /// Its digest, which the registry verifies.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes.
    pub body: BlobBody,
}

/// Where the bytes of a blob are.
#[derive(Clone, Debug)]
pub enum BlobBody {
    /// In memory.
    Bytes(Bytes),
    /// In a file, all of it.
    File(PathBuf),
}

/// What became of a blob.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pushed {
    /// It was sent.
    Uploaded,
    /// The repository had it.
    AlreadyThere,
}

impl PushBlob {
    /// A small blob.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let (digest, size) = (sha256(&bytes), bytes.len() as u64);
        Self { digest, size, body: BlobBody::Bytes(bytes) }
    }
}

/// Why a try failed.
enum Trouble {
    /// Larger than what is taken at once.
    TooLarge(AcquireError),
    /// Worth another try.
    Again(AcquireError),
    Final(AcquireError),
}

impl From<AcquireError> for Trouble {
    fn from(error: AcquireError) -> Self {
        match error.kind {
            AcquireErrorKind::Unreachable => Self::Again(error),
            _ => Self::Final(error),
        }
    }
}

impl Pusher {
    /// The repository that `reference` names, with the same credentials as for pulling. Mirrors are never
    /// pushed to.
    ///
    /// # Errors
    /// Where the options cannot be used; nobody is asked yet.
    pub async fn new(
        reference: &Reference,
        options: &RegistryOptions,
    ) -> Result<Self, AcquireError> {
        let mut patient = options.clone();
        patient.retry.silence = patient.retry.silence.max(PUSH_SILENCE);
        let transport = Arc::new(Transport::new(&patient)?);
        let endpoint = Endpoint::registry(reference, &patient, &transport, Access::Push).await;
        Ok(Self { endpoint, policy: options.retry, chunk: None })
    }

    /// Sends every blob in chunks of this size, and not only those that cannot be sent whole.
    #[must_use]
    pub fn in_chunks(mut self, bytes: u64) -> Self {
        self.chunk = Some(bytes.clamp(1, MAX_CHUNK_BYTES));
        self
    }

    /// Whether the repository has a blob.
    ///
    /// # Errors
    /// Where the registry refuses or does not answer.
    pub async fn has_blob(&self, digest: &Digest) -> Result<bool, AcquireError> {
        let url = self.endpoint.address(&format!("blobs/{digest}")).await?;
        let response = self.send(Method::HEAD, url, HeaderMap::new(), Payload::None, true).await?;
        match response.status() {
            status if status.is_success() => Ok(true),
            // Storage that a HEAD is sent on to has the blob; whether it answers HEAD is another matter.
            status if status.is_redirection() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(self.endpoint.refusal(response).await),
        }
    }

    /// Pushes a blob.
    ///
    /// # Errors
    /// Where the registry refuses it, the bytes are not those of the digest, or the connection keeps breaking.
    pub async fn blob(&self, blob: &PushBlob) -> Result<Pushed, AcquireError> {
        if self.has_blob(&blob.digest).await? {
            return Ok(Pushed::AlreadyThere);
        }
        let mut chunk = self.chunk;
        let mut round = 0;
        loop {
            let outcome = match chunk {
                Some(chunk) => self.in_parts(blob, chunk).await,
                None => self.whole(blob).await,
            };
            let error = match outcome {
                Ok(()) => return Ok(Pushed::Uploaded),
                Err(Trouble::TooLarge(_)) if chunk.is_none() => {
                    chunk = Some(DEFAULT_CHUNK_BYTES);
                    continue;
                }
                Err(Trouble::TooLarge(error) | Trouble::Final(error)) => return Err(error),
                Err(Trouble::Again(error)) => error,
            };
            round += 1;
            if round >= self.policy.attempts {
                return Err(error);
            }
            if blob.size > DEFAULT_CHUNK_BYTES {
                chunk = chunk.or(Some(DEFAULT_CHUNK_BYTES));
            }
            tokio::time::sleep(retry::backoff(&self.policy, round)).await;
            // The answer may have been lost, not the blob.
            if self.has_blob(&blob.digest).await? {
                return Ok(Pushed::Uploaded);
            }
        }
    }

    /// Puts a manifest in place, under a tag or (`None`) under its digest alone, which is returned.
    ///
    /// # Errors
    /// Where the registry refuses it, or says that it took something else.
    pub async fn manifest(
        &self,
        media_type: &str,
        bytes: impl Into<Bytes>,
        tag: Option<&str>,
    ) -> Result<Digest, AcquireError> {
        let bytes: Bytes = bytes.into();
        let place = self.endpoint.place();
        if bytes.len() as u64 > MAX_MANIFEST_BYTES {
            let message = format!("a manifest of {} bytes is too large", bytes.len());
            return Err(AcquireError::new(AcquireErrorKind::LimitReached, place, message));
        }
        let digest = sha256(&bytes);
        let name = tag.map_or_else(|| digest.to_string(), str::to_owned);
        let url = self.endpoint.address(&format!("manifests/{name}")).await?;
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_str(media_type).map_err(|error| {
            AcquireError::new(AcquireErrorKind::BadReference, &place, error.to_string())
        })?;
        headers.insert(CONTENT_TYPE, kind);
        let response = self.send(Method::PUT, url, headers, Payload::Bytes(bytes), true).await?;
        if !response.status().is_success() {
            return Err(self.endpoint.refusal(response).await);
        }
        let said = response.headers().get(CONTENT_DIGEST).and_then(|value| value.to_str().ok());
        match said.filter(|said| said.starts_with("sha256:") && *said != digest.to_string()) {
            None => Ok(digest),
            Some(said) => {
                let said = plimsoll_model::CappedText(said.as_bytes(), 80);
                let message = format!("sent the manifest {digest}, the registry stored {said}");
                Err(AcquireError::new(AcquireErrorKind::DigestMismatch, place, message))
            }
        }
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        payload: Payload,
        retried: bool,
    ) -> Result<Response, AcquireError> {
        let attempts = if retried { self.policy.attempts } else { 1 };
        let policy = RetryPolicy { attempts, ..self.policy };
        self.endpoint.exchange(&Message { method, url, headers, payload }, &policy).await
    }

    /// Begins an upload: its address, and the least size of a chunk.
    async fn begin(&self) -> Result<(Url, u64), Trouble> {
        let url = self.endpoint.address("blobs/uploads/").await?;
        // Some servers want to be told that there is no body.
        let payload = Payload::Bytes(Bytes::new());
        let response = self.send(Method::POST, url, HeaderMap::new(), payload, true).await?;
        if response.status() != StatusCode::ACCEPTED {
            return Err(self.trouble(response).await);
        }
        let least = response
            .headers()
            .get(MIN_CHUNK_HEADER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .unwrap_or(0);
        Ok((self.endpoint.follow(&response)?, least))
    }

    async fn whole(&self, blob: &PushBlob) -> Result<(), Trouble> {
        let (url, _) = self.begin().await?;
        let payload = match &blob.body {
            BlobBody::Bytes(bytes) => Payload::Bytes(bytes.clone()),
            BlobBody::File(path) => Payload::File(path.clone(), blob.size),
        };
        self.finish(url, blob, payload).await
    }

    /// Ends an upload with the rest of its bytes.
    async fn finish(&self, mut url: Url, blob: &PushBlob, rest: Payload) -> Result<(), Trouble> {
        url.query_pairs_mut().append_pair("digest", &blob.digest.to_string());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, OCTETS);
        let response = self.send(Method::PUT, url, headers, rest, false).await?;
        if response.status().is_success() { Ok(()) } else { Err(self.trouble(response).await) }
    }

    async fn in_parts(&self, blob: &PushBlob, chunk: u64) -> Result<(), Trouble> {
        let (mut url, least) = self.begin().await?;
        if least > MAX_CHUNK_BYTES {
            let message = format!(
                "takes no chunks below {least} bytes, more than the limit of {MAX_CHUNK_BYTES}"
            );
            let kind = AcquireErrorKind::LimitReached;
            return Err(Trouble::Final(AcquireError::new(kind, self.endpoint.place(), message)));
        }
        let chunk = chunk.max(least);
        let mut sent = 0;
        let mut broken = 0;
        while sent < blob.size {
            let part = self.part(blob, sent, chunk)?;
            let end = sent + part.len() as u64;
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, OCTETS);
            if let Ok(range) = HeaderValue::from_str(&format!("{sent}-{}", end - 1)) {
                headers.insert(CONTENT_RANGE, range);
            }
            let payload = Payload::Bytes(part);
            let failed = match self.send(Method::PATCH, url.clone(), headers, payload, false).await
            {
                Ok(response) if response.status().is_success() => {
                    if let Ok(next) = self.endpoint.follow(&response) {
                        url = next;
                    }
                    // It may have kept a part; what else it says is not believed after a success.
                    let kept = received(&response).filter(|kept| *kept > sent && *kept < end);
                    sent = kept.unwrap_or(end);
                    continue;
                }
                Ok(response) => match self.trouble(response).await {
                    Trouble::Again(error) => error,
                    other => return Err(other),
                },
                Err(error) => match Trouble::from(error) {
                    Trouble::Again(error) => error,
                    other => return Err(other),
                },
            };
            broken += 1;
            if broken > self.policy.restarts {
                return Err(Trouble::Again(failed));
            }
            tokio::time::sleep(retry::backoff(&self.policy, broken)).await;
            let Some((place, next)) = self.place_of_upload(&url).await? else {
                // The registry has forgotten the upload.
                return Err(Trouble::Again(failed));
            };
            if place > blob.size {
                return Err(Trouble::Again(failed));
            }
            (sent, url) = (place, next);
        }
        self.finish(url, blob, Payload::Bytes(Bytes::new())).await
    }

    /// How many bytes of an upload the registry has, and where it goes on.
    async fn place_of_upload(&self, url: &Url) -> Result<Option<(u64, Url)>, Trouble> {
        let response =
            self.send(Method::GET, url.clone(), HeaderMap::new(), Payload::None, true).await?;
        if !response.status().is_success() {
            return Ok(None);
        }
        let next = self.endpoint.follow(&response).unwrap_or_else(|_| url.clone());
        Ok(Some((received(&response).unwrap_or(0), next)))
    }

    fn part(&self, blob: &PushBlob, from: u64, chunk: u64) -> Result<Bytes, Trouble> {
        let end = from.saturating_add(chunk).min(blob.size);
        let changed = |message: String| {
            let place = self.endpoint.place();
            Trouble::Final(AcquireError::new(AcquireErrorKind::Io, place, message))
        };
        let part = match &blob.body {
            BlobBody::Bytes(bytes) => {
                let range = usize::try_from(from).ok().zip(usize::try_from(end).ok());
                let part = range.and_then(|(from, end)| bytes.get(from..end));
                part.map(Bytes::copy_from_slice).unwrap_or_default()
            }
            BlobBody::File(path) => {
                let read = || {
                    let mut file = std::fs::File::open(path)?;
                    file.seek(std::io::SeekFrom::Start(from))?;
                    let mut part = Vec::new();
                    file.take(end - from).read_to_end(&mut part)?;
                    Ok(part)
                };
                let part: std::io::Result<Vec<u8>> = read();
                part.map_err(|error| changed(format!("{}: {error}", path.display())))?.into()
            }
        };
        if part.len() as u64 == end - from {
            Ok(part)
        } else {
            Err(changed("the bytes to be pushed are fewer than their size says".to_owned()))
        }
    }

    async fn trouble(&self, response: Response) -> Trouble {
        let status = response.status();
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            let said = error_text(response).await;
            let message = format!("the registry finds it too large: {said}");
            let kind = AcquireErrorKind::LimitReached;
            return Trouble::TooLarge(AcquireError::new(kind, self.endpoint.place(), message));
        }
        let again = matches!(status.as_u16(), 400 | 404 | 408 | 416 | 429 | 500..=599);
        let error = self.endpoint.refusal(response).await;
        if again { Trouble::Again(error) } else { Trouble::Final(error) }
    }
}

/// How many bytes the registry says it has: `Range: 0-99` are 100. docker-registry writes `0-0` for nothing and for
/// one byte alike.
fn received(response: &Response) -> Option<u64> {
    let text = response.headers().get(RANGE)?.to_str().ok()?;
    let (start, end) = text.trim().trim_start_matches("bytes=").split_once('-')?;
    let end: u64 = end.trim().parse().ok()?;
    match (start.trim(), end) {
        ("0", 0) => Some(0),
        ("0", end) => end.checked_add(1),
        _ => None,
    }
}
