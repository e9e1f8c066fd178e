//! Which source a reference means.
//!
//! `scheme:REST` asks that source alone. Without a scheme, in this order: an existing path (a file by its
//! content, a folder as an OCI layout where it holds `oci-layout`, else as a root file system), then the
//! Docker socket, the Podman socket, containerd, the registry. The first that has the image wins; the
//! error of a failure names what each one said.

use crate::{
    AcquireError, AcquireErrorKind, Image, ImageSource, PlatformChoice,
    registry::{RegistryOptions, RegistrySource},
};

/// How to open an image.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Which image of a multi-platform index.
    pub platform: PlatformChoice,
    /// How registries are talked to.
    pub registry: RegistryOptions,
}

/// Sources that read files and folders.
fn local() -> Vec<Box<dyn ImageSource>> {
    vec![]
}

/// Sources that ask somebody, in the order in which they are asked.
fn remote() -> Vec<Box<dyn ImageSource>> {
    vec![Box::new(RegistrySource)]
}

/// Opens what `reference` means.
///
/// # Errors
/// Where no source has it, or the one that the scheme names fails.
pub async fn open(reference: &str, options: &OpenOptions) -> Result<Box<dyn Image>, AcquireError> {
    let sources: Vec<_> = local().into_iter().chain(remote()).collect();
    if let Some((scheme, rest)) = reference.split_once(':')
        && let Some(source) = sources.iter().find(|source| source.scheme() == scheme)
    {
        return source.open(rest, options).await;
    }
    if let Some(("sbom", _)) = reference.split_once(':') {
        let message = "reading an SBOM instead of an image is not supported yet";
        return Err(AcquireError::new(AcquireErrorKind::Unsupported, reference, message));
    }
    let mut tried = Vec::new();
    for source in remote() {
        match source.open(reference, options).await {
            Ok(image) => return Ok(image),
            Err(error) => tried.push((source.scheme(), error)),
        }
    }
    Err(AcquireError::no_source(reference, tried))
}
