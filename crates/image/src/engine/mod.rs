//! Images that a Docker or Podman engine holds, asked for through its API on a Unix socket (or TCP).
//!
//! Two requests only: inspect, and export as a `docker save` archive, which is read like any other. An
//! engine is never told to do anything: nothing is pulled, created, tagged or removed.

mod address;

use std::{
    io::{self, Read, Seek, Write},
    sync::Arc,
    time::Duration,
};

use address::{Address, addresses};
use async_trait::async_trait;
use plimsoll_model::{ImageManifest, LayerDesc, Platform, Problem};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use serde::Deserialize;

use crate::{
    AcquireError, AcquireErrorKind, Image, ImageSource, OpenOptions, PlatformChoice,
    local::{MAX_SPOOL_BYTES, open_spooled},
    registry::{ClientCertificate, tls},
};

/// Largest answer to an inspection.
const MAX_INSPECT_BYTES: u64 = 8 << 20;

/// Longest name that is asked for.
const MAX_NAME_BYTES: usize = 600;

/// How long a connection may take: a socket answers at once or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an engine may say nothing. An export of a large image starts with a long silence: Docker
/// writes every layer to its disk first.
const SILENCE: Duration = Duration::from_secs(600);

/// Which engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Engine {
    /// `docker:NAME`.
    Docker,
    /// `podman:NAME`.
    Podman,
}

/// The sources `docker:` and `podman:`.
#[derive(Clone, Copy, Debug)]
pub struct EngineSource(pub Engine);

/// The part of an inspection that matters; Podman answers in the same form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

impl Inspected {
    fn platform(&self) -> Option<Platform> {
        let filled = !self.os.is_empty() && !self.architecture.is_empty();
        filled.then(|| Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone().filter(|variant| !variant.is_empty()),
        })
    }
}

#[async_trait]
impl ImageSource for EngineSource {
    fn scheme(&self) -> &'static str {
        match self.0 {
            Engine::Docker => "docker",
            Engine::Podman => "podman",
        }
    }

    async fn open(
        &self,
        name: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        check_name(name)?;
        let mut tried: Vec<AcquireError> = Vec::new();
        for address in addresses(self.0, &options.registry.environment)? {
            let asked = Asked { address: &address, name };
            match asked.open(self.scheme(), options).await {
                Ok(image) => return Ok(image),
                // An engine that answers has the last word; one that is not there has not.
                Err(error) if matches!(error.kind, AcquireErrorKind::Unreachable) => {
                    tried.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        let said: Vec<_> =
            tried.iter().map(|error| format!("{}: {}", error.place, error.message)).collect();
        let message = format!("no engine answers ({})", said.join("; "));
        let advice = match self.0 {
            Engine::Docker => "start Docker, or set DOCKER_HOST",
            Engine::Podman => "start `podman system service`, or set CONTAINER_HOST",
        };
        Err(AcquireError::new(AcquireErrorKind::Unreachable, self.scheme(), message).advice(advice))
    }
}

/// The name becomes part of an address: what could change that address is refused. An engine's own rules
/// are stricter and are its business.
fn check_name(name: &str) -> Result<(), AcquireError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-/:@[]".contains(&b);
    let odd_part = |part: &str| part.is_empty() || part == "." || part == "..";
    if name.is_empty()
        || name.len() > MAX_NAME_BYTES
        || !name.bytes().all(allowed)
        || name.split('/').any(odd_part)
    {
        let shown = plimsoll_model::CappedText(name.as_bytes(), 100);
        return Err(AcquireError::new(
            AcquireErrorKind::BadReference,
            shown,
            "is no image name or id",
        ));
    }
    Ok(())
}

struct Asked<'a> {
    address: &'a Address,
    name: &'a str,
}

impl Asked<'_> {
    fn error(&self, kind: AcquireErrorKind, message: impl Into<String>) -> AcquireError {
        AcquireError::new(kind, self.address, message)
    }

    fn failed(&self, error: &reqwest::Error) -> AcquireError {
        let mut deepest: &(dyn std::error::Error + 'static) = error;
        while let Some(inner) = deepest.source() {
            deepest = inner;
        }
        let denied = deepest
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
        if denied {
            return self
                .error(AcquireErrorKind::Unauthorized, format!("may not be opened: {deepest}"))
                .advice("run as a user who may use the engine");
        }
        if error.is_connect() {
            return self.error(AcquireErrorKind::Unreachable, deepest.to_string());
        }
        self.error(AcquireErrorKind::Io, format!("the connection broke: {deepest}"))
    }

    fn client(&self) -> Result<(Client, Url), AcquireError> {
        let builder = Client::builder()
            .no_proxy()
            .http1_only()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")));
        let mut shown = None;
        let (builder, base, ca, verify) = match self.address {
            Address::Unix(path) => {
                (builder.unix_socket(path.as_path()), "http://localhost/", None, true)
            }
            Address::Tcp { url, certificates, verify } => {
                let file = |name: &str| {
                    certificates.as_ref().map(|folder| folder.join(name)).filter(|p| p.exists())
                };
                if let (Some(certificate), Some(key)) = (file("cert.pem"), file("key.pem")) {
                    shown = Some(ClientCertificate { certificate, key });
                }
                (builder, url.as_str(), file("ca.pem"), *verify)
            }
        };
        let tls = tls::client_config(ca.as_deref(), shown.as_ref(), !verify)?;
        let client = builder
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| self.error(AcquireErrorKind::Io, error.to_string()))?;
        let base = base
            .parse()
            .map_err(|_| self.error(AcquireErrorKind::BadReference, "is no address"))?;
        Ok((client, base))
    }

    async fn get(&self, client: &Client, base: &Url, what: &str) -> Result<Response, AcquireError> {
        let url = base
            .join(&format!("/images/{}/{what}", self.name))
            .map_err(|_| self.error(AcquireErrorKind::BadReference, "is no image name"))?;
        let response = client.get(url).send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let said = self.message(response).await;
        Err(match status.as_u16() {
            404 => self
                .error(AcquireErrorKind::NotFound, format!("has no image `{}`: {said}", self.name)),
            401 | 403 => self.error(AcquireErrorKind::Unauthorized, format!("refused: {said}")),
            _ => self.error(AcquireErrorKind::Io, format!("{status}: {said}")),
        })
    }

    async fn message(&self, response: Response) -> String {
        #[derive(Deserialize)]
        struct Said {
            message: String,
        }
        let status = response.status();
        let body = self.small(response).await.unwrap_or_default();
        match serde_json::from_slice::<Said>(&body) {
            Ok(said) => plimsoll_model::CappedText(said.message.as_bytes(), 300).to_string(),
            Err(_) => status.to_string(),
        }
    }

    async fn small(&self, mut response: Response) -> Result<Vec<u8>, AcquireError> {
        let mut out = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if out.len() as u64 + chunk.len() as u64 > MAX_INSPECT_BYTES {
                let message =
                    format!("an answer larger than the limit of {MAX_INSPECT_BYTES} bytes");
                return Err(self.error(AcquireErrorKind::LimitReached, message));
            }
            out.extend_from_slice(&chunk);
        }
        Ok(out)
    }

    async fn open(
        &self,
        scheme: &'static str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let (client, base) = self.client()?;
        let body = self.small(self.get(&client, &base, "json").await?).await?;
        let inspected: Inspected = serde_json::from_slice(&body).map_err(|error| {
            let message = format!("its description of the image is not understood: {error}");
            self.error(AcquireErrorKind::Malformed, message)
        })?;
        if let (PlatformChoice::Exact(wanted), Some(have)) =
            (&options.platform, inspected.platform())
            && !have.satisfies(wanted)
        {
            let message = format!("holds `{}` for {have}, not for {wanted}", self.name);
            let kind = AcquireErrorKind::PlatformMissing { available: vec![have] };
            return Err(self.error(kind, message).advice("pull it for that platform first"));
        }
        let file = self.spool(self.get(&client, &base, "get").await?).await?;
        let place = format!("{} (export of `{}`)", self.address, self.name);
        let image = open_spooled(file, place, options).await?;
        let manifest = ImageManifest {
            reference: self.name.to_owned(),
            source: scheme.to_owned(),
            tags: inspected.repo_tags.unwrap_or_default(),
            repo_digests: inspected.repo_digests.unwrap_or_default(),
            ..image.manifest().clone()
        };
        // With Docker's containerd store the id is a manifest's or index's digest, which an export need
        // not hold; elsewhere it is the configuration's. Podman writes it without the algorithm.
        let id = inspected.id.strip_prefix("sha256:").unwrap_or(&inspected.id);
        let matches =
            |digest: Option<plimsoll_model::Digest>| digest.is_some_and(|d| d.hex() == id);
        let mut problems = image.problems();
        let has_store_id = manifest.repo_digests.iter().any(|name| name.ends_with(id));
        if !matches(manifest.config_digest) && !matches(manifest.digest) && !has_store_id {
            let message = format!("the engine exported another image than `{}` ({id})", self.name);
            problems.push(Problem::new(plimsoll_model::ProblemKind::DigestMismatch, message));
        }
        Ok(Box::new(Exported { manifest, problems, image }))
    }

    /// Writes an export to a file that has no name and is gone with its last handle.
    async fn spool(&self, mut response: Response) -> Result<std::fs::File, AcquireError> {
        let failed = |error: io::Error| {
            let full = error.kind() == io::ErrorKind::StorageFull;
            let message = format!("cannot keep the export in a temporary file: {error}");
            let error = self.error(AcquireErrorKind::Io, message);
            if full { error.advice("set TMPDIR to a folder with more room") } else { error }
        };
        let file = Arc::new(tempfile::tempfile().map_err(failed)?);
        let mut written = 0u64;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            written += chunk.len() as u64;
            if written > MAX_SPOOL_BYTES {
                let message = format!("an export larger than the limit of {MAX_SPOOL_BYTES} bytes");
                return Err(self.error(AcquireErrorKind::LimitReached, message));
            }
            let target = file.clone();
            tokio::task::spawn_blocking(move || (&*target).write_all(&chunk))
                .await
                .map_err(io::Error::other)
                .and_then(|outcome| outcome)
                .map_err(failed)?;
        }
        let mut file = Arc::into_inner(file).ok_or_else(|| {
            self.error(AcquireErrorKind::Io, "the temporary file is still in use")
        })?;
        file.rewind().map_err(failed)?;
        Ok(file)
    }
}

/// An engine's image, under the names that the engine gives it.
struct Exported {
    manifest: ImageManifest,
    problems: Vec<Problem>,
    image: Box<dyn Image>,
}

impl Image for Exported {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        self.image.layer(layer)
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place_in_the_address() {
        for good in ["alpine", "alpine:3", "r.io:5000/a/b@sha256:ab", "0123456789ab", "[::1]:5/a"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "../x", "a/../b", "a?b", "a#b", "a b", "a//b", "a%2fb", "a\\b"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
