//! What `docker save` writes: the old form (an id folder per layer) and the new one, which is an OCI
//! layout with a `manifest.json` beside it.

use std::collections::BTreeMap;

use plimsoll_image::sha256;
use plimsoll_model::Compression;
use serde_json::{Value, json};

use crate::{BuiltImage, Entry, Node, compress, layer::write_entry, oci::Blobs};

/// A tar archive of small files, in memory.
#[derive(Clone, Debug, Default)]
pub struct TarWriter(Vec<u8>);

impl TarWriter {
    /// Adds a file.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> &mut Self {
        self.entry(&Entry::file(name, bytes))
    }

    /// Adds anything.
    pub fn entry(&mut self, entry: &Entry) -> &mut Self {
        write_entry(&mut self.0, entry);
        self
    }

    /// The archive.
    #[must_use]
    pub fn finish(&self) -> Vec<u8> {
        let mut out = self.0.clone();
        out.resize((out.len() + 1024).next_multiple_of(10_240), 0);
        out
    }
}

impl BuiltImage {
    /// The old form of `docker save`: `<id>/layer.tar`, `repositories`, `manifest.json`. Layers are
    /// stored uncompressed; a repeated layer is a symbolic link to the first, as Docker does.
    #[must_use]
    pub fn docker_archive(&self) -> Vec<u8> {
        docker_archive(&[self])
    }

    /// The form that Docker writes since version 25: blobs by digest, `index.json`, and
    /// `manifest.json` beside them. Layers are stored uncompressed.
    #[must_use]
    pub fn docker_archive_oci(&self) -> Vec<u8> {
        let plain = self.fixture.clone().stored(Compression::None).build();
        let mut blobs = Blobs::default();
        let descriptor = blobs.add_image(&plain);
        let mut tar = TarWriter::default();
        for (name, bytes) in blobs.files(&plain.named(descriptor)) {
            tar.file(&name, &bytes);
        }
        let layers: Vec<_> =
            plain.layers().iter().map(|l| format!("blobs/sha256/{}", l.digest.hex())).collect();
        let sources: serde_json::Map<String, Value> = plain
            .layers()
            .iter()
            .map(|layer| (layer.diff_id.to_string(), layer.descriptor(false)))
            .collect();
        let manifest = json!([{
            "Config": format!("blobs/sha256/{}", plain.id().hex()),
            "RepoTags": plain.tags(),
            "Layers": layers,
            "LayerSources": sources,
        }]);
        tar.file("manifest.json", manifest.to_string().as_bytes());
        tar.file("repositories", repositories(&[&plain]).to_string().as_bytes());
        tar.finish()
    }
}

/// The old form of `docker save`, of several images.
#[must_use]
pub fn docker_archive(images: &[&BuiltImage]) -> Vec<u8> {
    let mut tar = TarWriter::default();
    let mut first_of = BTreeMap::new();
    let mut manifest = Vec::new();
    for image in images {
        let mut chain = String::new();
        let mut layers = Vec::new();
        let mut sources = serde_json::Map::new();
        for built in image.layers() {
            let id = sha256(format!("{chain} {}", built.diff_id).as_bytes()).hex();
            chain.clone_from(&id);
            let path = format!("{id}/layer.tar");
            layers.push(path.clone());
            if built.layer.foreign.is_some() {
                sources.insert(built.diff_id.to_string(), built.descriptor(true));
                continue;
            }
            tar.entry(&Entry::new(format!("{id}/"), Node::Dir));
            tar.file(&format!("{id}/VERSION"), b"1.0");
            tar.file(&format!("{id}/json"), json!({ "id": id }).to_string().as_bytes());
            match first_of.get(&built.diff_id) {
                Some(first) => {
                    tar.entry(&Entry::new(&path, Node::Symlink(format!("../{first}"))));
                }
                None => {
                    tar.file(&path, &compress(&built.tar, Compression::None));
                    first_of.insert(built.diff_id, path);
                }
            }
        }
        let config = format!("{}.json", image.id().hex());
        tar.file(&config, image.config());
        let mut entry = json!({ "Config": config, "RepoTags": image.tags(), "Layers": layers });
        if image.tags().is_empty() {
            entry["RepoTags"] = Value::Null;
        }
        if !sources.is_empty() {
            entry["LayerSources"] = Value::Object(sources);
        }
        manifest.push(entry);
    }
    tar.file("manifest.json", Value::Array(manifest).to_string().as_bytes());
    tar.file("repositories", repositories(images).to_string().as_bytes());
    tar.finish()
}

fn repositories(images: &[&BuiltImage]) -> Value {
    let mut out = json!({});
    for image in images {
        for tag in image.tags() {
            let (name, tag) = tag.rsplit_once(':').unwrap_or((tag, "latest"));
            out[name][tag] = json!(image.id().hex());
        }
    }
    out
}
