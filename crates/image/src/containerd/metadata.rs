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

#[cfg(test)]
mod tests {
    use super::*;

    /// What containerd 1.6 wrote when it imported one image; zeros at the end cut off.
    const REAL: &[u8] = include_bytes!("../../../../fuzz/corpus/image_bolt/one-image.db");

    #[test]
    fn reads_what_containerd_wrote() {
        let images = named_images(&Bolt::new(REAL).unwrap()).unwrap();
        let digest = "c88970f7ac082be5b8449f2832485ab5d7ec0c04adf402e33cf79858d3d9390d";
        assert_eq!(
            images,
            [NamedImage {
                namespace: "default".into(),
                name: "docker.io/library/busybox:latest".into(),
                target: format!("sha256:{digest}").parse().unwrap(),
                media_type: "application/vnd.docker.distribution.manifest.v2+json".into(),
            }]
        );
    }

    #[test]
    fn damage_of_a_real_file_never_panics() {
        for at in (0..REAL.len()).step_by(7) {
            let mut bytes = REAL.to_vec();
            bytes[at] ^= 0xff;
            if let Ok(bolt) = Bolt::new(&bytes) {
                let _ = named_images(&bolt);
            }
        }
    }
}
