//! One manifest or index, from its bytes.

use std::collections::BTreeMap;

use plimsoll_model::{CappedText, Compression, Digest, LayerKind, Platform};
use serde::Deserialize;

/// Largest manifest or index that is read: the size that the distribution specification asks
/// registries to accept at least.
pub const MAX_MANIFEST_BYTES: u64 = 4 << 20;

/// Most entries of one index, or layers of one manifest.
pub const MAX_DESCRIPTORS: usize = 4096;

/// Media types that mean something here.
pub mod media {
    /// OCI image manifest.
    pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// OCI index.
    pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// OCI image configuration.
    pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// Docker schema 2 manifest.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker manifest list.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Docker image configuration.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// Docker schema 1 manifest, signed or not: refused.
    pub const DOCKER_SCHEMA1: [&str; 2] = [
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ];
    /// OCI layers; `+gzip` and `+zstd` may follow.
    pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
    /// Docker's usual layer.
    pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// Docker's uncompressed layer.
    pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
    /// Docker's foreign layer, whose bytes are elsewhere (Windows base images).
    pub const DOCKER_FOREIGN: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar";
    /// OCI's name for the same.
    pub const OCI_FOREIGN: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    /// The configuration of an artifact that has none: the two bytes `{}`.
    pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
}

/// Why bytes are no manifest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// They follow no format.
    #[error("{0}")]
    Malformed(String),
    /// They follow one that is not supported.
    #[error("{0}")]
    Unsupported(String),
}

impl ParseError {
    pub(super) fn malformed(what: &str, error: impl std::fmt::Display) -> Self {
        let text = error.to_string();
        Self::Malformed(format!("{what}: {}", CappedText(text.as_bytes(), 200)))
    }
}

/// A pointer to a blob.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(from = "RawDescriptor")]
pub struct Descriptor {
    /// Empty where the document names none.
    pub media_type: String,
    /// Digest of the blob. `None` where the text is no SHA-256 digest; see `digest_text`.
    pub digest: Option<Digest>,
    /// The digest as written, for messages.
    pub digest_text: String,
    /// Size of the blob; `None` where the document names none or a negative one.
    pub size: Option<u64>,
    /// Platform, in an index.
    pub platform: Option<Platform>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Where else the blob may be had.
    pub urls: Vec<String>,
    /// Artifact type.
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// A descriptor of bytes that are known by digest and size alone.
    #[must_use]
    pub fn new(media_type: &str, digest: Digest, size: Option<u64>) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Some(digest),
            digest_text: digest.to_string(),
            size,
            ..Self::default()
        }
    }

    /// Whether this is an index.
    #[must_use]
    pub fn is_index(&self) -> bool {
        [media::OCI_INDEX, media::DOCKER_LIST].contains(&self.media_type.as_str())
    }

    /// Whether this may be an image manifest or index: BuildKit's attestations and artifacts are not.
    #[must_use]
    pub fn may_be_image(&self) -> bool {
        // https://docs.docker.com/build/metadata/attestations/attestation-storage/
        let attests = self
            .annotations
            .get("vnd.docker.reference.type")
            .is_some_and(|kind| kind == "attestation-manifest");
        let unknown = self.platform.as_ref().is_some_and(|p| p.os == "unknown");
        !(attests || unknown && self.artifact_type.is_some())
    }

    /// The reference name that an OCI layout or a docker archive gives it.
    #[must_use]
    pub fn ref_names(&self) -> Vec<&str> {
        ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
            .iter()
            .filter_map(|key| self.annotations.get(*key))
            .map(String::as_str)
            .collect()
    }

    /// How a layer's bytes are stored, as its media type says. Only for display: reading goes by the
    /// bytes themselves.
    #[must_use]
    pub fn compression(&self) -> Compression {
        match self.media_type.as_str() {
            t if t.ends_with("+gzip") || t.ends_with(".tar.gzip") => Compression::Gzip,
            t if t.ends_with("+zstd") || t.ends_with(".tar.zstd") => Compression::Zstd,
            t if t.ends_with(".tar") => Compression::None,
            _ => Compression::Detect,
        }
    }

    /// Whether a layer's bytes are with the image.
    #[must_use]
    pub fn layer_kind(&self) -> LayerKind {
        let foreign = [media::DOCKER_FOREIGN, media::OCI_FOREIGN]
            .iter()
            .any(|prefix| self.media_type.starts_with(prefix));
        if foreign { LayerKind::Foreign(self.urls.clone()) } else { LayerKind::Present }
    }
}

/// An image manifest.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImageDoc {
    /// Configuration.
    pub config: Descriptor,
    /// Layers, bottom first.
    pub layers: Vec<Descriptor>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// A manifest of something that need not be an image (OCI image specification, "Guidelines for Artifact
/// Usage").
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ArtifactDoc {
    /// What it is; the configuration's media type where the manifest does not say.
    pub artifact_type: String,
    /// Configuration, mostly the empty one.
    pub config: Descriptor,
    /// Its parts.
    pub layers: Vec<Descriptor>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// An index or manifest list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct IndexDoc {
    /// Its entries, in its order.
    pub manifests: Vec<Descriptor>,
    /// Annotations of the index.
    pub annotations: BTreeMap<String, String>,
}

/// What a manifest's bytes turn out to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Document {
    /// One image.
    Image(Box<ImageDoc>),
    /// Several.
    Index(IndexDoc),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: Option<i64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    annotations: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    media_type: Option<String>,
    digest: Option<String>,
    size: Option<i64>,
    platform: Option<RawPlatform>,
    annotations: Option<BTreeMap<String, Option<String>>>,
    urls: Option<Vec<String>>,
    artifact_type: Option<String>,
}

#[derive(Deserialize)]
struct RawPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

fn annotations(raw: Option<BTreeMap<String, Option<String>>>) -> BTreeMap<String, String> {
    raw.unwrap_or_default().into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

impl From<RawDescriptor> for Descriptor {
    fn from(raw: RawDescriptor) -> Self {
        let digest_text = raw.digest.unwrap_or_default();
        Self {
            media_type: raw.media_type.unwrap_or_default(),
            digest: digest_text.parse().ok(),
            digest_text,
            size: raw.size.and_then(|size| size.try_into().ok()),
            platform: raw.platform.and_then(|p| {
                Some(Platform {
                    os: p.os?,
                    architecture: p.architecture?,
                    variant: p.variant.filter(|v| !v.is_empty()),
                })
            }),
            annotations: annotations(raw.annotations),
            urls: raw.urls.unwrap_or_default(),
            artifact_type: raw.artifact_type,
        }
    }
}

fn descriptors(raw: Vec<Descriptor>, what: &str) -> Result<Vec<Descriptor>, ParseError> {
    if raw.len() > MAX_DESCRIPTORS {
        let message = format!("{} {what}, more than the limit of {MAX_DESCRIPTORS}", raw.len());
        return Err(ParseError::Malformed(message));
    }
    Ok(raw)
}

/// Reads a manifest or index. `media_type` is what the descriptor or the HTTP header says it is; the
/// document's own word counts more, and its shape decides where both are silent.
///
/// # Errors
/// For bytes that are no such document, schema 1, and artifacts that are no image.
pub fn parse_document(bytes: &[u8], media_type: Option<&str>) -> Result<Document, ParseError> {
    if bytes.len() as u64 > MAX_MANIFEST_BYTES {
        let message = format!("larger than the limit of {MAX_MANIFEST_BYTES} bytes");
        return Err(ParseError::Malformed(message));
    }
    let raw: Raw = serde_json::from_slice(bytes)
        .map_err(|error| ParseError::malformed("not a manifest", error))?;
    let media_type = raw.media_type.as_deref().or(media_type).unwrap_or_default();
    if raw.schema_version == Some(1) || media::DOCKER_SCHEMA1.contains(&media_type) {
        let message = "a Docker schema 1 manifest, which engines no longer run either";
        return Err(ParseError::Unsupported(message.into()));
    }
    // A document that is both could be shown to one reader as an image and to another as an index:
    // CVE-2021-41190.
    if raw.manifests.is_some() && (raw.layers.is_some() || raw.config.is_some()) {
        let message = "the manifest has both `manifests` and `layers`: it is ambiguous";
        return Err(ParseError::Malformed(message.into()));
    }
    if let Some(manifests) = raw.manifests {
        return Ok(Document::Index(IndexDoc {
            manifests: descriptors(manifests, "manifests in the index")?,
            annotations: annotations(raw.annotations),
        }));
    }
    match (raw.config, raw.layers) {
        (Some(config), layers) => {
            if let Some(kind) = raw.artifact_type.as_deref().or(foreign_config(&config)) {
                let shown = CappedText(kind.as_bytes(), 100);
                return Err(ParseError::Unsupported(format!(
                    "an artifact of type {shown}, not a container image"
                )));
            }
            Ok(Document::Image(Box::new(ImageDoc {
                config,
                layers: descriptors(layers.unwrap_or_default(), "layers")?,
                annotations: annotations(raw.annotations),
            })))
        }
        (None, _) => {
            Err(ParseError::Malformed("neither an image manifest nor an index".to_owned()))
        }
    }
}

/// Reads the manifest of an artifact of any type.
///
/// # Errors
/// For bytes that are no such manifest, an index among them.
pub fn parse_artifact(bytes: &[u8]) -> Result<ArtifactDoc, ParseError> {
    if bytes.len() as u64 > MAX_MANIFEST_BYTES {
        let message = format!("larger than the limit of {MAX_MANIFEST_BYTES} bytes");
        return Err(ParseError::Malformed(message));
    }
    let raw: Raw = serde_json::from_slice(bytes)
        .map_err(|error| ParseError::malformed("not a manifest", error))?;
    if raw.manifests.is_some() {
        return Err(ParseError::Unsupported("an index, not an artifact".to_owned()));
    }
    let config = raw.config.unwrap_or_default();
    Ok(ArtifactDoc {
        artifact_type: raw.artifact_type.unwrap_or_else(|| config.media_type.clone()),
        config,
        layers: descriptors(raw.layers.unwrap_or_default(), "layers")?,
        annotations: annotations(raw.annotations),
    })
}

/// The configuration's media type where it says that this is something else than an image (a Helm
/// chart, a signature). Silence and unknown JSON types are believed to be images: old tools wrote
/// `application/octet-stream`.
fn foreign_config(config: &Descriptor) -> Option<&str> {
    let kind = config.media_type.as_str();
    let image = kind.is_empty()
        || [
            media::OCI_CONFIG,
            media::DOCKER_CONFIG,
            "application/octet-stream",
            "application/json",
        ]
        .contains(&kind);
    (!image).then_some(kind)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Document, ParseError> {
        parse_document(text.as_bytes(), None)
    }

    fn image(text: &str) -> ImageDoc {
        match parse(text).unwrap() {
            Document::Image(image) => *image,
            Document::Index(_) => panic!("an index"),
        }
    }

    const HEX: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    #[test]
    fn odd_but_harmless_documents_are_read() {
        let text = format!(
            r#"{{"schemaVersion":2,"unknown":[{{}}],"annotations":null,
            "config":{{"mediaType":"application/octet-stream","digest":"sha256:{HEX}","size":-1}},
            "layers":[{{"digest":"sha256:{HEX}","size":7,"annotations":{{"a":null,"b":"c"}},
                       "urls":null,"platform":{{}}}}]}}"#
        );
        let image = image(&text);
        assert_eq!(image.config.size, None);
        assert_eq!(image.layers[0].size, Some(7));
        assert_eq!(image.layers[0].annotations.get("b").unwrap(), "c");
        assert_eq!(image.layers[0].platform, None);
        assert_eq!(image.layers[0].compression(), Compression::Detect);
    }

    #[test]
    fn layers_may_be_null_and_an_index_empty() {
        assert!(image(r#"{"config":{},"layers":null}"#).layers.is_empty());
        let Document::Index(index) = parse(r#"{"manifests":[]}"#).unwrap() else { panic!() };
        assert!(index.manifests.is_empty());
    }

    #[test]
    fn what_is_no_image_is_refused_by_its_name() {
        let unsupported = |text: &str, word: &str| {
            let Err(ParseError::Unsupported(message)) = parse(text) else {
                panic!("{text}: {:?}", parse(text))
            };
            assert!(message.contains(word), "{message}");
        };
        unsupported(r#"{"schemaVersion":1,"fsLayers":[]}"#, "schema 1");
        let kind = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        unsupported(&format!(r#"{{"mediaType":"{kind}"}}"#), "schema 1");
        let helm = r#"{"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"}}"#;
        unsupported(helm, "helm");
        unsupported(r#"{"artifactType":"application/x","config":{}}"#, "application/x");
        for malformed in ["", "[]", "{}", "null", r#"{"layers":[]}"#, r#"{"manifests":{}}"#] {
            assert!(matches!(parse(malformed), Err(ParseError::Malformed(_))), "{malformed}");
        }
    }

    #[test]
    fn a_document_that_is_two_things_is_refused() {
        for text in [r#"{"manifests":[],"layers":[]}"#, r#"{"manifests":[],"config":{}}"#] {
            assert!(matches!(parse(text), Err(ParseError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn numbers_and_nesting_are_bounded() {
        let many = format!(r#"{{"manifests":[{}{{}}]}}"#, "{},".repeat(MAX_DESCRIPTORS));
        assert!(matches!(parse(&many), Err(ParseError::Malformed(_))));
        let large =
            format!(r#"{{"manifests":[],"x":"{}"}}"#, "a".repeat(MAX_MANIFEST_BYTES as usize));
        assert!(matches!(parse(&large), Err(ParseError::Malformed(_))));
        let deep = "[".repeat(1_000_000);
        assert!(parse(&deep).is_err());
        assert!(parse(&format!(r#"{{"unknown":{deep}"#)).is_err());
    }

    #[test]
    fn media_types_name_compression_and_foreign_layers() {
        let layer = |kind: &str| Descriptor { media_type: kind.into(), ..Default::default() };
        for (kind, compression, foreign) in [
            (media::DOCKER_LAYER_GZIP, Compression::Gzip, false),
            (media::DOCKER_LAYER, Compression::None, false),
            ("application/vnd.oci.image.layer.v1.tar+zstd", Compression::Zstd, false),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Compression::Gzip, true),
            (
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                Compression::Gzip,
                true,
            ),
            ("text/plain", Compression::Detect, false),
        ] {
            assert_eq!(layer(kind).compression(), compression, "{kind}");
            assert_eq!(layer(kind).layer_kind() != LayerKind::Present, foreign, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, text in r#"[{}\[\]":,a-z0-9 \\]{0,200}"#) {
            let _ = parse_document(&bytes, None);
            let _ = parse_document(text.as_bytes(), Some(&text));
        }
    }
}
