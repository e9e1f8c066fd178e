//! Images in containerd's content store, read from its folder: no daemon is asked, so that this works on
//! a node whose containerd is down, and on a disk of another machine.
//!
//! The socket is not used: its API needs gRPC for no more than the folder shows. The folder belongs to
//! root, as does the socket.

mod bolt;
mod metadata;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
pub use bolt::{Bolt, BoltError, Bucket, Item, MAX_BOLT_BYTES};
pub use metadata::{NamedImage, named_images};
use plimsoll_model::{Digest, ImageManifest, LayerDesc, LayerKind, Problem, read_capped};

use crate::{
    AcquireError, AcquireErrorKind, BlobFetch, Descriptor, Image, ImageSource, OpenOptions,
    layer_stream,
    local::{blocking, foreign},
    registry::{Environment, Reference},
    resolve,
};

/// Where containerd keeps its state: as a package, in k3s, RKE2 and MicroK8s.
const ROOTS: [&str; 4] = [
    "/var/lib/containerd",
    "/var/lib/rancher/k3s/agent/containerd",
    "/var/lib/rancher/rke2/agent/containerd",
    "/var/snap/microk8s/common/var/lib/containerd",
];

/// The folder of blobs in a root.
const CONTENT: &str = "io.containerd.content.v1.content";

/// The metadata file in a root.
const METADATA: &str = "io.containerd.metadata.v1.bolt/meta.db";

/// Looks at a metadata file that changes under our eyes before it is given up.
const METADATA_READS: usize = 5;

/// Namespaces that are looked through first: `ctr`'s and nerdctl's, Kubernetes', Docker's.
const NAMESPACES: [&str; 3] = ["default", "k8s.io", "moby"];

/// The source `containerd:`.
///
/// `NAME` is looked up in the metadata, in the namespace of `CONTAINERD_NAMESPACE` or in all;
/// `PATH@sha256:DIGEST` means a manifest in the content store at PATH, without any metadata.
#[derive(Clone, Copy, Debug)]
pub struct Containerd;

#[async_trait]
impl ImageSource for Containerd {
    fn scheme(&self) -> &'static str {
        "containerd"
    }

    async fn open(
        &self,
        text: &str,
        options: &OpenOptions,
    ) -> Result<Box<dyn Image>, AcquireError> {
        let environment = &options.registry.environment;
        let found = if text.starts_with(['/', '.']) {
            by_path(text)?
        } else {
            let roots = match &options.containerd_root {
                Some(root) => vec![root.clone()],
                None => roots(environment),
            };
            let (name, namespace) = (text.to_owned(), environment.get("CONTAINERD_NAMESPACE"));
            let place = PathBuf::from("containerd");
            blocking(&place, move || by_name(&name, namespace.as_deref(), &roots)).await?
        };
        let store = found.store;
        let root = Descriptor::new(&found.media_type, found.target, None);
        let resolved = resolve(&store, root, &options.platform).await?;
        let missing = resolved.layers.iter().find(|layer| {
            matches!(layer.kind, LayerKind::Present)
                && layer.blob.is_some_and(|blob| !store.blob(&blob).exists())
        });
        if let Some(layer) = missing {
            let message = format!("does not hold layer {} of the image", layer.index);
            return Err(AcquireError::new(AcquireErrorKind::NotFound, store.place(), message).advice(
                "containerd may be set to discard_unpacked_layers, or pulled another platform only; \
                 scan it from the registry",
            ));
        }
        let (mut manifest, problems) = resolved.into_manifest(text, self.scheme());
        if let Some(name) = found.name.filter(|name| !name.contains('@'))
            && let Some((repository, tag)) = name.rsplit_once(':')
            && !tag.contains('/')
        {
            manifest.repo_digests.push(format!("{repository}@{}", found.target));
            manifest.tags.push(name.clone());
        }
        Ok(Box::new(Stored { manifest, problems, store }))
    }
}

fn roots(environment: &Environment) -> Vec<PathBuf> {
    let data = environment
        .path("XDG_DATA_HOME")
        .or_else(|| Some(environment.path("HOME")?.join(".local/share")));
    ROOTS.iter().map(PathBuf::from).chain(data.map(|data| data.join("containerd"))).collect()
}

struct Found {
    store: Store,
    target: Digest,
    media_type: String,
    name: Option<String>,
}

fn by_path(text: &str) -> Result<Found, AcquireError> {
    let bad = |message: &str| {
        AcquireError::new(AcquireErrorKind::BadReference, text, message)
            .advice("expected PATH@sha256:DIGEST, or a name")
    };
    let (path, digest) = text.rsplit_once('@').ok_or_else(|| bad("a path without a digest"))?;
    let target = digest.parse().map_err(|_| bad("not a digest"))?;
    // The root, the content store in it, or what is in that.
    let folder = [format!("{CONTENT}/blobs/sha256"), "blobs/sha256".into(), "sha256".into()]
        .iter()
        .map(|below| Path::new(path).join(below))
        .find(|folder| folder.is_dir())
        .ok_or_else(|| {
            AcquireError::new(
                AcquireErrorKind::NotFound,
                path,
                "no content store (blobs/sha256) there",
            )
        })?;
    Ok(Found { store: Store { folder }, target, media_type: String::new(), name: None })
}

fn by_name(name: &str, namespace: Option<&str>, roots: &[PathBuf]) -> Result<Found, AcquireError> {
    let wanted = match name.parse::<Reference>() {
        Ok(reference) => reference.spellings(),
        Err(_) => vec![name.to_owned()],
    };
    let by_digest = name.parse::<Digest>().ok();
    let mut said = Vec::new();
    for root in roots {
        let file = root.join(METADATA);
        let images = match read_metadata(&file) {
            Ok(images) => images,
            Err(error) if matches!(error.kind, AcquireErrorKind::NotFound) => continue,
            Err(error) => return Err(error),
        };
        said.push(root.display().to_string());
        let fits = |image: &&NamedImage| {
            namespace.is_none_or(|namespace| image.namespace == namespace)
                && (by_digest == Some(image.target)
                    || image.name == name
                    || wanted.contains(&image.name))
        };
        let rank = |image: &&NamedImage| {
            let known = NAMESPACES.iter().position(|known| *known == image.namespace);
            (known.unwrap_or(NAMESPACES.len()), image.namespace.clone(), image.name.clone())
        };
        if let Some(image) = images.iter().filter(fits).min_by_key(rank) {
            return Ok(Found {
                store: Store { folder: root.join(CONTENT).join("blobs/sha256") },
                target: image.target,
                media_type: image.media_type.clone(),
                name: Some(image.name.clone()),
            });
        }
    }
    let inside = namespace.map(|n| format!(" in namespace `{n}`")).unwrap_or_default();
    Err(if said.is_empty() {
        AcquireError::new(
            AcquireErrorKind::Unreachable,
            "containerd",
            "no containerd on this machine",
        )
    } else {
        let message = format!("has no image `{name}`{inside}");
        AcquireError::new(AcquireErrorKind::NotFound, said.join(", "), message)
    })
}

/// Reads the metadata at a moment when nobody writes: the number of the last transaction must be the same
/// before and after.
fn read_metadata(path: &Path) -> Result<Vec<NamedImage>, AcquireError> {
    let failed = |error: io::Error| {
        let denied = error.kind() == io::ErrorKind::PermissionDenied;
        let mut failed = AcquireError::io(path.display(), error);
        if denied {
            failed.kind = AcquireErrorKind::Unauthorized;
            return failed.advice("containerd's folder belongs to root: run as root");
        }
        failed
    };
    let bad = |error: BoltError| {
        AcquireError::new(AcquireErrorKind::Malformed, path.display(), error.to_string())
    };
    let mut last = None;
    for _ in 0..METADATA_READS {
        let bytes =
            File::open(path).and_then(|f| read_capped(f, MAX_BOLT_BYTES)).map_err(failed)?;
        let outcome =
            Bolt::new(&bytes).and_then(|bolt| Ok((bolt.transaction(), named_images(&bolt)?)));
        let head = File::open(path)
            .and_then(|f| {
                let mut head = Vec::new();
                f.take(2 << 16).read_to_end(&mut head)?;
                Ok(head)
            })
            .map_err(failed)?;
        let now = Bolt::new(&head).map(|bolt| bolt.transaction());
        match outcome {
            Ok((transaction, images)) if now == Ok(transaction) => return Ok(images),
            Ok(_) => {}
            Err(error) => last = Some(error),
        }
    }
    Err(bad(last.unwrap_or(BoltError::Damaged)))
}

/// Blobs by digest in a folder.
#[derive(Clone)]
struct Store {
    folder: PathBuf,
}

impl Store {
    fn blob(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }
}

#[async_trait]
impl BlobFetch for Store {
    fn place(&self) -> String {
        self.folder.display().to_string()
    }

    async fn fetch(&self, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, AcquireError> {
        let Some(digest) = blob.digest else {
            let message = "a blob without a SHA-256 digest";
            return Err(AcquireError::new(AcquireErrorKind::Malformed, self.place(), message));
        };
        let path = self.blob(&digest);
        blocking(&self.folder, move || {
            File::open(&path)
                .and_then(|file| read_capped(file, limit))
                .map_err(|error| AcquireError::io(path.display(), error))
        })
        .await
    }

    async fn has(&self, blob: &Descriptor) -> bool {
        blob.digest.is_some_and(|digest| self.blob(&digest).exists())
    }
}

struct Stored {
    manifest: ImageManifest,
    problems: Vec<Problem>,
    store: Store,
}

impl Image for Stored {
    fn manifest(&self) -> &ImageManifest {
        &self.manifest
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        if let LayerKind::Foreign(_) = layer.kind {
            return Err(foreign());
        }
        let digest = layer.blob.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the layer has no digest to look for")
        })?;
        layer_stream(File::open(self.store.blob(&digest))?, layer)
    }

    fn problems(&self) -> Vec<Problem> {
        self.problems.clone()
    }
}
