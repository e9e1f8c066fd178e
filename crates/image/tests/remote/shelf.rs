//! A registry that serves one repository from memory.

use std::collections::BTreeMap;

use plimsoll_image::{media, sha256};
use plimsoll_testkit::BuiltImage;

use super::server::{Asked, Reply};

/// The repository `demo` of a registry in memory: `demo:1` and everything below it.
pub(crate) struct Shelf {
    files: BTreeMap<String, (String, Vec<u8>)>,
}

impl Shelf {
    pub(crate) fn new(built: &BuiltImage) -> Self {
        let mut files = BTreeMap::new();
        for (digest, bytes) in built.blobs() {
            files.insert(format!("/v2/demo/blobs/{digest}"), (String::new(), bytes.to_vec()));
        }
        let mut shelf = Self { files };
        shelf.add("1", media::OCI_MANIFEST, built.oci_manifest());
        shelf
    }

    /// Blobs under their names, whatever their bytes, and `root` as `demo:1`.
    pub(crate) fn of(blobs: &[(String, Vec<u8>)], root: &serde_json::Value) -> Self {
        let mut files = BTreeMap::new();
        for (name, bytes) in blobs {
            let Some(hex) = name.strip_prefix("blobs/sha256/") else { continue };
            let document = serde_json::from_slice::<serde_json::Value>(bytes).unwrap_or_default();
            let media_type = document["mediaType"].as_str().unwrap_or_default().to_owned();
            if root["digest"] == format!("sha256:{hex}") {
                let tagged = "/v2/demo/manifests/1".to_owned();
                files.insert(tagged, (media_type.clone(), bytes.clone()));
            }
            for kind in ["blobs", "manifests"] {
                let path = format!("/v2/demo/{kind}/sha256:{hex}");
                files.insert(path, (media_type.clone(), bytes.clone()));
            }
        }
        Self { files }
    }

    /// Adds a manifest under a tag and its digest.
    pub(crate) fn add(&mut self, tag: &str, media_type: &str, bytes: Vec<u8>) {
        for name in [tag.to_owned(), sha256(&bytes).to_string()] {
            let path = format!("/v2/demo/manifests/{name}");
            self.files.insert(path, (media_type.to_owned(), bytes.clone()));
        }
    }

    /// Answers as a registry does, ranges included.
    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        if asked.path == "/v2/" {
            return Reply::new(200, "{}");
        }
        let Some((media_type, bytes)) = self.files.get(&asked.path) else {
            let body = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no such thing"}]}"#;
            return Reply::new(404, body);
        };
        let from = asked
            .header("range")
            .map(|range| range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap());
        let mut reply = match from {
            Some(from) => {
                let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
                let part: &[u8] = &bytes[from..];
                Reply::new(206, part).header("Content-Range", range)
            }
            None => Reply::new(200, bytes.clone()),
        };
        if !media_type.is_empty() {
            reply = reply
                .header("Content-Type", media_type)
                .header("Docker-Content-Digest", sha256(bytes).to_string());
        }
        reply
    }
}
