//! What an image says of itself: platform, configuration, history, layers.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// Operating system and CPU architecture, in Go's words: `linux/arm64/v8`.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Platform {
    /// `linux`, `windows` …
    pub os: String,
    /// `amd64`, `arm64` …
    pub architecture: String,
    /// `v7`, `v8` …
    pub variant: Option<String>,
}

impl Default for Platform {
    /// `linux` on the architecture that this program was built for.
    fn default() -> Self {
        let (architecture, variant) = match std::env::consts::ARCH {
            "x86_64" => ("amd64", None),
            "aarch64" => ("arm64", None),
            "x86" => ("386", None),
            "arm" => ("arm", Some("v7")),
            "powerpc64" => ("ppc64le", None),
            other => (other, None),
        };
        Self {
            os: "linux".into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
        }
    }
}

impl Platform {
    /// Whether an image made for `self` is what someone who asked for `wanted` meant: the variant
    /// counts only where both name one, and `arm64` is the same as `arm64/v8`.
    #[must_use]
    pub fn satisfies(&self, wanted: &Platform) -> bool {
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && match (&self.variant, &wanted.variant) {
                (Some(have), Some(want)) => have == want,
                _ => true,
            }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |v| write!(f, "/{v}"))
    }
}

/// The text is not `os/architecture[/variant]`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a platform (expected os/architecture[/variant], as in linux/arm64)")]
pub struct PlatformError(pub String);

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut parts = s.split('/');
        let (os, architecture, variant) = (parts.next(), parts.next(), parts.next());
        match (os, architecture, parts.next()) {
            (Some(os), Some(architecture), None) if !os.is_empty() && !architecture.is_empty() => {
                Ok(Self {
                    os: os.into(),
                    architecture: architecture.into(),
                    variant: variant.filter(|v| !v.is_empty()).map(Into::into),
                })
            }
            _ => Err(PlatformError(s.into())),
        }
    }
}

/// How a layer's tar stream is stored.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Compression {
    /// Plain tar.
    None,
    /// gzip, also of several members.
    Gzip,
    /// Zstandard, also of several frames (zstd:chunked).
    Zstd,
    /// Decided by the first bytes: the media type does not say, or is not to be trusted.
    Detect,
}

/// Whether a layer's bytes can be had from where the image is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum LayerKind {
    /// Its bytes are with the image.
    Present,
    /// Foreign or non-distributable: the manifest only names URLs. Never fetched; reported.
    Foreign(Vec<String>),
}

/// One layer of an image, from the bottom.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LayerDesc {
    /// Place from the bottom, 0-based, foreign layers counted.
    pub index: u32,
    /// Digest of the stored (usually compressed) bytes; `None` where the source has no blobs.
    pub blob: Option<Digest>,
    /// Digest of the uncompressed tar stream as the image's configuration names it; `None` where there
    /// is no configuration (a root filesystem).
    pub diff_id: Option<Digest>,
    /// Size of the stored bytes, where the source says; not to be trusted.
    pub size: Option<u64>,
    /// How the bytes are stored.
    pub compression: Compression,
    /// Whether they are there.
    pub kind: LayerKind,
    /// The history entry's `created_by`: the instruction that made the layer. Empty where unknown.
    pub created_by: String,
}

/// A line of the image's history, empty layers included.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct HistoryEntry {
    /// RFC 3339 time, as written.
    pub created: Option<String>,
    /// The instruction.
    pub created_by: String,
    /// `author` of the entry.
    pub author: Option<String>,
    /// A remark; BuildKit writes its version here.
    pub comment: Option<String>,
    /// Whether the instruction made no layer.
    pub empty_layer: bool,
    /// Index of the layer it made.
    pub layer: Option<u32>,
}

/// The part of an image's configuration that says how a container of it runs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ImageConfig {
    /// RFC 3339 time, as written.
    pub created: Option<String>,
    /// `MAINTAINER` or `author`.
    pub author: Option<String>,
    /// User and group, as written; empty means root.
    pub user: String,
    /// `NAME=value` lines.
    pub env: Vec<String>,
    /// Entry point.
    pub entrypoint: Vec<String>,
    /// Command.
    pub cmd: Vec<String>,
    /// Working directory.
    pub working_dir: String,
    /// `80/tcp` and so on.
    pub exposed_ports: Vec<String>,
    /// Mount points.
    pub volumes: Vec<String>,
    /// Labels in the order of their keys.
    pub labels: Vec<(String, String)>,
    /// Health check command line, as in the configuration's `Healthcheck.Test`; `None` where there is none.
    pub healthcheck: Option<Vec<String>>,
    /// `ONBUILD` triggers.
    pub on_build: Vec<String>,
    /// Signal that stops it.
    pub stop_signal: Option<String>,
    /// Shell of the shell forms.
    pub shell: Vec<String>,
}

/// Everything that an image source knows before a layer is read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ImageManifest {
    /// The reference as the user wrote it.
    pub reference: String,
    /// Which source answered: `registry`, `docker`, `podman`, `containerd`, `docker-archive`,
    /// `oci-layout`, `oci-archive`, `rootfs`, `rootfs-archive`.
    pub source: String,
    /// Digest of the image manifest; `None` where the source has none (old docker archives, rootfs).
    pub digest: Option<Digest>,
    /// Digest of the configuration: the image id. `None` for a root filesystem.
    pub config_digest: Option<Digest>,
    /// `repository:tag` names that the source gives the image.
    pub tags: Vec<String>,
    /// `repository@digest` names.
    pub repo_digests: Vec<String>,
    /// Platform of the image chosen.
    pub platform: Platform,
    /// Configuration.
    pub config: ImageConfig,
    /// History, oldest first.
    pub history: Vec<HistoryEntry>,
    /// Layers, bottom first.
    pub layers: Vec<LayerDesc>,
}
