//! Which source a reference means.
//!
//! `scheme:REST` asks that source alone. Without a scheme, in this order: an existing path (a file by its
//! content, a folder as an OCI layout where it holds `oci-layout`, else as a root file system), then the
//! Docker socket, the Podman socket, containerd, the registry. The first that has the image wins; the
//! error of a failure names what each one said.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use plimsoll_model::{ImageManifest, LayerDesc, Problem};

use crate::{
    AcquireError, AcquireErrorKind, Image, ImageSource, PlatformChoice,
    containerd::Containerd,
    engine::{Engine, EngineSource},
    local::{
        DockerArchive, OciArchive, OciLayout, PathKind, PathReference, Rootfs, blocking, kind_of,
        looks_like_root, open_image_archive,
    },
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
    /// Asks nobody beyond this machine: no registry is tried, and naming one is an error.
    pub offline: bool,
    /// Root of containerd's state, in place of the usual ones.
    pub containerd_root: Option<PathBuf>,
}

/// Sources that read files and folders.
fn local() -> Vec<Box<dyn ImageSource>> {
    vec![Box::new(DockerArchive), Box::new(OciArchive), Box::new(OciLayout), Box::new(Rootfs)]
}

/// Sources that ask somebody, in the order in which they are asked.
fn remote() -> Vec<Box<dyn ImageSource>> {
    vec![
        Box::new(EngineSource(Engine::Docker)),
        Box::new(EngineSource(Engine::Podman)),
        Box::new(Containerd),
        Box::new(RegistrySource),
    ]
}

/// All schemes that a reference may begin with.
#[must_use]
pub fn schemes() -> Vec<&'static str> {
    local().iter().chain(&remote()).map(|source| source.scheme()).collect()
}

/// Opens what `reference` means.
///
/// # Errors
/// Where no source has it, or the one that the scheme names fails.
pub async fn open(reference: &str, options: &OpenOptions) -> Result<Box<dyn Image>, AcquireError> {
    if let Some((scheme, rest)) = reference.split_once(':') {
        if scheme == "sbom" {
            let message = "reading an SBOM instead of an image is not supported yet";
            return Err(AcquireError::new(AcquireErrorKind::Unsupported, reference, message));
        }
        let source = local().into_iter().chain(remote()).find(|s| s.scheme() == scheme);
        if let Some(source) = source {
            check_offline(source.as_ref(), reference, options)?;
            let image = source.open(rest, options).await?;
            return Ok(Box::new(Referred::new(reference, image)));
        }
    }
    let mut tried = Vec::new();
    match open_path(reference, options).await {
        Ok(image) => return Ok(image),
        Err((error, true)) => return Err(error),
        Err((error, false)) => tried.push(("path", error)),
    }
    for source in remote() {
        let opened = match check_offline(source.as_ref(), reference, options) {
            Ok(()) => source.open(reference, options).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(image) => return Ok(image),
            Err(error) => tried.push((source.scheme(), error)),
        }
    }
    Err(AcquireError::no_source(reference, tried))
}

fn check_offline(
    source: &dyn ImageSource,
    reference: &str,
    options: &OpenOptions,
) -> Result<(), AcquireError> {
    if options.offline && source.scheme() == RegistrySource.scheme() {
        let message = "not asked, because of --offline";
        return Err(AcquireError::new(AcquireErrorKind::Unreachable, reference, message));
    }
    Ok(())
}

/// Opens a path by what lies there. An error comes with whether it is final: what is clearly a path is
/// not looked for elsewhere.
async fn open_path(
    reference: &str,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, (AcquireError, bool)> {
    let missing = |message: &str| {
        let written_as_path = reference.starts_with(['/', '.']);
        let error = AcquireError::new(AcquireErrorKind::NotFound, reference, message);
        (error, written_as_path)
    };
    let found = PathReference::find(reference).ok_or_else(|| missing("no such file or folder"))?;
    let path = found.path.clone();
    let kind = blocking(&found.path, move || kind_of(&path)).await.map_err(|e| (e, true))?;
    let source: &dyn ImageSource = match kind {
        PathKind::OciLayout => &OciLayout,
        PathKind::ImageArchive => {
            return open_image_archive(found, options).await.map_err(|error| (error, true));
        }
        PathKind::Folder | PathKind::File if found.selector.is_some() => {
            return Err(missing("the path before the colon holds no images with names"));
        }
        PathKind::Folder if may_be_image_name(reference) && !looks_like_root(&found.path) => {
            let message = "a folder of that name does not look like a root file system; \
                           write rootfs: before it if it is one";
            return Err((missing(message).0, false));
        }
        PathKind::Folder | PathKind::File => &Rootfs,
    };
    source.open(reference, options).await.map_err(|error| (error, true))
}

fn may_be_image_name(reference: &str) -> bool {
    !reference.starts_with(['/', '.']) && !reference.ends_with('/') && Path::new(reference).is_dir()
}

/// An image under the reference that the user wrote.
struct Referred {
    manifest: ImageManifest,
    image: Box<dyn Image>,
}

impl Referred {
    fn new(reference: &str, image: Box<dyn Image>) -> Self {
        let manifest =
            ImageManifest { reference: reference.to_owned(), ..image.manifest().clone() };
        Self { manifest, image }
    }
}

impl Image for Referred {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        self.image.layer(layer)
    }

    fn problems(&self) -> Vec<Problem> {
        self.image.problems()
    }

    fn warnings(&self) -> Vec<String> {
        self.image.warnings()
    }
}
