//! OCI layouts (OCI image specification, "Image Layout"), in a folder or in a tar archive.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use async_trait::async_trait;
use plimsoll_model::{Digest, ImageManifest, LayerDesc, LayerKind, Problem, read_capped};

use super::{archive::Archive, reference::PathReference};
use crate::{
    AcquireError, AcquireErrorKind, BlobFetch, Descriptor, Document, Image, IndexDoc,
    MAX_MANIFEST_BYTES, OpenOptions, layer_stream, parse_document, resolve_among, verify_bytes,
};

/// Names listed in a message.
const MAX_LISTED: usize = 20;

/// Where the files of a layout are.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    Folder(PathBuf),
    Archive(Archive),
}

impl Files {
    /// A file of the layout. `name` is made by us: `index.json`, or a blob's name from its digest.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        let missing = || {
            io::Error::new(io::ErrorKind::NotFound, format!("{name} is missing from the layout"))
        };
        match self {
            Self::Archive(archive) => {
                let (section, _) = archive.member(name).ok_or_else(missing)?;
                Ok(Box::new(section))
            }
            Self::Folder(folder) => {
                let path = folder.join(name);
                // A blob may be a link into a shared store. Anything but a file could block or be
                // without end, so it is not even opened.
                match path.metadata() {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
                    Err(error) => Err(error),
                    Ok(found) if found.is_file() => Ok(Box::new(File::open(path)?)),
                    Ok(_) => {
                        let message = format!("{name} is not a regular file");
                        Err(io::Error::new(io::ErrorKind::InvalidData, message))
                    }
                }
            }
        }
    }

    /// A blob from the place `from` on, not verified.
    pub(crate) fn blob(&self, digest: &Digest, from: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = self.open(&blob_name(digest))?;
        io::copy(&mut Read::by_ref(&mut file).take(from), &mut io::sink())?;
        Ok(file)
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Archive(archive) => archive.index.file(name).is_some(),
            Self::Folder(folder) => folder.join(name).is_file(),
        }
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

struct Store {
    files: Files,
    place: String,
}

#[async_trait]
impl BlobFetch for Store {
    fn place(&self) -> String {
        self.place.clone()
    }

    async fn fetch(&self, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, AcquireError> {
        let digest = blob.digest.as_ref().ok_or_else(|| {
            let message = format!("`{}` is no digest that is supported", blob.digest_text);
            AcquireError::new(AcquireErrorKind::Unsupported, &self.place, message)
        })?;
        let bytes = self.files.open(&blob_name(digest)).and_then(|file| read_capped(file, limit));
        bytes.map_err(|error| AcquireError::io(&self.place, error))
    }

    async fn has(&self, blob: &Descriptor) -> bool {
        blob.digest.is_some_and(|digest| self.files.has(&blob_name(&digest)))
    }

    async fn has_foreign(&self, layer: &Descriptor) -> bool {
        self.has(layer).await
    }
}

struct LayoutImage {
    manifest: ImageManifest,
    problems: Vec<Problem>,
    files: Files,
}

impl Image for LayoutImage {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        match (&layer.kind, &layer.blob) {
            (LayerKind::Present, Some(digest)) => {
                layer_stream(self.files.open(&blob_name(digest))?, layer)
            }
            _ => Err(super::foreign()),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }
}

pub(super) async fn open_folder(
    reference: PathReference,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    let files = Files::Folder(reference.path.clone());
    open(reference, files, "oci-layout", options).await
}

pub(super) async fn open_archive(
    reference: PathReference,
    archive: Archive,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    open(reference, Files::Archive(archive), "oci-archive", options).await
}

async fn open(
    reference: PathReference,
    files: Files,
    source: &str,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    let place = reference.place();
    let store = Store { files, place };
    let index = index(&store)?;
    let roots = choose(&store, index.manifests, reference.selector.as_deref())?;
    let names = roots.iter().flat_map(full_name).map(str::to_owned);
    let tags: BTreeSet<String> = names.filter(|name| name.contains([':', '/'])).collect();
    let resolved = resolve_among(&store, roots, &options.platform).await?;
    let (mut manifest, problems) = resolved.into_manifest(&reference.written, source);
    manifest.tags = tags.into_iter().collect();
    Ok(Box::new(LayoutImage { manifest, problems, files: store.files }))
}

fn index(store: &Store) -> Result<IndexDoc, AcquireError> {
    let fail =
        |message: String| AcquireError::new(AcquireErrorKind::Malformed, &store.place, message);
    let bytes = store
        .files
        .open("index.json")
        .and_then(|file| read_capped(file, MAX_MANIFEST_BYTES))
        .map_err(|error| {
            let error = AcquireError::io(&store.place, error);
            error.advice("is this an OCI layout, and is it complete?")
        })?;
    match parse_document(&bytes, None) {
        Ok(Document::Index(index)) => Ok(index),
        Ok(Document::Image(_)) => Err(fail("index.json is a manifest, not an index".to_owned())),
        Err(error) => Err(fail(format!("index.json: {error}"))),
    }
}

/// The manifest that a reference names, whatever it is the manifest of: its digest, its bytes, and where its
/// blobs are.
pub(crate) async fn open_artifact(
    reference: PathReference,
    archive: bool,
) -> Result<(Digest, Vec<u8>, Files), AcquireError> {
    let files = if archive {
        let path = reference.path.clone();
        Files::Archive(super::blocking(&reference.path, move || Archive::open(&path)).await?)
    } else {
        Files::Folder(reference.path.clone())
    };
    let store = Store { files, place: reference.place() };
    let index = index(&store)?;
    let roots = choose(&store, index.manifests, reference.selector.as_deref())?;
    let Some(root) = roots.first() else {
        let message = "the layout holds nothing";
        return Err(AcquireError::new(AcquireErrorKind::NotFound, &store.place, message));
    };
    let bytes = store.fetch(root, MAX_MANIFEST_BYTES).await?;
    let digest = verify_bytes(&store.place, root, &bytes)?;
    Ok((digest, bytes, store.files))
}

fn full_name(entry: &Descriptor) -> Option<&str> {
    entry.ref_names().first().copied()
}

/// The entries of `index.json` that are meant.
fn choose(
    store: &Store,
    entries: Vec<Descriptor>,
    selector: Option<&str>,
) -> Result<Vec<Descriptor>, AcquireError> {
    let fail = |kind, message: String| AcquireError::new(kind, &store.place, message);
    let listed = |entries: &[Descriptor]| {
        let names: BTreeSet<_> =
            entries.iter().map(|e| full_name(e).unwrap_or(&e.digest_text).to_owned()).collect();
        let more = names.len().saturating_sub(MAX_LISTED);
        let mut text = names.into_iter().take(MAX_LISTED).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text
    };
    if entries.is_empty() {
        return Err(fail(AcquireErrorKind::NotFound, "the layout holds no image".to_owned()));
    }
    let Some(wanted) = selector else {
        let names: BTreeSet<_> = entries.iter().map(full_name).collect();
        let digests: BTreeSet<_> = entries.iter().map(|entry| &entry.digest_text).collect();
        // Without names it is a plain index of platforms.
        if names.len() > 1 && digests.len() > 1 {
            let message = format!("holds several images: {}", listed(&entries));
            let error = fail(AcquireErrorKind::BadReference, message);
            return Err(error.advice(format!("name one, as in {}:TAG", store.place)));
        }
        return Ok(entries);
    };
    if let Ok(digest) = wanted.parse::<Digest>() {
        let found = entries.into_iter().find(|entry| entry.digest == Some(digest));
        // A manifest within a nested index has no entry of its own.
        let root = found.unwrap_or_else(|| Descriptor::new("", digest, None));
        if !store.files.has(&blob_name(&digest)) {
            let message = format!("holds no {digest}");
            return Err(fail(AcquireErrorKind::NotFound, message));
        }
        return Ok(vec![root]);
    }
    let all = listed(&entries);
    let found: Vec<_> = entries
        .into_iter()
        .filter(|entry| entry.ref_names().iter().any(|name| names_match(name, wanted)))
        .collect();
    if found.is_empty() {
        let message = format!("holds no image `{wanted}`; it holds {all}");
        return Err(fail(AcquireErrorKind::NotFound, message));
    }
    Ok(found)
}

/// Whether an image that is called `have` is meant by `wanted`: the same name, with Docker's defaults
/// filled in, or its tag alone.
pub(super) fn names_match(have: &str, wanted: &str) -> bool {
    fn full(name: &str) -> String {
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        let tagged = name.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
        if tagged { name.to_owned() } else { format!("{name}:latest") }
    }
    let tag = have.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    have == wanted || full(have) == full(wanted) || tag == Some(wanted)
}
