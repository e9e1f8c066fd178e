//! The interface of a feed and the plain types around it.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_model::{Advisory, Knowledge};
use serde::{Deserialize, Serialize};

use crate::{
    Stats,
    fetch::{self, Http},
};

/// Stable name of a feed: `alpine-secdb`, `debian-tracker` … It is [`Advisory::feed`].
pub type FeedId = &'static str;

/// What a feed is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FeedMeta {
    /// Stable name.
    pub id: FeedId,
    /// Name for people.
    pub title: &'static str,
    /// Where its makers describe it.
    pub homepage: &'static str,
    /// Licence of the data, as far as its makers state one.
    pub licence: &'static str,
    /// Where its files are by default. Empty where it has no download of its own.
    pub upstream: &'static [Upstream],
}

/// One file of a feed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Upstream {
    /// Its address.
    pub url: &'static str,
    /// Its path below the feed's folder, and below a mirror's address.
    pub file: &'static str,
}

/// Where a feed's data is taken from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// A file or folder of this machine; read where it is, never copied or changed.
    Local(PathBuf),
    /// A mirror: an address that ends in `/` stands for a folder with the upstream's file names below it,
    /// any other address for the one file.
    Mirror(String),
    /// The feed's own addresses.
    Upstream,
}

impl Origin {
    /// Reads what a user wrote: an `http(s)` address or a path.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("https://") || text.starts_with("http://") {
            Origin::Mirror(text.to_owned())
        } else {
            Origin::Local(PathBuf::from(text))
        }
    }
}

/// What was there at the last fetch, by address or local path. Kept by the caller, handed back at the next
/// fetch; a cursor of another version of a feed does no harm, it only costs a download.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cursor(pub BTreeMap<String, Validator>);

/// What identifies one version of one file.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Validator {
    /// HTTP `ETag`.
    pub etag: Option<String>,
    /// HTTP `Last-Modified`.
    pub last_modified: Option<String>,
    /// SHA-256 of its bytes, or of a folder's names, sizes and times of change.
    pub fingerprint: String,
}

/// The result of a fetch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetched {
    /// What to hand to [`Feed::parse`].
    pub path: PathBuf,
    /// Whether it differs from what the cursor remembers.
    pub changed: bool,
    /// To remember for the next fetch.
    pub cursor: Cursor,
}

/// Why a feed could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A file could not be read.
    #[error("{place}: {source}")]
    Io {
        /// Which.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// A file as a whole does not follow its format.
    #[error("{place}: {message}")]
    Malformed {
        /// Which, with the line or offset where it is known.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A limit was reached.
    #[error("{place}: more than the limit of {limit} {what}")]
    TooLarge {
        /// Where.
        place: String,
        /// The limit.
        limit: u64,
        /// Of what.
        what: &'static str,
    },
    /// There is nothing in it: the wrong file, or an empty answer.
    #[error("{feed}: no record in {place}")]
    Empty {
        /// The feed.
        feed: FeedId,
        /// Its input.
        place: String,
    },
    /// So many records are bad that the rest cannot be trusted.
    #[error("{feed}: {bad} of {total} records are bad, the first at {first}")]
    TooManyBad {
        /// The feed.
        feed: FeedId,
        /// Bad records.
        bad: u64,
        /// All records.
        total: u64,
        /// Place and fault of the first one.
        first: String,
    },
    /// A server said no, or could not be reached, after all retries.
    #[error("{url}: {message}")]
    Http {
        /// The address, without credentials.
        url: String,
        /// What happened.
        message: String,
    },
    /// A server has no such file.
    #[error("{url}: {message}")]
    Missing {
        /// The address, without credentials.
        url: String,
        /// What the server says.
        message: String,
    },
    /// A server wants to be left alone for longer than a fetch waits.
    #[error("{url}: the server wants to be asked again after {until}")]
    Limited {
        /// The address, without credentials.
        url: String,
        /// When it may be asked again.
        until: Timestamp,
    },
    /// The feed has no download of its own.
    #[error("{feed} has no download of its own: {hint}")]
    NoUpstream {
        /// The feed.
        feed: FeedId,
        /// What to do instead.
        hint: &'static str,
    },
}

impl FeedError {
    /// An I/O error at a place.
    pub fn io(place: impl Into<String>, source: io::Error) -> Self {
        Self::Io { place: place.into(), source }
    }

    /// A file whose content does not follow its format.
    pub fn malformed(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Malformed { place: place.into(), message: message.into() }
    }
}

/// Feeds whose format has no place for a flaw that nobody has fixed.
const FIXED_ONLY: &[FeedId] = &[
    "alinux-oval",
    "almalinux-errata",
    "almalinux-osv",
    "alpine-secdb",
    "amazon-alas",
    "anolis-oval",
    "bottlerocket-updateinfo",
    "centos-updateinfo",
    "chainguard-secdb",
    "debian-elts",
    "debian-lists",
    "fedora-updateinfo",
    "openeuler-cvrf",
    "oracle-oval",
    "photon-oval",
    "rocky-updateinfo",
    "wolfi-secdb",
];
/// Feeds that name no packages.
const RATINGS_ONLY: &[FeedId] = &["cisa-kev", "eol-dates", "epss", "malware-hashes", "nvd-scores"];

/// Feeds whose own address asks for a key (abuse.ch does since June 2025): an update without one would fail on them each
/// time.
const BY_REQUEST: &[FeedId] = &["malware-hashes"];

/// A source of advisories.
#[async_trait]
pub trait Feed: Send + Sync {
    /// What it is.
    fn meta(&self) -> &'static FeedMeta;

    /// Its stable name.
    fn id(&self) -> FeedId {
        self.meta().id
    }

    /// Which flaws of packages it can know.
    fn knows(&self) -> Knowledge {
        match self.id() {
            id if FIXED_ONLY.contains(&id) => Knowledge::FixedOnly,
            id if RATINGS_ONLY.contains(&id) => Knowledge::RatingsOnly,
            _ => Knowledge::AllStates,
        }
    }

    /// Whether its own address is asked only where somebody names the feed.
    fn is_by_request(&self) -> bool {
        BY_REQUEST.contains(&self.id())
    }

    /// Brings the feed's files into `dir/<id>` (a local origin stays where it is) and says whether they
    /// changed since `since`. Every file appears whole or not at all.
    ///
    /// # Errors
    /// Where the origin cannot be read or reached.
    async fn fetch(
        &self,
        http: &Http,
        origin: &Origin,
        since: Option<&Cursor>,
        dir: &Path,
    ) -> Result<Fetched, FeedError> {
        fetch::fetch(self.meta(), http, origin, since, dir).await
    }

    /// Reads a file, folder or archive and hands over its advisories one by one; memory stays bounded
    /// however large the input is. A bad record is counted and named in the result.
    ///
    /// # Errors
    /// Where the feed is broken as a whole.
    fn parse(&self, input: &Path, out: &mut dyn FnMut(Advisory)) -> Result<Stats, FeedError>;
}
