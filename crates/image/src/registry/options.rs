//! What a user can say about registries, and the environment that speaks for him where he says nothing.

use std::{collections::BTreeMap, fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

/// Everything that decides how a registry is talked to.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// User name and password for the registry itself (never sent to a mirror); they outrank every file.
    pub credentials: Option<Credentials>,
    /// A `config.json` or `auth.json` to use in place of the usual ones.
    pub auth_file: Option<PathBuf>,
    /// PEM file with certificate authorities to trust beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// Certificate and key to show to the registry (never to hosts that it redirects to).
    pub client_certificate: Option<ClientCertificate>,
    /// Allows plain HTTP, and HTTPS without checking the certificate.
    pub insecure: bool,
    /// Asked in this order before the registry that they stand for.
    pub mirrors: Vec<Mirror>,
    /// Which proxy to go through.
    pub proxy: ProxyChoice,
    /// Patience.
    pub retry: RetryPolicy,
    /// Environment variables.
    pub environment: Environment,
}

/// User name and password.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password or access token.
    pub password: String,
}

impl fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// PEM files of a TLS client certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientCertificate {
    /// Certificate chain, own certificate first.
    pub certificate: PathBuf,
    /// Private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
}

/// A host that serves what another registry holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mirror {
    /// The registry that it stands for: `docker.io`, `ghcr.io`, `*` for all.
    pub registry: String,
    /// `host[:port][/path]`, also with `https://` or `http://` before it. A path is put between `/v2/`
    /// and the repository, as in `harbor.example.com/dockerhub-proxy`.
    pub location: String,
}

/// The text is not `[registry=]location`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is not a mirror (expected registry=host[:port][/path], as in docker.io=mirror.gcr.io)"
)]
pub struct MirrorError(pub String);

impl FromStr for Mirror {
    type Err = MirrorError;

    /// `docker.io=https://mirror.gcr.io`; without a registry, Docker Hub is meant.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (registry, location) = text.split_once('=').unwrap_or((super::DOCKER_HUB, text));
        let bad = |part: &str| {
            part.is_empty() || part.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        if bad(registry) || bad(location) {
            return Err(MirrorError(text.into()));
        }
        Ok(Self { registry: registry.into(), location: location.trim_end_matches('/').into() })
    }
}

/// Where requests go through. Loopback addresses never go through a proxy.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum ProxyChoice {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case of letters.
    #[default]
    Environment,
    /// None.
    Direct,
    /// This one, for everything that `except` (in the form of `NO_PROXY`) does not name.
    Through {
        /// Address with scheme.
        url: String,
        /// Hosts, domains and networks to reach without it.
        except: String,
    },
}

/// How often and how long a request is tried again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// Tries of one request, the first included.
    pub attempts: u32,
    /// Longest wait before the second try; doubles with each further one.
    pub base: Duration,
    /// Longest wait that doubling leads to.
    pub longest: Duration,
    /// Longest wait that a server may ask for with `Retry-After`; a longer one is an error.
    pub longest_asked: Duration,
    /// How often one blob's transfer may break and be taken up again.
    pub restarts: u32,
    /// Longest silence of a server in the middle of an answer.
    pub silence: Duration,
    /// Longest time to connect.
    pub connect: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(16),
            longest_asked: Duration::from_secs(60),
            restarts: 10,
            silence: Duration::from_secs(60),
            connect: Duration::from_secs(15),
        }
    }
}

/// Environment variables: the process's own, or a fixed set in tests and in servers, where what one
/// user's environment says must not decide over another's image.
#[derive(Clone, Debug, Default)]
pub struct Environment(Option<Arc<BTreeMap<String, String>>>);

impl Environment {
    /// These variables and no others.
    #[must_use]
    pub fn fixed<K: Into<String>, V: Into<String>>(vars: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Some(Arc::new(vars.into_iter().map(|(k, v)| (k.into(), v.into())).collect())))
    }

    /// The variable's value, where it is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        match &self.0 {
            Some(fixed) => fixed.get(name).cloned(),
            None => std::env::var(name).ok(),
        }
        .filter(|value| !value.is_empty())
    }

    /// The variable as a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors() {
        let mirror: Mirror = "docker.io=https://mirror.gcr.io/".parse().unwrap();
        assert_eq!(mirror.registry, "docker.io");
        assert_eq!(mirror.location, "https://mirror.gcr.io");
        assert_eq!("m.example:5000/p".parse::<Mirror>().unwrap().registry, "docker.io");
        for bad in ["", "=x", "x=", "a=b c"] {
            assert!(bad.parse::<Mirror>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let c = Credentials { username: "u".into(), password: "hunter2".into() };
        let options = RegistryOptions { credentials: Some(c), ..Default::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
