//! Why an image could not be had, in words that say what to do next.

use std::{fmt, io};

use plimsoll_model::Platform;

/// What went wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {message}{}", Advice(.advice.as_deref()))]
pub struct AcquireError {
    /// What sort of failure; decides exit codes and whether another source is worth asking.
    pub kind: AcquireErrorKind,
    /// The file, socket or address that was asked.
    pub place: String,
    /// What happened, a lower-case fragment.
    pub message: String,
    /// What the user can do, a lower-case fragment.
    pub advice: Option<String>,
    /// The error below, where there is one. Its text is already part of the message.
    #[source]
    pub source: Option<io::Error>,
}

struct Advice<'a>(Option<&'a str>);

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |advice| write!(f, " ({advice})"))
    }
}

/// Sorts of [`AcquireError`].
#[derive(Debug)]
pub enum AcquireErrorKind {
    /// No such file, image, tag or digest there.
    NotFound,
    /// Credentials are missing or not good enough.
    Unauthorized,
    /// Nobody answers: no socket, no route, no name, timeout.
    Unreachable,
    /// It is there in a form that is not supported (manifest schema 1, an artifact that is no image).
    Unsupported,
    /// It does not follow its format.
    Malformed,
    /// Its bytes do not have the digest that it is known by.
    DigestMismatch,
    /// The index has no image for the platform asked for.
    PlatformMissing {
        /// What it has.
        available: Vec<Platform>,
    },
    /// The text is no reference.
    BadReference,
    /// A named limit was passed.
    LimitReached,
    /// Reading failed.
    Io,
    /// Several sources were asked and none had it: what each one said, in the order of asking.
    NoSource {
        /// Scheme and answer.
        tried: Vec<(&'static str, AcquireError)>,
    },
}

impl AcquireError {
    /// An error without advice.
    #[must_use]
    pub fn new(
        kind: AcquireErrorKind,
        place: impl fmt::Display,
        message: impl Into<String>,
    ) -> Self {
        Self { kind, place: place.to_string(), message: message.into(), advice: None, source: None }
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// An I/O error, sorted by its kind.
    #[must_use]
    pub fn io(place: impl fmt::Display, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => AcquireErrorKind::NotFound,
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                AcquireErrorKind::Malformed
            }
            io::ErrorKind::FileTooLarge => AcquireErrorKind::LimitReached,
            io::ErrorKind::ConnectionRefused | io::ErrorKind::TimedOut => {
                AcquireErrorKind::Unreachable
            }
            _ => AcquireErrorKind::Io,
        };
        let message = error.to_string();
        Self { kind, place: place.to_string(), message, advice: None, source: Some(error) }
    }

    /// No source had `reference`; `tried` says what each answered.
    #[must_use]
    pub fn no_source(reference: &str, tried: Vec<(&'static str, AcquireError)>) -> Self {
        let mut message = String::from("no source has this image");
        for (scheme, error) in &tried {
            message.push_str(&format!("\n  {scheme}: {error}"));
        }
        Self::new(AcquireErrorKind::NoSource { tried }, reference, message)
    }
}
