//! What a user types for an image in a registry, in the grammar that Docker defined and everyone kept
//! (`distribution/reference`): `[host[:port]/]path[:tag][@digest]`, where a first part without a dot,
//! a port or the name `localhost` is not a host but belongs to the path on Docker Hub.
//!
//! No network, no configuration: short-name aliases and search lists are deliberately not consulted,
//! because what is scanned must not depend on the machine.

use std::{fmt, str::FromStr};

use plimsoll_model::Digest;

/// Host of the registry that names without a host mean.
pub const DOCKER_HUB: &str = "docker.io";

/// Where Docker Hub's API really answers.
const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// The tag that is meant when neither tag nor digest is named.
pub const DEFAULT_TAG: &str = "latest";

/// Longest repository name with its host (`reference.NameTotalLengthMax`).
const MAX_NAME_BYTES: usize = 255;

/// Longest tag.
const MAX_TAG_BYTES: usize = 128;

/// Longest text looked at: name, tag and digest with their separators.
const MAX_REFERENCE_BYTES: usize = MAX_NAME_BYTES + MAX_TAG_BYTES + 160;

/// An image in a registry.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Reference {
    host: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text names no image in a registry.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing there.
    #[error("the reference is empty")]
    Empty,
    /// Past the longest reference that a registry can hold.
    #[error("the reference is longer than a name of {MAX_NAME_BYTES} and a tag of {MAX_TAG_BYTES}")]
    TooLong,
    /// The host part is no host name or address with an optional port.
    #[error("`{0}` is not a registry host")]
    Host(String),
    /// The repository breaks the naming rule.
    #[error(
        "`{0}` is not a repository name (lower-case letters and digits, single `.`, `_`, `__` or \
         dashes between them, parts divided by `/`)"
    )]
    Repository(String),
    /// The tag breaks the naming rule.
    #[error("`{0}` is not a tag (letters, digits, `_`, `.` and `-`, at most {MAX_TAG_BYTES})")]
    Tag(String),
    /// The part after `@` is no digest that is supported.
    #[error(transparent)]
    Digest(#[from] plimsoll_model::DigestError),
}

impl Reference {
    /// The registry as people write it: `docker.io`, `ghcr.io`, `localhost:5000`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host (and port) that its API answers on.
    #[must_use]
    pub fn api_host(&self) -> &str {
        if self.host == DOCKER_HUB { DOCKER_HUB_API } else { &self.host }
    }

    /// The repository, `library/` included.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is named.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is named; it outranks the tag.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Last part of a manifest's address: the digest, else the tag, else `latest`.
    #[must_use]
    pub fn selector(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => DEFAULT_TAG.into(),
        }
    }

    /// `host/repository`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// The same image by this digest.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// All names under which an engine may list this image, the shortest last: engines drop
    /// `docker.io/library/` from what they show.
    #[must_use]
    pub fn spellings(&self) -> Vec<String> {
        let tail = format!(
            "{}{}",
            match (&self.tag, self.digest) {
                (Some(tag), _) => format!(":{tag}"),
                (None, None) => format!(":{DEFAULT_TAG}"),
                (None, Some(_)) => String::new(),
            },
            self.digest.map(|d| format!("@{d}")).unwrap_or_default(),
        );
        let mut out = vec![format!("{}{tail}", self.name())];
        if self.host == DOCKER_HUB {
            out.push(format!("{}{tail}", self.repository));
            if let Some(short) = self.repository.strip_prefix("library/") {
                out.push(format!("{short}{tail}"));
            }
        }
        out
    }
}

impl fmt::Display for Reference {
    /// The full form: `docker.io/library/alpine:latest`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        match (&self.tag, self.digest) {
            (Some(tag), _) => write!(f, ":{tag}")?,
            (None, None) => write!(f, ":{DEFAULT_TAG}")?,
            (None, Some(_)) => {}
        }
        self.digest.map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.len() > MAX_REFERENCE_BYTES {
            return Err(ReferenceError::TooLong);
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(ReferenceError::Tag(tag.into()));
        }
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if looks_like_host(first) => (first, rest),
            _ => (DOCKER_HUB, name),
        };
        if !is_host(host) {
            return Err(ReferenceError::Host(host.into()));
        }
        let host =
            if host == "index.docker.io" || host == DOCKER_HUB_API { DOCKER_HUB } else { host };
        let repository = match path {
            path if host == DOCKER_HUB && !path.contains('/') => format!("library/{path}"),
            path => path.to_owned(),
        };
        if !path.split('/').all(is_component) {
            return Err(ReferenceError::Repository(path.into()));
        }
        if host.len() + 1 + repository.len() > MAX_NAME_BYTES {
            return Err(ReferenceError::TooLong);
        }
        Ok(Self { host: host.into(), repository, tag: tag.map(Into::into), digest })
    }
}

/// Docker's rule for what is a host: an upper-case letter cannot be part of a repository either.
fn looks_like_host(part: &str) -> bool {
    part == "localhost"
        || part.contains(['.', ':', '['])
        || part.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => {
                return match port {
                    "" => true,
                    port => port.strip_prefix(':').is_some_and(is_port),
                };
            }
            _ => return false,
        },
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    port.is_none_or(is_port)
        && name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= MAX_TAG_BYTES
        && tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// `[a-z0-9]+` groups with `.`, `_`, `__` or any number of dashes between them.
fn is_component(part: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    if !bytes.first().is_some_and(|&b| is_word(b)) || !bytes.last().is_some_and(|&b| is_word(b)) {
        return false;
    }
    bytes.chunk_by(|&a, &b| is_word(a) == is_word(b)).all(|run| match run {
        [b'.'] | [b'_'] | [b'_', b'_'] => true,
        run => run.iter().all(|&b| is_word(b)) || run.iter().all(|&b| b == b'-'),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn full(text: &str) -> String {
        text.parse::<Reference>().unwrap().to_string()
    }

    #[test]
    fn short_names_mean_docker_hub() {
        assert_eq!(full("alpine"), "docker.io/library/alpine:latest");
        assert_eq!(full("alpine:3.20"), "docker.io/library/alpine:3.20");
        assert_eq!(full("grafana/loki"), "docker.io/grafana/loki:latest");
        assert_eq!(full("index.docker.io/alpine"), "docker.io/library/alpine:latest");
        assert_eq!(full("docker.io/a/b/c"), "docker.io/a/b/c:latest");
        let hub: Reference = "alpine".parse().unwrap();
        assert_eq!(hub.api_host(), "registry-1.docker.io");
        assert_eq!(
            hub.spellings(),
            ["docker.io/library/alpine:latest", "library/alpine:latest", "alpine:latest"]
        );
    }

    #[test]
    fn hosts_ports_and_digests() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        assert_eq!(full("localhost/a"), "localhost/a:latest");
        assert_eq!(full("localhost:5000/a/b:x"), "localhost:5000/a/b:x");
        assert_eq!(full("[::1]:5000/a"), "[::1]:5000/a:latest");
        assert_eq!(full("HOST/a"), "HOST/a:latest");
        assert_eq!(full(&format!("r.io/a@{digest}")), format!("r.io/a@{digest}"));
        let both: Reference = format!("r.io/a:1@{digest}").parse().unwrap();
        assert_eq!(both.tag(), Some("1"));
        assert_eq!(both.selector(), digest);
    }

    #[test]
    fn refused() {
        for bad in [
            "",
            "Alpine",
            "a//b",
            "a:",
            "a:b:c",
            "r.io/",
            "-a",
            "a-",
            "a..b",
            "a.-b",
            "a___b",
            "r.io:x/a",
            "r.io:99999/a",
            "a@sha256:12",
            "a@md5:aa",
            "[::1/a",
            "a b",
            "a:b/c",
            "../a",
            "r.io/a/../b",
            ".io/a",
            "a:-x",
            "http://r.io/a",
            "a?b",
            "r.io/%2e%2e/a",
        ] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
        assert!("a-----b".parse::<Reference>().is_ok());
        assert!("a__b".parse::<Reference>().is_ok());
        assert!("a".repeat(300).parse::<Reference>().is_err());
    }

    proptest! {
        #[test]
        fn what_parses_prints_back_to_itself(text in "[a-zA-Z0-9./:@_\\[\\]-]{0,60}") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap().to_string(), reference.to_string());
            }
        }

        #[test]
        fn any_text_never_panics(text: String) {
            let _ = text.parse::<Reference>();
        }
    }
}
