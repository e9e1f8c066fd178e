//! Images from text, for tests only.
//!
//! ```
//! let image = plimsoll_testkit::image(r#"
//!     === config
//!     tag: demo:1
//!     user: app
//!     env: PATH=/bin
//!     cmd: ["sh"]
//!
//!     === layer ADD rootfs
//!     //- /etc/os-release -> ../usr/lib/os-release
//!     //- /usr/lib/os-release
//!     ID=alpine
//!     VERSION_ID=3.10.9
//!     //- /bin/su mode=4755
//!     //- /tmp/ mode=1777
//!
//!     === layer compression=zstd RUN rm /bin/su
//!     //- /bin/.wh.su
//! "#);
//! assert_eq!(image.layers().len(), 2);
//! let memory = image.memory();
//! # let _ = memory;
//! ```
//!
//! The common indentation of the whole text is taken off. `=== layer` starts a layer; words of the form
//! `compression=none|gzip|zstd` and `foreign=URL` may follow, the rest of the line is the instruction
//! that made it. `//- PATH` starts an entry: ` -> TARGET` makes it a symbolic link, ` => TARGET` a hard
//! link, a trailing slash a directory; `mode=` (octal), `uid=`, `gid=`, `mtime=` and
//! `type=char|block|fifo` may follow, and `no-newline` drops the last line break of the text. The lines
//! up to the next marker are the file's text. A leading slash of a path is dropped as in real layers;
//! without one the name is written as it stands, however hostile. Parent directories are not added.
//!
//! `=== config` takes lines `key: value` (see [`ImageFixture::config_line`]), or one JSON object that is
//! merged over the whole configuration document.
//!
//! Everything here panics on a mistake in the fixture: it is the test that is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod fixture;
mod layer;
mod memory;
mod oci;
mod rootfs;
mod rpmdb;

use std::io::Write;

pub use archive::{TarWriter, docker_archive};
pub use fixture::ImageFixture;
pub use layer::{Entry, Layer, Node};
pub use memory::MemoryImage;
pub use oci::{Blobs, oci_archive, oci_layout};
use plimsoll_image::{media, sha256};
use plimsoll_model::{Compression, Digest, Platform};
pub use rpmdb::{RpmFormat, RpmPackage, rpm_database};
use serde_json::{Value, json};

/// Builds the image that `text` describes; see the crate's documentation for its form.
#[must_use]
pub fn image(text: &str) -> BuiltImage {
    ImageFixture::parse(text).build()
}

/// Compresses `bytes`, as the tools that make layers do.
#[must_use]
pub fn compress(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None | Compression::Detect => bytes.to_vec(),
        Compression::Gzip => {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::encode_all(bytes, 3).unwrap(),
    }
}

/// A layer, ready to be stored.
#[derive(Clone, Debug)]
pub struct BuiltLayer {
    /// What it was built from.
    pub layer: Layer,
    /// Uncompressed tar stream.
    pub tar: Vec<u8>,
    /// Its digest.
    pub diff_id: Digest,
    /// Stored bytes.
    pub stored: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
}

impl BuiltLayer {
    fn new(layer: Layer) -> Self {
        let tar = layer.tar();
        let stored = compress(&tar, layer.compression);
        let (diff_id, digest) = (sha256(&tar), sha256(&stored));
        Self { layer, tar, diff_id, stored, digest }
    }

    fn media_type(&self, docker: bool) -> String {
        let base = match (docker, self.layer.foreign.is_some()) {
            (true, true) => media::DOCKER_FOREIGN,
            (true, false) => media::DOCKER_LAYER,
            (false, true) => media::OCI_FOREIGN,
            (false, false) => media::OCI_LAYER,
        };
        let (dot, name) = match self.layer.compression {
            Compression::None | Compression::Detect => ("", ""),
            Compression::Gzip => (if docker { "." } else { "+" }, "gzip"),
            Compression::Zstd => (if docker { "." } else { "+" }, "zstd"),
        };
        format!("{base}{dot}{name}")
    }

    /// Its descriptor in a manifest.
    #[must_use]
    pub fn descriptor(&self, docker: bool) -> Value {
        let mut value = json!({
            "mediaType": self.media_type(docker),
            "digest": self.digest.to_string(),
            "size": self.stored.len(),
        });
        if let Some(url) = &self.layer.foreign {
            value["urls"] = json!([url]);
        }
        value
    }
}

/// An image, ready to be written in any form.
#[derive(Clone, Debug)]
pub struct BuiltImage {
    pub(crate) fixture: ImageFixture,
    layers: Vec<BuiltLayer>,
    config: Vec<u8>,
}

impl BuiltImage {
    fn new(fixture: ImageFixture) -> Self {
        let layers: Vec<_> = fixture.layers().iter().cloned().map(BuiltLayer::new).collect();
        let config = serde_json::to_vec(&fixture.config_json(&layers)).unwrap();
        Self { fixture, layers, config }
    }

    /// Layers, bottom first.
    #[must_use]
    pub fn layers(&self) -> &[BuiltLayer] {
        &self.layers
    }

    /// The configuration's bytes.
    #[must_use]
    pub fn config(&self) -> &[u8] {
        &self.config
    }

    /// Digest of the configuration: the image id.
    #[must_use]
    pub fn id(&self) -> Digest {
        sha256(&self.config)
    }

    /// `repository:tag` names.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        self.fixture.tags()
    }

    /// Platform.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        self.fixture.platform()
    }

    /// The OCI manifest's bytes.
    #[must_use]
    pub fn oci_manifest(&self) -> Vec<u8> {
        self.manifest(media::OCI_MANIFEST, media::OCI_CONFIG, false)
    }

    /// The Docker schema 2 manifest's bytes.
    #[must_use]
    pub fn docker_manifest(&self) -> Vec<u8> {
        self.manifest(media::DOCKER_MANIFEST, media::DOCKER_CONFIG, true)
    }

    fn manifest(&self, media_type: &str, config_type: &str, docker: bool) -> Vec<u8> {
        let layers: Vec<_> = self.layers.iter().map(|layer| layer.descriptor(docker)).collect();
        serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": {
                "mediaType": config_type,
                "digest": self.id().to_string(),
                "size": self.config.len(),
            },
            "layers": layers,
        }))
        .unwrap()
    }

    /// The blobs that a registry or layout holds for it, the manifest left out: configuration and the
    /// layers that are not foreign.
    pub fn blobs(&self) -> impl Iterator<Item = (Digest, &[u8])> {
        let layers = self.layers.iter().filter(|layer| layer.layer.foreign.is_none());
        std::iter::once((self.id(), self.config.as_slice()))
            .chain(layers.map(|layer| (layer.digest, layer.stored.as_slice())))
    }

    /// The image without any disk.
    #[must_use]
    pub fn memory(&self) -> MemoryImage {
        MemoryImage::new(self)
    }
}
