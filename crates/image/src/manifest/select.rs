//! From a reference's descriptor to one image: through nested indexes to the manifest for the wanted
//! platform, its configuration, and its layers. The same for every store of blobs; how a blob is
//! fetched is the store's business ([`BlobFetch`]).

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use plimsoll_model::{
    Compression, Digest, HistoryEntry, ImageConfig, ImageManifest, LayerDesc, LayerKind, Platform,
    Problem, ProblemKind,
};

use super::{
    ConfigDoc, Descriptor, Document, ImageDoc, MAX_CONFIG_BYTES, MAX_MANIFEST_BYTES, ParseError,
    media, parse_config, parse_document,
};
use crate::{AcquireError, AcquireErrorKind, PlatformChoice, sha256};

/// Deepest nesting of indexes.
pub const MAX_INDEX_DEPTH: usize = 8;

/// Most manifests and indexes that are read to find one image.
pub const MAX_INDEX_DOCUMENTS: usize = 256;

/// Bytes of all documents that are read to find one image.
const MAX_DOCUMENT_BYTES: usize = 64 << 20;

/// A store of blobs: a registry, a layout, an archive, a content store.
#[async_trait]
pub trait BlobFetch: Send + Sync {
    /// Where the blobs are, for messages.
    fn place(&self) -> String;

    /// The bytes of a manifest or configuration, at most `limit`. Not verified here: [`resolve`] does.
    ///
    /// # Errors
    /// [`AcquireErrorKind::NotFound`] where the store does not have it.
    async fn fetch(&self, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, AcquireError>;

    /// Whether the store has a blob, where that is cheap to tell: a store may hold an index without
    /// all that it names (`docker save` of one platform).
    async fn has(&self, _blob: &Descriptor) -> bool {
        true
    }

    /// Whether the store has the bytes of a foreign layer all the same: some tools copy them along.
    /// What is there is scanned.
    async fn has_foreign(&self, _layer: &Descriptor) -> bool {
        false
    }
}

/// The image that a reference means.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Digest of the image manifest.
    pub manifest_digest: Option<Digest>,
    /// Digest of the configuration.
    pub config_digest: Option<Digest>,
    /// Platform.
    pub platform: Platform,
    /// How a container runs.
    pub config: ImageConfig,
    /// History, assigned to layers where it fits them.
    pub history: Vec<HistoryEntry>,
    /// Layers, bottom first.
    pub layers: Vec<LayerDesc>,
    /// Annotations of the manifest's descriptor.
    pub annotations: BTreeMap<String, String>,
    /// What contradicts itself.
    pub problems: Vec<Problem>,
}

impl Resolved {
    /// Puts a configuration and its layers together. Engines refuse an image whose configuration does
    /// not name as many diffIDs as there are layers; here every layer is still scanned, and none is
    /// given a diffID that may be another's.
    #[must_use]
    pub fn new(config: ConfigDoc, mut layers: Vec<LayerDesc>) -> Self {
        let ConfigDoc { platform, config, mut history, diff_ids, ignored } = config;
        let mut problems = Vec::new();
        if diff_ids.len() == layers.len() {
            for (layer, diff_id) in layers.iter_mut().zip(&diff_ids) {
                layer.diff_id = Some(*diff_id);
            }
        } else {
            let message = format!(
                "the image's configuration names {} diffIDs for {} layers",
                diff_ids.len(),
                layers.len()
            );
            problems.push(Problem::new(ProblemKind::Malformed, message));
        }
        for part in ignored {
            let message = format!("`{part}` of the image's configuration has the wrong shape");
            problems.push(Problem::new(ProblemKind::Malformed, message));
        }
        // Tools that squash or rebase leave a history that fits nothing: then it says nothing about
        // any layer.
        let made = history.iter().filter(|entry| !entry.empty_layer).count();
        if made == layers.len() {
            let entries = history.iter_mut().filter(|entry| !entry.empty_layer);
            for (entry, layer) in entries.zip(&mut layers) {
                entry.layer = Some(layer.index);
                layer.created_by.clone_from(&entry.created_by);
            }
        }
        Self {
            manifest_digest: None,
            config_digest: None,
            platform: platform.unwrap_or_default(),
            config,
            history,
            layers,
            annotations: BTreeMap::new(),
            problems,
        }
    }

    /// The manifest that the rest of the program sees, and the problems.
    #[must_use]
    pub fn into_manifest(self, reference: &str, source: &str) -> (ImageManifest, Vec<Problem>) {
        let manifest = ImageManifest {
            reference: reference.to_owned(),
            source: source.to_owned(),
            digest: self.manifest_digest,
            config_digest: self.config_digest,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            platform: self.platform,
            config: self.config,
            history: self.history,
            layers: self.layers,
        };
        (manifest, self.problems)
    }
}

/// Layers as a manifest describes them; diffIDs and instructions are added by [`Resolved::new`].
///
/// # Errors
/// For a layer that is not named by a SHA-256 digest: its bytes could not be verified.
pub fn layers(descriptors: &[Descriptor]) -> Result<Vec<LayerDesc>, ParseError> {
    descriptors
        .iter()
        .zip(0..)
        .map(|(descriptor, index)| {
            let digest: Digest = descriptor
                .digest_text
                .parse()
                .map_err(|error| ParseError::malformed("a layer of the manifest", error))?;
            Ok(LayerDesc {
                index,
                blob: Some(digest),
                diff_id: None,
                size: descriptor.size,
                compression: descriptor.compression(),
                kind: descriptor.layer_kind(),
                created_by: String::new(),
            })
        })
        .collect()
}

/// Whether bytes are the ones that a descriptor names.
///
/// # Errors
/// [`AcquireErrorKind::DigestMismatch`] where they are not.
pub fn verify_bytes(place: &str, blob: &Descriptor, bytes: &[u8]) -> Result<Digest, AcquireError> {
    let found = sha256(bytes);
    let problem = match blob.digest {
        Some(digest) if digest != found => {
            format!("asked for {digest}, got bytes with the digest {found}")
        }
        // A content store takes a size that is not the blob's for another blob.
        Some(digest) if blob.size.is_some_and(|size| size != bytes.len() as u64) => {
            format!("{digest} has {} bytes, not the size that its descriptor says", bytes.len())
        }
        _ => return Ok(found),
    };
    Err(AcquireError::new(AcquireErrorKind::DigestMismatch, place, problem)
        .advice("the image is damaged or was tampered with; pull or export it again"))
}

struct Leaf {
    descriptor: Descriptor,
    /// Set where it had to be read to find out what it is.
    read: Option<(Digest, ImageDoc)>,
}

struct Walk<'a> {
    store: &'a dyn BlobFetch,
    place: String,
    read: usize,
    bytes: usize,
}

impl Walk<'_> {
    fn error(&self, kind: AcquireErrorKind, message: impl Into<String>) -> AcquireError {
        AcquireError::new(kind, &self.place, message)
    }

    fn parse_error(&self, error: ParseError) -> AcquireError {
        match error {
            ParseError::Malformed(message) => self.error(AcquireErrorKind::Malformed, message),
            ParseError::Unsupported(message) => self
                .error(AcquireErrorKind::Unsupported, message)
                .advice("build or push the image again with a current tool"),
        }
    }

    async fn fetch(
        &mut self,
        blob: &Descriptor,
        limit: u64,
    ) -> Result<(Digest, Vec<u8>), AcquireError> {
        let bytes = self.store.fetch(blob, limit).await?;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MAX_DOCUMENT_BYTES {
            let message = format!("more than {MAX_DOCUMENT_BYTES} bytes of manifests");
            return Err(self
                .error(AcquireErrorKind::LimitReached, message)
                .advice("name the image by its digest"));
        }
        let digest = verify_bytes(&self.place, blob, &bytes)?;
        Ok((digest, bytes))
    }

    async fn document(&mut self, blob: &Descriptor) -> Result<(Digest, Document), AcquireError> {
        self.read += 1;
        if self.read > MAX_INDEX_DOCUMENTS {
            let message =
                format!("more than {MAX_INDEX_DOCUMENTS} manifests would have to be read");
            return Err(self
                .error(AcquireErrorKind::LimitReached, message)
                .advice("name the image by its digest"));
        }
        if blob.digest.is_none() && !blob.digest_text.is_empty() {
            let error = blob.digest_text.parse::<Digest>().err();
            let message = error.map(|error| error.to_string()).unwrap_or_default();
            return Err(self.error(AcquireErrorKind::Unsupported, message));
        }
        let (digest, bytes) = self.fetch(blob, MAX_MANIFEST_BYTES).await?;
        let media_type = Some(blob.media_type.as_str()).filter(|kind| !kind.is_empty());
        let document =
            parse_document(&bytes, media_type).map_err(|error| self.parse_error(error))?;
        Ok((digest, document))
    }

    /// All images below `roots`, in the order of the indexes.
    async fn leaves(&mut self, mut roots: Vec<Descriptor>) -> Result<Vec<Leaf>, AcquireError> {
        let mut leaves = Vec::new();
        let mut seen = BTreeSet::new();
        let mut missing = None;
        // Several roots are what an index of them would be.
        let depth = usize::from(roots.len() > 1);
        roots.reverse();
        let mut stack: Vec<_> = roots.into_iter().map(|root| (root, depth)).collect();
        while let Some((descriptor, depth)) = stack.pop() {
            let known = descriptor.digest.is_some_and(|digest| !seen.insert(digest));
            if known || !descriptor.may_be_image() {
                continue;
            }
            let leaf_type =
                [media::OCI_MANIFEST, media::DOCKER_MANIFEST].contains(&&*descriptor.media_type);
            if depth > 0 && leaf_type && descriptor.platform.is_some() {
                leaves.push(Leaf { descriptor, read: None });
                continue;
            }
            let (digest, document) = match self.document(&descriptor).await {
                Err(error) if depth > 0 && matches!(error.kind, AcquireErrorKind::NotFound) => {
                    missing.get_or_insert(error);
                    continue;
                }
                // An index may hold artifacts (signatures, charts) beside images.
                Err(error) if depth > 0 && matches!(error.kind, AcquireErrorKind::Unsupported) => {
                    missing.get_or_insert(error);
                    continue;
                }
                other => other?,
            };
            match document {
                Document::Image(image) => {
                    leaves.push(Leaf { descriptor, read: Some((digest, *image)) });
                }
                Document::Index(_) if depth >= MAX_INDEX_DEPTH => {
                    let message = format!("indexes nested deeper than {MAX_INDEX_DEPTH}");
                    return Err(self.error(AcquireErrorKind::LimitReached, message));
                }
                Document::Index(index) => {
                    for mut child in index.manifests.into_iter().rev() {
                        if child.platform.is_none() && child.is_index() {
                            child.platform.clone_from(&descriptor.platform);
                        }
                        stack.push((child, depth + 1));
                    }
                }
            }
        }
        match missing {
            Some(error) if leaves.is_empty() => Err(error),
            _ => Ok(leaves),
        }
    }

    async fn image(&mut self, leaf: Leaf) -> Result<Resolved, AcquireError> {
        let (digest, image) = match leaf.read {
            Some(read) => read,
            None => match self.document(&leaf.descriptor).await? {
                (digest, Document::Image(image)) => (digest, *image),
                (_, Document::Index(_)) => {
                    let message = "a descriptor calls an index an image manifest";
                    return Err(self.error(AcquireErrorKind::Malformed, message));
                }
            },
        };
        if image.config.digest.is_none() {
            let message = "the manifest names no configuration by a SHA-256 digest";
            return Err(self.error(AcquireErrorKind::Malformed, message));
        }
        let (_, bytes) = self.fetch(&image.config, MAX_CONFIG_BYTES).await?;
        let mut config = parse_config(&bytes).map_err(|error| self.parse_error(error))?;
        if config.platform.is_none() {
            config.platform.clone_from(&leaf.descriptor.platform);
        }
        let mut layers = layers(&image.layers).map_err(|error| self.parse_error(error))?;
        for (layer, descriptor) in layers.iter_mut().zip(&image.layers) {
            if layer.kind != LayerKind::Present && self.store.has_foreign(descriptor).await {
                layer.kind = LayerKind::Present;
            }
        }
        let mut resolved = Resolved::new(config, layers);
        resolved.manifest_digest = Some(digest);
        resolved.config_digest = image.config.digest;
        resolved.annotations = leaf.descriptor.annotations;
        Ok(resolved)
    }
}

/// How well a platform fits the one asked for. Smaller is better; `None` is not what was asked for.
pub(crate) fn rank(have: &Platform, wanted: &Platform) -> Option<u8> {
    have.satisfies(wanted).then(|| match (&have.variant, &wanted.variant) {
        (have, want) if have == want => 0,
        (None, _) => 1,
        // Of several ARM variants the newest that a plain `arm` may mean.
        (Some(have), _) => 9 - have.bytes().last().map_or(0, |b| b.wrapping_sub(b'0').min(7)),
    })
}

/// Finds the image that `root` and `choice` mean and reads its manifest and configuration. Every
/// document is verified against the digest that names it; a root without one names itself.
///
/// # Errors
/// See [`resolve_among`].
pub async fn resolve(
    store: &dyn BlobFetch,
    root: Descriptor,
    choice: &PlatformChoice,
) -> Result<Resolved, AcquireError> {
    resolve_among(store, vec![root], choice).await
}

/// [`resolve`] for several roots, as if an index held them.
///
/// # Errors
/// Those of the store, of documents that cannot be believed, and
/// [`AcquireErrorKind::PlatformMissing`], which says what there is.
pub async fn resolve_among(
    store: &dyn BlobFetch,
    roots: Vec<Descriptor>,
    choice: &PlatformChoice,
) -> Result<Resolved, AcquireError> {
    let mut walk = Walk { store, place: store.place(), read: 0, bytes: 0 };
    let wanted = choice.wanted();
    let mut leaves = walk.leaves(roots).await?;
    if leaves.len() == 1
        && let Some(leaf) = leaves.pop()
    {
        let resolved = walk.image(leaf).await?;
        if choice.accepts(&resolved.platform) {
            return Ok(resolved);
        }
        return Err(missing(&walk, &wanted, vec![resolved.platform]));
    }

    let mut available = Vec::new();
    let mut fitting = Vec::new();
    let mut others = Vec::new();
    let mut nameless = Vec::new();
    for leaf in leaves {
        match leaf.descriptor.platform.clone() {
            Some(platform) => {
                match rank(&platform, &wanted) {
                    Some(rank) => fitting.push((rank, leaf)),
                    None => others.push(leaf),
                }
                available.push(platform);
            }
            None => nameless.push(leaf),
        }
    }
    fitting.sort_by_key(|(rank, _)| *rank);
    let mut absent = None;
    for (_, leaf) in fitting {
        match walk.image(leaf).await {
            Err(error) if matches!(error.kind, AcquireErrorKind::NotFound) => {
                absent.get_or_insert(error);
            }
            other => return other,
        }
    }
    let mut seen = Vec::new();
    for leaf in nameless {
        let resolved = walk.image(leaf).await?;
        available.push(resolved.platform.clone());
        if resolved.platform.satisfies(&wanted) {
            return Ok(resolved);
        }
        seen.push(resolved);
    }
    if *choice == PlatformChoice::Default {
        let mut here = Vec::new();
        for leaf in others {
            if walk.store.has(&leaf.descriptor).await {
                here.push(leaf);
            }
        }
        if seen.is_empty()
            && here.len() == 1
            && let Some(leaf) = here.pop()
        {
            return walk.image(leaf).await;
        }
        if here.is_empty()
            && seen.len() == 1
            && let Some(resolved) = seen.pop()
        {
            return Ok(resolved);
        }
    }
    if let Some(error) = absent {
        return Err(error);
    }
    available.sort();
    available.dedup();
    Err(missing(&walk, &wanted, available))
}

fn missing(walk: &Walk<'_>, wanted: &Platform, available: Vec<Platform>) -> AcquireError {
    let listed: Vec<_> = available.iter().map(ToString::to_string).collect();
    let message = if listed.is_empty() {
        "holds no image".to_owned()
    } else {
        format!("has no image for {wanted}; it has {}", listed.join(", "))
    };
    let error = walk.error(AcquireErrorKind::PlatformMissing { available }, message);
    if listed.is_empty() { error } else { error.advice("choose one with --platform") }
}

/// A layer of a source that knows nothing about it.
#[must_use]
pub fn bare_layer(index: u32) -> LayerDesc {
    LayerDesc {
        index,
        blob: None,
        diff_id: None,
        size: None,
        compression: Compression::Detect,
        kind: LayerKind::Present,
        created_by: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn the_best_variant_wins() {
        let rank = |have: &str, wanted: &str| rank(&platform(have), &platform(wanted));
        assert_eq!(rank("linux/arm64", "linux/arm64"), Some(0));
        assert_eq!(rank("linux/arm/v7", "linux/arm/v7"), Some(0));
        assert!(rank("linux/arm64", "linux/arm64/v8") > Some(0));
        assert!(rank("linux/arm/v7", "linux/arm") < rank("linux/arm/v6", "linux/arm"));
        assert!(rank("linux/amd64", "linux/amd64") < rank("linux/amd64/v3", "linux/amd64"));
        assert_eq!(rank("linux/arm/v6", "linux/arm/v7"), None);
        assert_eq!(rank("windows/amd64", "linux/amd64"), None);
        assert!(rank("linux/arm/x", "linux/arm").is_some());
        assert!(rank("linux/arm/\u{7f}", "linux/arm").is_some());
    }

    fn entry(created_by: &str, empty_layer: bool) -> HistoryEntry {
        HistoryEntry { created_by: created_by.into(), empty_layer, ..HistoryEntry::default() }
    }

    fn config(history: Vec<HistoryEntry>, diff_ids: usize) -> ConfigDoc {
        let diff_ids = (0..diff_ids).map(|n| sha256(&[n as u8])).collect();
        ConfigDoc { history, diff_ids, ..ConfigDoc::default() }
    }

    #[test]
    fn history_is_assigned_where_it_fits() {
        let history = vec![entry("ENV", true), entry("ADD", false), entry("RUN", false)];
        let layers = vec![bare_layer(0), bare_layer(1)];
        let fits = Resolved::new(config(history.clone(), 2), layers.clone());
        let of: Vec<_> = fits.history.iter().map(|entry| entry.layer).collect();
        assert_eq!(of, [None, Some(0), Some(1)]);
        assert_eq!(fits.layers[1].created_by, "RUN");
        assert_eq!(fits.layers[1].diff_id, Some(sha256(&[1])));
        assert!(fits.problems.is_empty());

        // A squashed image: one layer, the history of two.
        let squashed = Resolved::new(config(history, 1), vec![bare_layer(0)]);
        assert!(squashed.history.iter().all(|entry| entry.layer.is_none()));
        assert_eq!(squashed.layers[0].created_by, "");
        assert!(squashed.problems.is_empty());

        let odd = Resolved::new(config(Vec::new(), 1), layers);
        assert!(odd.layers.iter().all(|layer| layer.diff_id.is_none()));
        assert_eq!(odd.problems[0].kind, ProblemKind::Malformed);
    }
}
