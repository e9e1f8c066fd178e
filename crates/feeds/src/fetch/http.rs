//! The HTTP client: TLS by rustls with `ring`, the system's certificates, proxies from the environment.

use std::{
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use jiff::fmt::rfc2822;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED},
};
use sha2::{Digest as _, Sha256};
use tokio::{fs, io::AsyncWriteExt, time};

use super::{Expected, Wanted};
use crate::{FeedError, Validator};

/// Largest download, in bytes.
pub const MAX_DOWNLOAD: u64 = 2 << 30;

/// Largest page that is read into memory (listings of files), in bytes.
const MAX_PAGE: u64 = 4 << 20;

/// Tries for one file.
const TRIES: u32 = 5;

/// Longest pause between two tries, also where a server asks for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// A server that sends nothing for so long is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Fetches files over HTTP. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    first_pause: Duration,
    max_download: u64,
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
            .build()
            .map_err(|e| FeedError::Http { url: "TLS set-up".into(), message: chain(&e) })?;
        Ok(Self { client, first_pause: Duration::from_secs(1), max_download: MAX_DOWNLOAD })
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

    async fn page_once(&self, url: &str) -> Result<String, Failure> {
        let mut response = self.get(url, HeaderMap::new()).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| passing(&e))? {
            if (bytes.len() + chunk.len()) as u64 > MAX_PAGE {
                return Err(Failure::Final(too_large(url, MAX_PAGE)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Downloads a file to `target` unless it is still what `known` says.
    pub(super) async fn download(
        &self,
        want: &Wanted,
        known: Option<&Validator>,
        target: &Path,
    ) -> Result<Answer, FeedError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.download_once(want, known, target).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.pause(&want.url, failure, tries).await?,
            }
        }
    }

    async fn download_once(
        &self,
        want: &Wanted,
        known: Option<&Validator>,
        target: &Path,
    ) -> Result<Answer, Failure> {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName, value: Option<&String>| {
            if let Some(value) = value.and_then(|v| v.parse().ok()) {
                headers.insert(name, value);
            }
        };
        put(IF_NONE_MATCH, known.and_then(|k| k.etag.as_ref()));
        put(IF_MODIFIED_SINCE, known.and_then(|k| k.last_modified.as_ref()));
        let mut response = match self.get(&want.url, headers).await {
            Err(Failure::NotFound(_)) if want.optional => return Ok(Answer::Missing),
            other => other?,
        };
        if response.status() == StatusCode::NOT_MODIFIED {
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
        let disk = |e: io::Error| Failure::Final(FeedError::io(target.display().to_string(), e));
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).await.map_err(disk)?;
        // Beside its target, so that putting it in place is one rename.
        let part = tempfile::Builder::new().prefix(".part-").tempfile_in(folder).map_err(disk)?;
        let mut file = fs::File::from_std(part.as_file().try_clone().map_err(disk)?);
        let mut hash = Sha256::new();
        let mut size = 0u64;
        while let Some(chunk) = response.chunk().await.map_err(|e| passing(&e))? {
            size = size.saturating_add(chunk.len() as u64);
            if size > self.max_download {
                return Err(Failure::Final(too_large(&want.url, self.max_download)));
            }
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(disk)?;
        }
        file.flush().await.map_err(disk)?;
        file.sync_all().await.map_err(disk)?;
        // Feeds that name no date of their own take the file's.
        if let Some(changed) = last_modified.as_deref().and_then(time_of) {
            part.as_file().set_modified(changed).map_err(disk)?;
        }
        let fingerprint = super::hex(hash);
        if let Expected::Sha256(digest) = &want.expected
            && *digest != fingerprint
        {
            // A mirror in the midst of an update serves the old manifest with the new file.
            let message = format!("the file has the SHA-256 {fingerprint} and not {digest}");
            return Err(Failure::Passing(message, None));
        }
        let same = known.is_some_and(|k| k.fingerprint == fingerprint);
        part.persist(target).map_err(|e| disk(e.error))?;
        let validator = Validator { etag, last_modified, fingerprint };
        Ok(if same { Answer::Same(validator) } else { Answer::New(validator) })
    }

    async fn get(&self, url: &str, headers: HeaderMap) -> Result<Response, Failure> {
        let answer = self.client.get(url).headers(headers).send().await;
        let response = answer.map_err(|e| {
            if e.is_builder() { Failure::Final(error(url, chain(&e))) } else { passing(&e) }
        })?;
        let status = response.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(response);
        }
        let message = format!("the server answers {status}");
        if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            let after = response.headers().get("retry-after").and_then(|v| v.to_str().ok());
            let after = after.and_then(|v| v.trim().parse().ok()).map(Duration::from_secs);
            return Err(Failure::Passing(message, after));
        }
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Err(Failure::NotFound(error(url, message)));
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
