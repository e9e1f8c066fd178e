//! Which images containerd's metadata names (containerd, `core/metadata/buckets.go`):
//! `v1/<namespace>/images/<name>/target/{digest,mediatype,size}`.

use plimsoll_model::Digest;

use super::bolt::{Bolt, BoltError, Bucket, Item};

/// An image that the metadata names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedImage {
    /// Namespace: `default`, `k8s.io`, `moby` …
    pub namespace: String,
    /// Name: `docker.io/library/alpine:3.20`.
    pub name: String,
    /// Digest of its manifest or index.
    pub target: Digest,
    /// Media type of that.
    pub media_type: String,
}

/// All images of all namespaces. One whose target is no SHA-256 digest is left out.
///
/// # Errors
/// Where the file is no bbolt file or a damaged one.
pub fn named_images(bolt: &Bolt<'_>) -> Result<Vec<NamedImage>, BoltError> {
    let mut out = Vec::new();
    let Some(root) = bolt.root().bucket(b"v1")? else { return Ok(out) };
    for (namespace, item) in root.items()? {
        let Item::Bucket(content) = item else { continue };
        let Some(images) = content.bucket(b"images")? else { continue };
        for (name, item) in images.items()? {
            let Item::Bucket(image) = item else { continue };
            let Some(target) = image.bucket(b"target")? else { continue };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let Some(digest) = text_of(&target, b"digest")?.and_then(|d| d.parse().ok()) else {
                continue;
            };
            out.push(NamedImage {
                namespace: text(namespace),
                name: text(name),
                target: digest,
                media_type: text_of(&target, b"mediatype")?.unwrap_or_default(),
            });
        }
    }
    Ok(out)
}

fn text_of(bucket: &Bucket<'_>, key: &[u8]) -> Result<Option<String>, BoltError> {
    Ok(bucket.value(key)?.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}
