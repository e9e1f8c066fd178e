//! Images in files and folders: docker archives, OCI layouts and archives, root file systems.
//!
//! Nothing here talks to anybody, and nothing from an image becomes a path on the host: blobs are
//! looked up by digest, archive members in an index of the archive.

mod archive;
mod docker;
mod layout;
mod legacy;
mod reference;
mod rootfs;
mod walk;

use std::{io, path::Path};

use archive::Archive;
pub use archive::{MAX_ARCHIVE_ENTRIES, MAX_SPOOL_BYTES, TarIndex, TarMember};
use async_trait::async_trait;
pub(crate) use layout::{Files as LayoutFiles, open_artifact as layout_artifact};
pub use reference::PathReference;
pub(crate) use reference::{PathKind, kind_of, looks_like_root};
pub use walk::{MAX_DIR_ENTRIES, MAX_HARD_LINKS, MAX_SOURCE_PROBLEMS, MAX_TREE_DEPTH};

use crate::{AcquireError, AcquireErrorKind, Image, ImageSource, OpenOptions};

/// `docker-archive:PATH[:TAG]`: what `docker save` and `podman save` write, also gzipped as a whole.
#[derive(Clone, Copy, Debug)]
pub struct DockerArchive;

/// `oci:PATH[:TAG|@DIGEST]`: an OCI layout in a folder.
#[derive(Clone, Copy, Debug)]
pub struct OciLayout;

/// `oci-archive:PATH[:TAG|@DIGEST]`: an OCI layout in a tar archive.
#[derive(Clone, Copy, Debug)]
pub struct OciArchive;

/// `rootfs:PATH`: a root file system as a folder, or as a tar archive of any compression.
#[derive(Clone, Copy, Debug)]
pub struct Rootfs;

fn existing(reference: &str) -> Result<PathReference, AcquireError> {
    PathReference::find(reference).ok_or_else(|| {
        AcquireError::new(AcquireErrorKind::NotFound, reference, "no such file or folder")
    })
}

async fn index(reference: &PathReference) -> Result<Archive, AcquireError> {
    let path = reference.path.clone();
    blocking(&reference.path, move || Archive::open(&path)).await
}

/// Opens an image archive of either form. One that is both is a Docker archive: `manifest.json` has the
/// names, and is what engines load.
pub(crate) async fn open_image_archive(
    reference: PathReference,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    let archive = index(&reference).await?;
    open_indexed(reference, archive, options).await
}

/// Opens what an engine exported; `place` is for messages.
pub(crate) async fn open_spooled(
    file: std::fs::File,
    place: String,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    let path = std::path::PathBuf::from(&place);
    let reference = PathReference { written: place, path: path.clone(), selector: None };
    let archive = blocking(&reference.path, move || Archive::spooled(file, &path)).await?;
    open_indexed(reference, archive, options).await
}

async fn open_indexed(
    reference: PathReference,
    archive: Archive,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    let has = |name| archive.index.file(name).is_some();
    if has("manifest.json") || has("repositories") || !has("index.json") {
        return docker::open(reference, archive, options).await;
    }
    layout::open_archive(reference, archive, options).await
}

/// What reading a foreign layer says.
pub(crate) fn foreign() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "a foreign layer: its bytes are not with the image")
}

pub(crate) async fn blocking<T: Send + 'static>(
    place: &Path,
    work: impl FnOnce() -> Result<T, AcquireError> + Send + 'static,
) -> Result<T, AcquireError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        let message = "reading it was stopped by an internal error";
        Err(AcquireError::new(AcquireErrorKind::Io, place.display(), message))
    })
}

#[async_trait]
impl ImageSource for DockerArchive {
    fn scheme(&self) -> &'static str {
        "docker-archive"
    }

    async fn open(
        &self,
        reference: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let reference = existing(reference)?;
        let archive = index(&reference).await?;
        docker::open(reference, archive, options).await
    }
}

#[async_trait]
impl ImageSource for OciLayout {
    fn scheme(&self) -> &'static str {
        "oci"
    }

    async fn open(
        &self,
        reference: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let reference = existing(reference)?;
        if reference.path.is_file() {
            let archive = index(&reference).await?;
            return layout::open_archive(reference, archive, options).await;
        }
        layout::open_folder(reference, options).await
    }
}

#[async_trait]
impl ImageSource for OciArchive {
    fn scheme(&self) -> &'static str {
        "oci-archive"
    }

    async fn open(
        &self,
        reference: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let reference = existing(reference)?;
        let archive = index(&reference).await?;
        layout::open_archive(reference, archive, options).await
    }
}

#[async_trait]
impl ImageSource for Rootfs {
    fn scheme(&self) -> &'static str {
        "rootfs"
    }

    async fn open(
        &self,
        reference: &str,
        _options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let path = Path::new(reference);
        if path.symlink_metadata().is_err() {
            return Err(AcquireError::new(
                AcquireErrorKind::NotFound,
                reference,
                "no such file or folder",
            ));
        }
        rootfs::open(path.to_owned()).await
    }
}
