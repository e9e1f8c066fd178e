//! From a file to an artifact in a registry.
//!
//! Deltas are chained: each publication adds the step from the database that the tag named before, and keeps the
//! steps to that one. So only one earlier database has to be at hand, and clients some days behind take several
//! small steps.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plimsoll_image::{
    AcquireErrorKind, Artifact, Descriptor, OpenOptions, media, open_artifact,
    registry::{BlobBody, DEFAULT_TAG, PushBlob, Pushed, Pusher, Reference},
    sha256,
};
use plimsoll_model::Digest;
use plimsoll_vulndb::{VulnDb, delta};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::{
    ARTIFACT_TYPE, Claim, DELTA_TYPE, DbManifest, DeltaPart, DistributionError, Request,
    SIGNATURE_TYPE, SigningKey, Trust, fetch::Fetcher, manifest::EMPTY_CONFIG, signature,
};

/// Steps that are kept: with daily builds, a client may be so many days behind.
pub const KEPT_DELTAS: usize = 7;

/// What to publish, and how.
pub struct Publication<'a> {
    /// The database.
    pub db: &'a Path,
    /// Keys to sign with.
    pub keys: &'a [SigningKey],
    /// Signatures that it has already.
    pub signatures: Vec<String>,
    /// Earlier databases that clients may have, as files or as published (`oci://…` or a bare reference); a delta is
    /// made from each.
    pub delta_from: &'a [String],
    /// Publish it although the tag names a newer one.
    pub allow_older: bool,
    /// How registries are talked to.
    pub options: &'a OpenOptions,
}

/// What was published.
#[derive(Clone, Debug)]
pub struct Published {
    /// Digest of the manifest.
    pub manifest: Digest,
    /// Digest of the database's content.
    pub digest: Digest,
    /// Bytes of the database.
    pub size: u64,
    /// Signatures.
    pub signatures: usize,
    /// The deltas: from which database, and how many bytes.
    pub deltas: Vec<(Digest, u64)>,
    /// Bytes of blobs that the registry did not have.
    pub uploaded: u64,
    /// What did not go as it should have, although the database was published.
    pub notes: Vec<String>,
}

/// Publishes a database under the tag of `reference`. Blocking; `runtime` must have threads of its own.
///
/// # Errors
/// Where the file is no whole database, or the registry does not take it.
pub fn publish(
    reference: &Reference,
    publication: &Publication<'_>,
    runtime: &Runtime,
) -> Result<Published, DistributionError> {
    let folder = tempfile::tempdir().map_err(DistributionError::io("temporary folder"))?;
    let db = VulnDb::open(publication.db)?;
    db.verify()?;
    let claim = Claim::of(&db);
    drop(db);
    let mut notes = Vec::new();
    let earlier = earlier(reference, publication, runtime, &mut notes)?;
    if let Some((_, earlier)) = &earlier
        && earlier.built > claim.built
        && !publication.allow_older
    {
        let (offered, current) = (claim.built, earlier.built);
        return Err(DistributionError::Older { offered, current });
    }
    let mut blobs = Blobs { list: vec![PushBlob::bytes(EMPTY_CONFIG)] };
    let database = blobs.file(ARTIFACT_TYPE, publication.db)?;
    let mut texts = publication.signatures.clone();
    texts.extend(signature::sign(publication.db, publication.keys)?);
    let signatures =
        texts.iter().map(|text| blobs.bytes(SIGNATURE_TYPE, text.as_bytes().to_vec())).collect();
    let mut deltas = Vec::new();
    for (number, old) in publication.delta_from.iter().enumerate() {
        let old = if Path::new(old).is_file() {
            PathBuf::from(old)
        } else {
            let named =
                ["oci://", "oci-layout:", "oci-archive:"].iter().any(|s| old.starts_with(s));
            let source = if named { old.clone() } else { format!("oci://{old}") };
            let artifact = runtime.block_on(open_artifact(&source, publication.options))?;
            let manifest = DbManifest::read(&artifact.place, &artifact.manifest)?;
            fetched(&artifact, &manifest, publication.options, folder.path())?
        };
        let out = folder.path().join(format!("given-{number}"));
        deltas.extend(step(&old, publication.db, &out, &claim, &mut blobs)?);
    }
    if let Some((artifact, earlier)) = &earlier {
        let known = deltas.iter().any(|delta: &DeltaPart| delta.from == earlier.digest);
        if earlier.digest != claim.digest && !known {
            match fetched(artifact, earlier, publication.options, folder.path()) {
                Ok(old) => {
                    let out = folder.path().join("delta");
                    deltas.extend(step(&old, publication.db, &out, &claim, &mut blobs)?);
                }
                Err(error) => notes.push(format!("no delta from the one before: {error}")),
            }
        }
        let reached = |from: &Digest, deltas: &[DeltaPart]| deltas.iter().any(|d| d.from == *from);
        for delta in &earlier.deltas {
            if deltas.len() < KEPT_DELTAS.max(publication.delta_from.len())
                && !reached(&delta.from, &deltas)
            {
                deltas.push(delta.clone());
            }
        }
    }
    let manifest = DbManifest {
        schema: claim.schema,
        built: claim.built,
        digest: claim.digest,
        database,
        signatures,
        deltas,
    };
    runtime.block_on(async {
        let pusher = Pusher::new(reference, &publication.options.registry).await?;
        let mut uploaded = 0;
        for blob in &blobs.list {
            if pusher.blob(blob).await? == Pushed::Uploaded {
                uploaded += blob.size;
            }
        }
        let tag = reference.tag().unwrap_or(DEFAULT_TAG);
        let bytes = manifest.to_bytes();
        let digest = pusher.manifest(media::OCI_MANIFEST, bytes, Some(tag)).await?;
        Ok(Published {
            manifest: digest,
            digest: claim.digest,
            size: claim.size,
            signatures: manifest.signatures.len(),
            deltas: manifest
                .deltas
                .iter()
                .map(|delta| (delta.from, delta.part.size.unwrap_or_default()))
                .collect(),
            uploaded,
            notes,
        })
    })
}

/// What the tag names before.
fn earlier(
    reference: &Reference,
    publication: &Publication<'_>,
    runtime: &Runtime,
    notes: &mut Vec<String>,
) -> Result<Option<(Artifact, DbManifest)>, DistributionError> {
    // A mirror may be behind.
    let mut options = publication.options.clone();
    options.registry.mirrors.clear();
    let opened = runtime.block_on(open_artifact(&format!("oci://{reference}"), &options));
    let artifact = match opened {
        Ok(artifact) => artifact,
        // Registries say "unauthorized" of repositories that do not exist yet; the push will tell.
        Err(error)
            if matches!(
                error.kind,
                AcquireErrorKind::NotFound | AcquireErrorKind::Unauthorized
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    match DbManifest::read(&artifact.place, &artifact.manifest) {
        Ok(manifest) => Ok(Some((artifact, manifest))),
        Err(error) => {
            notes.push(format!("the tag named something else before: {error}"));
            Ok(None)
        }
    }
}

/// The file of the database that the tag named before. It is not verified by a signature: a delta from a database
/// that nobody has is of no use, and of no harm.
fn fetched(
    artifact: &Artifact,
    manifest: &DbManifest,
    options: &OpenOptions,
    folder: &Path,
) -> Result<PathBuf, DistributionError> {
    let request = Request {
        source: "",
        options,
        current: None,
        trust: &Trust::default(),
        downloads: folder,
        output: folder,
        progress: &|_, _| {},
    };
    let mut fetcher = Fetcher { request: &request, artifact, bytes: 0 };
    fetcher.download(&manifest.database, "the database before")
}

/// The delta between two files, unless it is no gain.
fn step(
    old: &Path,
    new: &Path,
    out: &Path,
    claim: &Claim,
    blobs: &mut Blobs,
) -> Result<Option<DeltaPart>, DistributionError> {
    let from = VulnDb::open(old)?.info().digest;
    if from == claim.digest {
        return Ok(None);
    }
    let stats = delta::make(old, new, out)?;
    if stats.delta_bytes >= claim.size / 2 {
        return Ok(None);
    }
    Ok(Some(DeltaPart { from, to: claim.digest, part: blobs.file(DELTA_TYPE, out)? }))
}

/// What is to be pushed.
pub(crate) struct Blobs {
    pub(crate) list: Vec<PushBlob>,
}

impl Blobs {
    pub(crate) fn bytes(&mut self, kind: &str, bytes: Vec<u8>) -> Descriptor {
        let blob = PushBlob::bytes(bytes);
        let descriptor = Descriptor::new(kind, blob.digest, Some(blob.size));
        self.list.push(blob);
        descriptor
    }

    pub(crate) fn file(
        &mut self,
        kind: &str,
        path: &Path,
    ) -> Result<Descriptor, DistributionError> {
        let failed = || DistributionError::io(path);
        let mut file = fs::File::open(path).map_err(failed())?;
        let mut hashed = Hashed(Sha256::new());
        let size = std::io::copy(&mut file, &mut hashed).map_err(failed())?;
        let digest = match size {
            0 => sha256(b""),
            _ => Digest::from_bytes(hashed.0.finalize().into()),
        };
        self.list.push(PushBlob { digest, size, body: BlobBody::File(path.to_owned()) });
        Ok(Descriptor::new(kind, digest, Some(size)))
    }
}

struct Hashed(Sha256);

impl std::io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
