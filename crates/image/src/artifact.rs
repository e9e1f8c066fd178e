//! Artifacts that are no images (OCI image specification 1.1, "Guidelines for Artifact Usage"): in a registry, in
//! an OCI layout, or in an archive of one.
//!
//! What an artifact means is for the caller to know. Only plain image manifests are used: registries that know
//! nothing of artifacts or referrers store them all the same.

use std::io::Read;

use plimsoll_model::Digest;

use crate::{
    AcquireError, AcquireErrorKind, ArtifactDoc, Descriptor, OpenOptions, ParseError,
    local::{PathReference, layout_artifact},
    parse_artifact,
    registry::{Reference, ReferenceError, Repository},
};

/// An artifact whose manifest has been read.
pub struct Artifact {
    /// For messages: where it is.
    pub place: String,
    /// Digest of the manifest.
    pub digest: Digest,
    /// The manifest.
    pub manifest: ArtifactDoc,
    blobs: Blobs,
}

pub(crate) enum Blobs {
    Registry(Repository),
    Layout(crate::local::LayoutFiles),
}

/// Opens `oci://HOST/REPOSITORY[:TAG][@DIGEST]`, `oci-layout:FOLDER[:TAG]` or `oci-archive:FILE[:TAG]`.
///
/// # Errors
/// Where it is not there, is no manifest, or the text is none of these.
pub async fn open_artifact(text: &str, options: &OpenOptions) -> Result<Artifact, AcquireError> {
    let bad = |message: String| AcquireError::new(AcquireErrorKind::BadReference, text, message);
    if let Some(rest) = text.strip_prefix("oci://") {
        let reference: Reference = rest.parse().map_err(|e: ReferenceError| bad(e.to_string()))?;
        if options.offline {
            let message = "not asked, because of --offline";
            return Err(AcquireError::new(AcquireErrorKind::Unreachable, text, message));
        }
        let (repository, manifest) = Repository::open(&reference, &options.registry).await?;
        let place = reference.to_string();
        return Artifact::new(place, manifest.digest, &manifest.bytes, Blobs::Registry(repository));
    }
    let Some((scheme, path)) =
        text.split_once(':').filter(|(scheme, _)| ["oci-layout", "oci-archive"].contains(scheme))
    else {
        let message = "expected oci://HOST/REPOSITORY:TAG, oci-layout:FOLDER or oci-archive:FILE";
        return Err(bad(message.to_owned()));
    };
    let reference = PathReference::find(path).ok_or_else(|| {
        AcquireError::new(AcquireErrorKind::NotFound, text, "no such file or folder")
    })?;
    let place = reference.place();
    let (digest, bytes, files) = layout_artifact(reference, scheme == "oci-archive").await?;
    Artifact::new(place, digest, &bytes, Blobs::Layout(files))
}

impl Artifact {
    fn new(
        place: String,
        digest: Digest,
        bytes: &[u8],
        blobs: Blobs,
    ) -> Result<Self, AcquireError> {
        let manifest = parse_artifact(bytes).map_err(|error| {
            let kind = match &error {
                ParseError::Malformed(_) => AcquireErrorKind::Malformed,
                ParseError::Unsupported(_) => AcquireErrorKind::Unsupported,
            };
            AcquireError::new(kind, &place, error.to_string())
        })?;
        Ok(Self { place, digest, manifest, blobs })
    }

    /// The bytes of one of its parts from the place `from` on. They are not verified: only the caller knows those
    /// before. Blocking; must not be read on an async executor's thread.
    ///
    /// # Errors
    /// Where the part has no usable digest, or is missing.
    pub fn blob(&self, part: &Descriptor, from: u64) -> Result<Box<dyn Read + Send>, AcquireError> {
        let digest = part.digest.ok_or_else(|| {
            let message = format!(
                "`{}` is no digest that is supported",
                plimsoll_model::CappedText(part.digest_text.as_bytes(), 100)
            );
            AcquireError::new(AcquireErrorKind::Unsupported, &self.place, message)
        })?;
        match &self.blobs {
            Blobs::Registry(repository) => Ok(repository.blob(digest, part.size, from)),
            Blobs::Layout(files) => {
                files.blob(&digest, from).map_err(|error| AcquireError::io(&self.place, error))
            }
        }
    }
}
