//! A blob on its way from the network to a thread that decompresses it.
//!
//! The transfer runs as a task of its own, ahead of the reader by at most [`STREAM_BUFFER_BYTES`]; a
//! transfer that breaks is taken up where it broke. Nothing is verified here: whoever reads wraps the
//! reader in a verifying one, which sees the bytes of all parts as one blob.

use std::{
    io::{self, Read},
    sync::{Arc, mpsc},
    time::Duration,
};

use bytes::Bytes;
use plimsoll_model::Digest;
use reqwest::{Response, StatusCode, header::CONTENT_RANGE};
use tokio::{runtime::Handle, sync::Semaphore, task::AbortHandle};

use super::{endpoint::Endpoint, options::RetryPolicy, retry, transport::Failure};
use crate::{AcquireError, AcquireErrorKind};

/// Most bytes that one stream holds between network and reader.
pub const STREAM_BUFFER_BYTES: usize = 4 << 20;

/// How long a reader waits for the next bytes. Longer than all patience of the transfer together: it only
/// ends when nothing drives the transfer any more.
const READER_PATIENCE: Duration = Duration::from_secs(900);

/// What is to be fetched.
pub(super) struct Blob {
    pub(super) digest: Digest,
    pub(super) size: Option<u64>,
    /// How many of its first bytes are here already.
    pub(super) from: u64,
    /// Who has it, the one to ask first at the front.
    pub(super) endpoints: Arc<[Arc<Endpoint>]>,
    pub(super) policy: RetryPolicy,
}

enum Part {
    Bytes(Bytes),
    End,
    Failed(io::Error),
}

/// Blocking reader of a transfer; dropping it cancels the transfer.
pub(super) struct BlobReader {
    parts: mpsc::Receiver<Part>,
    current: Bytes,
    room: Arc<Semaphore>,
    task: AbortHandle,
    ended: bool,
    failed: Option<(io::ErrorKind, String)>,
}

impl BlobReader {
    /// Starts the transfer on `runtime`.
    pub(super) fn start(blob: Blob, runtime: &Handle) -> Self {
        let (sender, parts) = mpsc::channel();
        let room = Arc::new(Semaphore::new(STREAM_BUFFER_BYTES));
        let out = Outlet { sender, room: room.clone() };
        let task = runtime.spawn(async move {
            let last = match (Transfer { delivered: blob.from, blob, out: &out }).run().await {
                Ok(()) => Part::End,
                Err(error) => Part::Failed(into_io(error)),
            };
            // Fails only where nobody reads any more.
            let _ = out.sender.send(last);
        });
        Self {
            parts,
            current: Bytes::new(),
            room,
            task: task.abort_handle(),
            ended: false,
            failed: None,
        }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() || self.ended {
            return Ok(0);
        }
        // Some decoders read on after an error; an end must not follow one.
        if let Some((kind, message)) = &self.failed {
            return Err(io::Error::new(*kind, message.clone()));
        }
        while self.current.is_empty() {
            match self.parts.recv_timeout(READER_PATIENCE) {
                Ok(Part::Bytes(bytes)) => self.current = bytes,
                Ok(Part::End) => {
                    self.ended = true;
                    return Ok(0);
                }
                Ok(Part::Failed(error)) => {
                    self.failed = Some((error.kind(), error.to_string()));
                    return Err(error);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let message = "the transfer stands still: is its runtime running?";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, message));
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("the transfer was cancelled"));
                }
            }
        }
        let got = self.current.len().min(buf.len());
        let taken = self.current.split_to(got);
        if let Some(target) = buf.get_mut(..got) {
            target.copy_from_slice(&taken);
        }
        self.room.add_permits(got);
        Ok(got)
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The side of the channel that the transfer writes to.
struct Outlet {
    sender: mpsc::Sender<Part>,
    room: Arc<Semaphore>,
}

impl Outlet {
    /// Waits for room. `false`: nobody reads any more.
    async fn push(&self, mut bytes: Bytes) -> bool {
        while !bytes.is_empty() {
            let part = bytes.split_to(bytes.len().min(STREAM_BUFFER_BYTES));
            let wanted = u32::try_from(part.len()).unwrap_or(u32::MAX);
            let Ok(permit) = self.room.acquire_many(wanted).await else { return false };
            permit.forget();
            if self.sender.send(Part::Bytes(part)).is_err() {
                return false;
            }
        }
        true
    }
}

struct Transfer<'a> {
    blob: Blob,
    out: &'a Outlet,
    delivered: u64,
}

/// How one part of a transfer ended.
enum Ended {
    Complete,
    /// The connection broke; worth taking up again.
    Broken(Failure),
    /// Nobody reads any more.
    Unwanted,
}

impl Transfer<'_> {
    async fn run(mut self) -> Result<(), AcquireError> {
        let endpoints = self.blob.endpoints.clone();
        let mut broken = 0;
        let mut place = 0;
        loop {
            let Some(endpoint) = endpoints.get(place) else {
                let message = "no place to fetch it from";
                return Err(AcquireError::new(
                    AcquireErrorKind::NotFound,
                    self.blob.digest,
                    message,
                ));
            };
            let tail = format!("blobs/{}", self.blob.digest);
            let from = Some(self.delivered).filter(|&delivered| delivered > 0);
            let response = match endpoint.get(&tail, &[], from).await {
                Ok(response) => response,
                // A mirror may have the manifest and not the blob.
                Err(_) if place + 1 < endpoints.len() => {
                    place += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let before = self.delivered;
            let failure = match self.pump(response).await {
                Ok(Ended::Complete | Ended::Unwanted) => return Ok(()),
                Ok(Ended::Broken(failure)) => failure,
                Err(failure) => return Err(failure.into_error(endpoint.shown())),
            };
            broken += 1;
            if broken > self.blob.policy.restarts {
                let message = format!(
                    "{} (broke {broken} times, {} bytes came)",
                    failure.message, self.delivered
                );
                return Err(AcquireError::new(
                    AcquireErrorKind::Unreachable,
                    format!("{}: {}", endpoint.shown(), self.blob.digest),
                    message,
                ));
            }
            // A transfer that moves on is taken up at once, one that does not waits longer each time.
            let round = if self.delivered > before { 0 } else { broken };
            tokio::time::sleep(retry::backoff(&self.blob.policy, round)).await;
        }
    }

    /// Passes a body on, without the bytes that the reader already has.
    async fn pump(&mut self, mut response: Response) -> Result<Ended, Failure> {
        let mut skip = match start_of(&response)? {
            start if start <= self.delivered => self.delivered - start,
            start => {
                return Err(Failure::new(
                    super::transport::FailureSort::Refused,
                    format!("asked for bytes from {}, got them from {start}", self.delivered),
                ));
            }
        };
        let says_length = response.content_length().is_some();
        loop {
            // One byte too many is passed on, for the verifying reader to refuse; more are not fetched.
            if self.blob.size.is_some_and(|size| self.delivered > size) {
                return Ok(Ended::Complete);
            }
            let mut bytes = match response.chunk().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                Err(error) => return Ok(Ended::Broken(error.into())),
            };
            let skipped = usize::try_from(skip).unwrap_or(usize::MAX).min(bytes.len());
            let _ = bytes.split_to(skipped);
            skip -= skipped as u64;
            let count = bytes.len() as u64;
            if !self.out.push(bytes).await {
                return Ok(Ended::Unwanted);
            }
            self.delivered += count;
        }
        // A body without a length ends where the connection does, also when it broke. One with a length
        // is what the server has; the verifying reader will say that it is too short.
        match self.blob.size {
            Some(size) if self.delivered < size && !says_length => {
                let message = format!("the body ended after {} of {size} bytes", self.delivered);
                Ok(Ended::Broken(Failure::new(super::transport::FailureSort::Broken, message)))
            }
            _ => Ok(Ended::Complete),
        }
    }
}

/// Where in the blob a body starts: 0 for a server that knows no ranges and sends all again.
fn start_of(response: &Response) -> Result<u64, Failure> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Ok(0);
    }
    response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok())
        .ok_or_else(|| {
            let message = "a part of the blob came without saying which";
            Failure::new(super::transport::FailureSort::Refused, message)
        })
}

fn into_io(error: AcquireError) -> io::Error {
    let kind = match error.kind {
        AcquireErrorKind::NotFound => io::ErrorKind::NotFound,
        AcquireErrorKind::Unauthorized => io::ErrorKind::PermissionDenied,
        AcquireErrorKind::Unreachable => io::ErrorKind::ConnectionAborted,
        AcquireErrorKind::LimitReached => io::ErrorKind::FileTooLarge,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}
