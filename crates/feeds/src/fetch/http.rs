//! The HTTP client: TLS by rustls with `ring`, the system's certificates, proxies from the environment.

use std::{
    fmt, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::fmt::rfc2822;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{
        ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
        RANGE,
    },
    redirect::Policy,
};
use sha2::{Digest as _, Sha256};
use tokio::{fs, io::AsyncWriteExt, sync::OwnedSemaphorePermit, task, time};

use super::{
    Expected, Wanted,
    limits::{self, Hosts, LONGEST_PAUSE},
    part::{self, Part},
};
use crate::{FeedError, Validator};

/// Largest download, in bytes.
pub const MAX_DOWNLOAD: u64 = 2 << 30;

/// Largest page that is read into memory (listings of files), in bytes.
const MAX_PAGE: u64 = 4 << 20;

/// Tries for one file.
const TRIES: u32 = 5;

/// Tries for one file where each of them brought it further.
const MAX_RESUMES: u32 = 100;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Redirections that are followed for one file.
const MAX_REDIRECTS: usize = 10;

/// A server that sends nothing for so long is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Fetches files over HTTP. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    first_pause: Duration,
    max_download: u64,
    hosts: Hosts,
    progress: Option<Listener>,
}

/// How a download gets on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// A file begins; so many bytes are to come, where the server says so.
    Begins(Option<u64>),
    /// So many more bytes are there.
    Received(u64),
}

#[derive(Clone)]
struct Listener(Arc<dyn Fn(Progress) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// A server's answer, with a place among the requests to its host until it is dropped.
struct Answered {
    response: Response,
    _place: Option<OwnedSemaphorePermit>,
}

/// What a server said about a file.
#[derive(Debug)]
pub(super) enum Answer {
    /// There is none (only where it is optional).
    Missing,
    /// As the validator says.
    Same(Validator),
    /// A new one; it is in its place.
    New(Validator),
}

enum Failure {
    /// Worth another try, perhaps after the pause that the server asks for.
    Passing(String, Option<Duration>),
    /// There is no such file.
    NotFound(FeedError),
    Final(FeedError),
}

impl Http {
    /// A client with its connection pool.
    ///
    /// # Errors
    /// Where the TLS library cannot be set up.
    pub fn new() -> Result<Self, FeedError> {
        // Fails where a provider is already installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(Policy::limited(MAX_REDIRECTS))
            .build()
            .map_err(|e| FeedError::Http { url: "TLS set-up".into(), message: chain(&e) })?;
        Ok(Self {
            client,
            first_pause: Duration::from_secs(1),
            max_download: MAX_DOWNLOAD,
            hosts: Hosts::default(),
            progress: None,
        })
    }

    /// A client of the same connections and limits that tells how its downloads get on.
    #[must_use]
    pub fn with_progress(&self, listener: Arc<dyn Fn(Progress) + Send + Sync>) -> Self {
        Self { progress: Some(Listener(listener)), ..self.clone() }
    }

    fn tell(&self, progress: Progress) {
        if let Some(Listener(listener)) = &self.progress {
            listener(progress);
        }
    }

    /// The pause before the second try; it doubles with every further one.
    #[must_use]
    pub fn with_first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// Another limit than [`MAX_DOWNLOAD`].
    #[must_use]
    pub fn with_max_download(mut self, bytes: u64) -> Self {
        self.max_download = bytes;
        self
    }

    /// A small page as text.
    ///
    /// # Errors
    /// Where it cannot be had, or is larger than 4 MiB.
    pub async fn page(&self, url: &str) -> Result<String, FeedError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.page_once(url).await {
                Ok(text) => return Ok(text),
                Err(failure) => self.pause(url, failure, tries).await?,
            }
        }
    }

    /// A small page as text; `None` where the server has none.
    ///
    /// # Errors
    /// As [`Http::page`].
    pub async fn page_if_there(&self, url: &str) -> Result<Option<String>, FeedError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.page_once(url).await {
                Ok(text) => return Ok(Some(text)),
                Err(Failure::NotFound(_)) => return Ok(None),
                Err(failure) => self.pause(url, failure, tries).await?,
            }
        }
    }

    /// A file that is no feed's, into memory.
    ///
    /// # Errors
    /// Where it cannot be had, or has more than `limit` bytes.
    pub async fn bytes(&self, url: &str, limit: u64) -> Result<Vec<u8>, FeedError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.bytes_once(url, limit).await {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => self.pause(url, failure, tries).await?,
            }
        }
    }

    async fn page_once(&self, url: &str) -> Result<String, Failure> {
        let bytes = self.bytes_once(url, MAX_PAGE).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn bytes_once(&self, url: &str, limit: u64) -> Result<Vec<u8>, Failure> {
        let Answered { mut response, _place } = self.get(url, HeaderMap::new()).await?;
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(Failure::Final(too_large(url, limit)));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| passing(&e))? {
            if (bytes.len() + chunk.len()) as u64 > limit {
                return Err(Failure::Final(too_large(url, limit)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Downloads a file to `target` unless it is still what `known` says.
    pub(super) async fn download(
        &self,
        want: &Wanted,
        known: Option<&Validator>,
        target: &Path,
    ) -> Result<Answer, FeedError> {
        let part = Part::of(target, &want.url);
        let (mut tries, mut all) = (0, 0);
        loop {
            let before = part.begun().map_or(0, |(len, _)| len);
            tries += 1;
            all += 1;
            match self.download_once(want, known, target, &part).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => {
                    if matches!(failure, Failure::Final(_)) {
                        // Nothing to go on with, and on a full disk the room is needed.
                        let _ = part.discard();
                    }
                    if part.begun().map_or(0, |(len, _)| len) > before && all < MAX_RESUMES {
                        tries = 1;
                    }
                    self.pause(&want.url, failure, tries).await?;
                }
            }
        }
    }

    async fn download_once(
        &self,
        want: &Wanted,
        known: Option<&Validator>,
        target: &Path,
        part: &Part,
    ) -> Result<Answer, Failure> {
        let mut headers = HeaderMap::new();
        let begun = part.begun().filter(|(len, _)| *len <= self.max_download);
        let mut put = |name: HeaderName, value: Option<&String>| {
            if let Some(value) = value.and_then(|v| v.parse().ok()) {
                headers.insert(name, value);
            }
        };
        put(IF_NONE_MATCH, known.and_then(|k| k.etag.as_ref()));
        put(IF_MODIFIED_SINCE, known.and_then(|k| k.last_modified.as_ref()));
        if let Some((len, validator)) = &begun {
            put(RANGE, Some(&format!("bytes={len}-")));
            put(IF_RANGE, Some(validator));
        }
        let disk = |e: io::Error| Failure::Final(FeedError::io(target.display().to_string(), e));
        let Answered { mut response, _place } = match self.get(&want.url, headers).await {
            Err(Failure::NotFound(_)) if want.optional => return Ok(Answer::Missing),
            other => other?,
        };
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            part.discard().map_err(disk)?;
            return Err(Failure::Passing("the rest of the file cannot be had".into(), None));
        }
        if response.status() == StatusCode::NOT_MODIFIED {
            part.discard().map_err(disk)?;
            return known.cloned().map(Answer::Same).ok_or_else(|| {
                let message = "the server answers `not modified` to an unconditional request";
                Failure::Final(error(&want.url, message.to_owned()))
            });
        }
        let header = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (etag, last_modified) = (header(ETAG), header(LAST_MODIFIED));
        if response.content_length().is_some_and(|length| length > self.max_download) {
            return Err(Failure::Final(too_large(&want.url, self.max_download)));
        }
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).await.map_err(disk)?;
        let mut total = response.content_length();
        let partial = response.status() == StatusCode::PARTIAL_CONTENT;
        let (file, mut hash, mut size) = match begun.filter(|_| partial) {
            Some((len, _)) => {
                let range = part::content_range(response.headers());
                let Some((_, whole)) = range.filter(|(first, _)| *first == len) else {
                    part.discard().map_err(disk)?;
                    let message = "the server sent another part than the one asked for";
                    return Err(Failure::Passing(message.into(), None));
                };
                total = whole;
                let again = Part::of(target, &want.url);
                let resumed = task::spawn_blocking(move || again.resume(len)).await;
                let (file, hash) = resumed.map_err(|e| disk(io::Error::other(e)))?.map_err(disk)?;
                (file, hash, len)
            }
            None => {
                let file = part.restart(etag.as_deref(), last_modified.as_deref());
                (file.map_err(disk)?, Sha256::new(), 0)
            }
        };
        if total.is_some_and(|total| total > self.max_download) {
            return Err(Failure::Final(too_large(&want.url, self.max_download)));
        }
        self.tell(Progress::Begins(total.map(|total| total.saturating_sub(size))));
        let mut file = fs::File::from_std(file);
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => {
                    // What came so far is worth keeping.
                    file.flush().await.map_err(disk)?;
                    return Err(passing(&error));
                }
            };
            size = size.saturating_add(chunk.len() as u64);
            if size > self.max_download {
                return Err(Failure::Final(too_large(&want.url, self.max_download)));
            }
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(disk)?;
            self.tell(Progress::Received(chunk.len() as u64));
        }
        file.flush().await.map_err(disk)?;
        if let Some(total) = total.filter(|total| *total != size) {
            part.discard().map_err(disk)?;
            let message = format!("the server sent {size} bytes and had announced {total}");
            return Err(Failure::Passing(message, None));
        }
        let mut file = file.into_std().await;
        // Feeds that name no date of their own take the file's.
        if let Some(changed) = last_modified.as_deref().and_then(time_of) {
            file.set_modified(changed).map_err(disk)?;
        }
        let fingerprint = super::hex(hash);
        if let Expected::Sha256(digest) = &want.expected
            && *digest != fingerprint
        {
            // A mirror in the midst of an update serves the old manifest with the new file.
            part.discard().map_err(disk)?;
            let message = format!("the file has the SHA-256 {fingerprint} and not {digest}");
            return Err(Failure::Passing(message, None));
        }
        let same = known.is_some_and(|k| k.fingerprint == fingerprint);
        part.finish(target, &mut file).map_err(disk)?;
        let validator = Validator { etag, last_modified, fingerprint };
        Ok(if same { Answer::Same(validator) } else { Answer::New(validator) })
    }

    async fn get(&self, url: &str, headers: HeaderMap) -> Result<Answered, Failure> {
        let host = self.hosts.of(url);
        let place = host.place().await;
        let pause = host.pause();
        if pause > LONGEST_PAUSE {
            return Err(Failure::Final(limited(url, pause)));
        }
        time::sleep(pause).await;
        let answer = self.client.get(url).headers(headers).send().await;
        let response = answer.map_err(|e| {
            if e.is_builder() { Failure::Final(error(url, chain(&e))) } else { passing(&e) }
        })?;
        let status = response.status();
        if status.is_success()
            || matches!(status, StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE)
        {
            return Ok(Answered { response, _place: place });
        }
        let message = format!("the server answers {status}");
        let is_limited = limits::is_limited(status, response.headers());
        if is_limited || status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            let after = limits::asked_pause(response.headers(), SystemTime::now());
            if let Some(after) = after {
                host.leave_alone(after);
                if after > LONGEST_PAUSE {
                    return Err(Failure::Final(limited(url, after)));
                }
            }
            return Err(Failure::Passing(message, after));
        }
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            let url = without_secrets(url);
            return Err(Failure::NotFound(FeedError::Missing { url, message }));
        }
        Err(Failure::Final(error(url, message)))
    }

    async fn pause(&self, url: &str, failure: Failure, tries: u32) -> Result<(), FeedError> {
        match failure {
            Failure::Final(error) | Failure::NotFound(error) => Err(error),
            Failure::Passing(message, _) if tries >= TRIES => {
                Err(error(url, format!("{message} ({tries} tries)")))
            }
            Failure::Passing(_, after) => {
                let doubled = self.first_pause.saturating_mul(1 << (tries - 1).min(16));
                time::sleep(after.unwrap_or(doubled).min(LONGEST_PAUSE)).await;
                Ok(())
            }
        }
    }
}

/// `Wed, 20 Aug 2025 07:28:00 GMT`
fn time_of(text: &str) -> Option<SystemTime> {
    let seconds = rfc2822::parse(text).ok()?.timestamp().as_second();
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

fn passing(error: &reqwest::Error) -> Failure {
    Failure::Passing(chain(error), None)
}

fn limited(url: &str, pause: Duration) -> FeedError {
    FeedError::Limited { url: without_secrets(url), until: limits::end_of(pause) }
}

fn too_large(url: &str, limit: u64) -> FeedError {
    FeedError::TooLarge { place: without_secrets(url), limit, what: "bytes" }
}

fn error(url: &str, message: String) -> FeedError {
    FeedError::Http { url: without_secrets(url), message }
}

/// The address without user name, password and query, which may hold a token.
fn without_secrets(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "(not an address)".to_owned() };
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.to_string()
}

/// An error with its causes; reqwest's own text stops at "error sending request". The address is left out:
/// it may hold a token.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "timed out" } else { "the request failed" }.to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
