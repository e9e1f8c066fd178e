//! Docker archives: what `docker save`, `podman save`, `skopeo copy … docker-archive:` and build tools
//! write. `manifest.json` names a configuration and layers by their paths within the archive; since
//! Docker 25 those are blobs of an OCI layout that lies beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
};

use plimsoll_model::{
    Digest, ImageManifest, LayerDesc, LayerKind, Problem, ProblemKind, normalize_path,
};
use serde::Deserialize;

use super::{archive::Archive, blocking, layout::names_match, legacy, reference::PathReference};
use crate::{
    AcquireError, AcquireErrorKind, ConfigDoc, Descriptor, Document, Image, MAX_CONFIG_BYTES,
    MAX_DESCRIPTORS, MAX_INDEX_DEPTH, MAX_INDEX_DOCUMENTS, MAX_MANIFEST_BYTES, OpenOptions,
    PlatformChoice, Resolved, bare_layer, layer_stream, manifest::rank, parse_config,
    parse_document, sha256,
};

/// Most images of one archive.
const MAX_IMAGES: usize = 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
    layer_sources: Option<BTreeMap<String, Descriptor>>,
}

/// A layer's member in the archive, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct DockerImage {
    manifest: ImageManifest,
    problems: Vec<Problem>,
    archive: Archive,
    members: Vec<Option<String>>,
}

impl DockerImage {
    pub(super) fn new(
        archive: Archive,
        (manifest, problems): (ImageManifest, Vec<Problem>),
        members: Vec<Option<String>>,
    ) -> Self {
        Self { manifest, problems, archive, members }
    }
}

impl Image for DockerImage {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        if layer.kind != LayerKind::Present {
            return Err(super::foreign());
        }
        let missing = |name: &str| {
            let cut = if self.archive.index.truncated { "; the archive is cut short" } else { "" };
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("layer {name} is missing from the archive{cut}"),
            )
        };
        let name = self.members.get(layer.index as usize).and_then(Option::as_deref);
        let name = name.ok_or_else(|| missing("file"))?;
        let (section, _) = self.archive.member(name).ok_or_else(|| missing(name))?;
        layer_stream(section, layer)
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }
}

pub(super) async fn open(
    reference: PathReference,
    archive: Archive,
    options: &OpenOptions,
) -> Result<Box<dyn Image>, AcquireError> {
    let choice = options.platform.clone();
    let path = reference.path.clone();
    let image = blocking(&path, move || open_blocking(&reference, archive, &choice)).await?;
    Ok(Box::new(image))
}

fn open_blocking(
    reference: &PathReference,
    archive: Archive,
    choice: &PlatformChoice,
) -> Result<DockerImage, AcquireError> {
    let place = reference.place();
    let listed = archive
        .small("manifest.json", MAX_MANIFEST_BYTES)
        .map_err(|error| AcquireError::io(&place, error))?;
    let Some(bytes) = listed else {
        if archive.index.file("repositories").is_some() {
            return legacy::open(reference, archive);
        }
        let (kind, message) = if archive.index.truncated {
            (AcquireErrorKind::Malformed, "the archive is cut short: manifest.json is missing")
        } else {
            (AcquireErrorKind::Malformed, "no docker archive: manifest.json is missing")
        };
        let error = AcquireError::new(kind, &place, message);
        return Err(error.advice("use oci-archive: or rootfs: for the other kinds of archives"));
    };
    let fail = |kind, message: String| AcquireError::new(kind, &place, message);
    let images: Vec<Listed> = serde_json::from_slice(&bytes)
        .map_err(|error| fail(AcquireErrorKind::Malformed, format!("manifest.json: {error}")))?;
    if images.len() > MAX_IMAGES {
        let message = format!("more than {MAX_IMAGES} images in manifest.json");
        return Err(fail(AcquireErrorKind::LimitReached, message));
    }
    let (listed, config_bytes, config) = choose(&place, &archive, images, reference, choice)?;
    describe(reference, archive, &listed, &config_bytes, config)
}

fn describe(
    reference: &PathReference,
    archive: Archive,
    listed: &Listed,
    config_bytes: &[u8],
    config: ConfigDoc,
) -> Result<DockerImage, AcquireError> {
    let place = reference.place();
    let paths = listed.layers.as_deref().unwrap_or_default();
    if paths.len() > MAX_DESCRIPTORS {
        let message = format!("more than {MAX_DESCRIPTORS} layers");
        return Err(AcquireError::new(AcquireErrorKind::LimitReached, &place, message));
    }
    let mut problems = Vec::new();
    let mut members = Vec::new();
    let mut layers = Vec::new();
    for (path, index) in paths.iter().zip(0..) {
        let name = normalize_path(path.as_bytes()).filter(|name| !name.is_empty());
        if name.is_none() {
            let message = "manifest.json names a layer by a path that leads out of the archive";
            problems.push(Problem::new(ProblemKind::UnsafeEntry, message).in_layer(index));
        }
        let place = name.as_deref().and_then(|name| archive.index.file(name));
        let source = config
            .diff_ids
            .get(index as usize)
            .and_then(|id| listed.layer_sources.as_ref()?.get(&id.to_string()));
        let mut layer = LayerDesc {
            blob: name.as_deref().and_then(blob_digest),
            size: place.map(|(_, size)| size),
            ..bare_layer(index)
        };
        if let (Some(source), None) = (source, place) {
            layer.kind = source.layer_kind();
            layer.size = source.size;
        }
        members.push(name);
        layers.push(layer);
    }
    let id = sha256(config_bytes);
    // The image id is the digest of the configuration; writers that name it by its digest mean it.
    if hex_name(&listed.config).is_some_and(|named| named != id) {
        let message =
            format!("the image's configuration {} has the digest {id}", shown(&listed.config));
        let mismatch = AcquireError::new(AcquireErrorKind::DigestMismatch, &place, message);
        return Err(mismatch.advice("the archive is damaged or was tampered with; save it again"));
    }
    let mut resolved = Resolved::new(config, layers);
    resolved.config_digest = Some(id);
    if archive.index.file("index.json").is_some() {
        match manifest_of(&archive, &id) {
            Some(digest) => resolved.manifest_digest = Some(digest),
            None => {
                let message = "index.json and manifest.json of the archive describe different \
                               images; the one of manifest.json was scanned";
                problems.push(Problem::new(ProblemKind::Malformed, message));
            }
        }
    }
    let (mut manifest, contradictions) =
        resolved.into_manifest(&reference.written, "docker-archive");
    manifest.tags = listed.repo_tags.clone().unwrap_or_default();
    problems.splice(0..0, contradictions);
    Ok(DockerImage::new(archive, (manifest, problems), members))
}

fn shown(name: &str) -> plimsoll_model::CappedText<'_> {
    plimsoll_model::CappedText(name.as_bytes(), 120)
}

type Chosen = (Listed, Vec<u8>, ConfigDoc);

fn choose(
    place: &str,
    archive: &Archive,
    images: Vec<Listed>,
    reference: &PathReference,
    choice: &PlatformChoice,
) -> Result<Chosen, AcquireError> {
    let fail = |kind, message: String| AcquireError::new(kind, place, message);
    let names = |images: &[Listed]| -> String {
        let names: BTreeSet<_> = images
            .iter()
            .flat_map(|image| match image.repo_tags.as_deref() {
                Some(tags) if !tags.is_empty() => tags.to_vec(),
                _ => vec![image.config.clone()],
            })
            .collect();
        let names: Vec<_> = names.iter().take(20).map(|name| shown(name).to_string()).collect();
        names.join(", ")
    };
    if images.is_empty() {
        return Err(fail(AcquireErrorKind::NotFound, "the archive holds no image".to_owned()));
    }
    let all = names(&images);
    let meant: Vec<_> = match reference.selector.as_deref() {
        None => images,
        Some(wanted) => {
            let digest = wanted.parse::<Digest>().ok();
            let is_meant = |image: &Listed| match digest {
                Some(digest) => hex_name(&image.config) == Some(digest),
                None => image.repo_tags.iter().flatten().any(|tag| names_match(tag, wanted)),
            };
            images.into_iter().filter(is_meant).collect()
        }
    };
    if meant.is_empty() {
        let wanted = reference.selector.as_deref().unwrap_or_default();
        let message = format!("holds no image `{}`; it holds {all}", shown(wanted));
        return Err(fail(AcquireErrorKind::NotFound, message));
    }
    let same_name = meant.windows(2).all(|pair| pair[0].repo_tags == pair[1].repo_tags);
    let several = names(&meant);
    let several_meant = || {
        let error =
            fail(AcquireErrorKind::BadReference, format!("holds several images: {several}"));
        error.advice(format!("name one, as in {place}:TAG"))
    };
    let only = meant.len() == 1;
    if !only && !same_name && *choice == PlatformChoice::Default {
        return Err(several_meant());
    }
    let wanted = choice.wanted();
    let mut available = Vec::new();
    // Only the best is kept: a hostile list may name a thousand large configurations.
    let mut best: Option<(u8, Chosen)> = None;
    for image in meant {
        let bytes = config_bytes(place, archive, &image)?;
        let config = parse_config(&bytes)
            .map_err(|error| fail(AcquireErrorKind::Malformed, error.to_string()))?;
        let platform = config.platform.clone().unwrap_or_default();
        let rank = match rank(&platform, &wanted) {
            None if only && choice.accepts(&platform) => Some(u8::MAX),
            rank => rank,
        };
        available.push(platform);
        let Some(rank) = rank else { continue };
        if best.is_some() && !same_name {
            return Err(several_meant());
        }
        if best.as_ref().is_none_or(|(than, _)| rank < *than) {
            best = Some((rank, (image, bytes, config)));
        }
    }
    if let Some((_, image)) = best {
        return Ok(image);
    }
    let listed: Vec<_> = available.iter().map(ToString::to_string).collect();
    let message = format!("has no image for {wanted}; it has {}", listed.join(", "));
    let kind = AcquireErrorKind::PlatformMissing { available };
    Err(fail(kind, message).advice("choose one with --platform"))
}

fn config_bytes(place: &str, archive: &Archive, image: &Listed) -> Result<Vec<u8>, AcquireError> {
    let name = normalize_path(image.config.as_bytes()).unwrap_or_default();
    let bytes =
        archive.small(&name, MAX_CONFIG_BYTES).map_err(|error| AcquireError::io(place, error))?;
    bytes.ok_or_else(|| {
        let message = format!("the configuration {} is missing", shown(&image.config));
        AcquireError::new(AcquireErrorKind::Malformed, place, message)
    })
}

/// The digest of a member that lies at `blobs/sha256/HEX`.
fn blob_digest(name: &str) -> Option<Digest> {
    format!("sha256:{}", name.strip_prefix("blobs/sha256/")?).parse().ok()
}

/// The digest that a configuration's name states: `HEX.json`, `blobs/sha256/HEX`, `sha256:HEX`.
fn hex_name(name: &str) -> Option<Digest> {
    let name = name.strip_prefix("blobs/sha256/").unwrap_or(name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    format!("sha256:{hex}").parse().ok()
}

/// The manifest of `index.json` whose configuration is `config`.
fn manifest_of(archive: &Archive, config: &Digest) -> Option<Digest> {
    let index = archive.small("index.json", MAX_MANIFEST_BYTES).ok()??;
    let mut stack = match parse_document(&index, None).ok()? {
        Document::Index(index) => index.manifests.into_iter().map(|d| (d, 1)).collect::<Vec<_>>(),
        Document::Image(_) => return None,
    };
    let mut documents = 0;
    while let Some((descriptor, depth)) = stack.pop() {
        documents += 1;
        if documents > MAX_INDEX_DOCUMENTS {
            return None;
        }
        let Some(digest) = descriptor.digest else { continue };
        let name = format!("blobs/sha256/{}", digest.hex());
        let Ok(Some(bytes)) = archive.small(&name, MAX_MANIFEST_BYTES) else { continue };
        if sha256(&bytes) != digest {
            continue;
        }
        match parse_document(&bytes, Some(&descriptor.media_type)) {
            Ok(Document::Image(image)) if image.config.digest.as_ref() == Some(config) => {
                return Some(digest);
            }
            Ok(Document::Index(index)) if depth < MAX_INDEX_DEPTH => {
                stack.extend(index.manifests.into_iter().map(|child| (child, depth + 1)));
            }
            _ => {}
        }
    }
    None
}
