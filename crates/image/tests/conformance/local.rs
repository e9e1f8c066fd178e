//! Archives and layouts under test.

use std::{fs, path::Path};

use async_trait::async_trait;
use plimsoll_model::Compression;
use plimsoll_testkit::{compress, docker_archive, oci_archive, oci_layout};
use serde_json::json;

use crate::subject::{Feature, Held, Scenario, Subject};

fn file(bytes: &[u8], gzip: bool, source: &'static str) -> Held {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("image.tar");
    let form = if gzip { Compression::Gzip } else { Compression::None };
    fs::write(&path, compress(bytes, form)).unwrap();
    held(&path, source, dir)
}

fn held(path: &Path, source: &'static str, dir: tempfile::TempDir) -> Held {
    let path = path.display().to_string();
    Held {
        absent: vec![
            format!("{path}:nosuch"),
            format!("{path}@sha256:{}", "ab".repeat(32)),
            format!("{path}.nosuch"),
        ],
        keep: vec![Box::new(dir)],
        ..Held::new(path, source)
    }
}

/// The old form of `docker save`.
pub(crate) struct DockerArchiveOld {
    pub(crate) gzip: bool,
}

#[async_trait]
impl Subject for DockerArchiveOld {
    fn name(&self) -> &'static str {
        if self.gzip { "gzipped docker archive" } else { "docker archive" }
    }

    fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::BlobDigests | Feature::Damage => false,
            Feature::Foreign => true,
            // Flat lists of images for several platforms do occur; nested ones cannot.
            Feature::Platforms => true,
        }
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let images: Vec<_> = scenario.images.iter().collect();
        file(&docker_archive(&images), self.gzip, "docker-archive")
    }
}

/// The form since Docker 25.
pub(crate) struct DockerArchiveNew;

#[async_trait]
impl Subject for DockerArchiveNew {
    fn name(&self) -> &'static str {
        "docker archive with blobs"
    }

    fn has(&self, feature: Feature) -> bool {
        feature == Feature::Foreign
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let mut held = file(&scenario.images[0].docker_archive_oci(), false, "docker-archive");
        // Its layers are stored anew; the configuration stays.
        held.image_id_changes = false;
        held
    }
}

fn layout(scenario: &Scenario) -> (plimsoll_testkit::Blobs, Vec<serde_json::Value>) {
    let (blobs, mut root) = scenario.blobs();
    if let Some(tag) = scenario.images[0].tags().first() {
        root["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
    }
    (blobs, vec![root])
}

fn layout_has(feature: Feature) -> bool {
    matches!(
        feature,
        Feature::BlobDigests | Feature::Damage | Feature::Foreign | Feature::Platforms
    )
}

/// An OCI layout in a folder.
pub(crate) struct OciFolder;

#[async_trait]
impl Subject for OciFolder {
    fn name(&self) -> &'static str {
        "OCI layout"
    }

    fn has(&self, feature: Feature) -> bool {
        layout_has(feature)
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("layout");
        let (blobs, manifests) = layout(scenario);
        oci_layout(&path, &blobs, &manifests);
        held(&path, "oci-layout", dir)
    }
}

/// An OCI layout in a tar archive.
pub(crate) struct OciTar {
    pub(crate) gzip: bool,
}

#[async_trait]
impl Subject for OciTar {
    fn name(&self) -> &'static str {
        if self.gzip { "gzipped OCI archive" } else { "OCI archive" }
    }

    fn has(&self, feature: Feature) -> bool {
        layout_has(feature)
    }

    async fn hold(&self, scenario: &Scenario) -> Held {
        let (blobs, manifests) = layout(scenario);
        file(&oci_archive(&blobs, &manifests), self.gzip, "oci-archive")
    }
}
