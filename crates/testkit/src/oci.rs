//! OCI layouts, as folders and as archives.

use std::{collections::BTreeMap, fs, path::Path};

use plimsoll_image::{media, sha256};
use plimsoll_model::Digest;
use serde_json::{Value, json};

use crate::{BuiltImage, TarWriter};

/// Blobs by digest, and the descriptors made while they were added.
#[derive(Clone, Debug, Default)]
pub struct Blobs {
    blobs: BTreeMap<Digest, Vec<u8>>,
}

impl Blobs {
    /// Adds a blob and gives its digest.
    pub fn add(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = sha256(&bytes);
        self.blobs.insert(digest, bytes);
        digest
    }

    /// Adds an image and gives the descriptor of its manifest, with its platform.
    pub fn add_image(&mut self, image: &BuiltImage) -> Value {
        for (_, bytes) in image.blobs() {
            self.add(bytes.to_vec());
        }
        let mut descriptor = self.add_document(image.oci_manifest(), media::OCI_MANIFEST);
        let platform = image.platform();
        descriptor["platform"] =
            json!({ "os": platform.os, "architecture": platform.architecture });
        if let Some(variant) = &platform.variant {
            descriptor["platform"]["variant"] = json!(variant);
        }
        descriptor
    }

    /// Adds an index of these descriptors and gives its own.
    pub fn add_index(&mut self, manifests: &[Value]) -> Value {
        let index = json!({
            "schemaVersion": 2, "mediaType": media::OCI_INDEX, "manifests": manifests,
        });
        self.add_document(index.to_string().into_bytes(), media::OCI_INDEX)
    }

    /// Adds any document and gives its descriptor.
    pub fn add_document(&mut self, bytes: Vec<u8>, media_type: &str) -> Value {
        let size = bytes.len();
        let digest = self.add(bytes);
        json!({ "mediaType": media_type, "digest": digest.to_string(), "size": size })
    }

    /// Takes a blob away.
    pub fn remove(&mut self, digest: &Digest) -> Option<Vec<u8>> {
        self.blobs.remove(digest)
    }

    /// Puts other bytes in place of a blob's.
    pub fn replace(&mut self, digest: Digest, bytes: Vec<u8>) {
        self.blobs.insert(digest, bytes);
    }

    /// Names and bytes of all files of a layout whose `index.json` names `manifests`.
    #[must_use]
    pub fn files(&self, manifests: &[Value]) -> Vec<(String, Vec<u8>)> {
        let index = json!({ "schemaVersion": 2, "manifests": manifests });
        let mut files = vec![
            ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
            ("index.json".to_owned(), index.to_string().into_bytes()),
        ];
        let blobs = self.blobs.iter();
        files.extend(blobs.map(|(d, b)| (format!("blobs/sha256/{}", d.hex()), b.clone())));
        files
    }
}

/// Writes a layout into `folder`.
pub fn oci_layout(folder: &Path, blobs: &Blobs, manifests: &[Value]) {
    fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
    for (name, bytes) in blobs.files(manifests) {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A layout as a tar archive.
#[must_use]
pub fn oci_archive(blobs: &Blobs, manifests: &[Value]) -> Vec<u8> {
    let mut tar = TarWriter::default();
    for (name, bytes) in blobs.files(manifests) {
        tar.file(&name, &bytes);
    }
    tar.finish()
}

impl BuiltImage {
    /// Entries of an `index.json`: the descriptor once for each tag, named by it.
    pub(crate) fn named(&self, descriptor: Value) -> Vec<Value> {
        if self.tags().is_empty() {
            return vec![descriptor];
        }
        let name = |tag: &String| {
            let short = tag.rsplit_once(':').map_or("latest", |(_, tag)| tag);
            let mut named = descriptor.clone();
            named["annotations"] = json!({
                "io.containerd.image.name": tag, "org.opencontainers.image.ref.name": short,
            });
            named
        };
        self.tags().iter().map(name).collect()
    }

    /// Writes an OCI layout of this image alone.
    pub fn oci_layout(&self, folder: &Path) {
        let mut blobs = Blobs::default();
        let descriptor = blobs.add_image(self);
        oci_layout(folder, &blobs, &self.named(descriptor));
    }

    /// An OCI layout of this image alone, as a tar archive.
    #[must_use]
    pub fn oci_archive(&self) -> Vec<u8> {
        let mut blobs = Blobs::default();
        let descriptor = blobs.add_image(self);
        oci_archive(&blobs, &self.named(descriptor))
    }
}
