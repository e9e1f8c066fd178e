//! One file for machines without a network: an OCI layout as a tar archive, with the manifest that a registry would
//! hold.
//!
//! Why not the bare database: its signature would be a second file, which gets lost on the way. And any tool that
//! knows registries can carry this one further (`skopeo copy oci-archive:FILE docker://HOST/REPOSITORY:TAG`).

use std::{
    fs::{self, File},
    io::{BufWriter, Read, Write},
    path::Path,
};

use plimsoll_image::{media, registry::BlobBody, sha256};
use plimsoll_vulndb::VulnDb;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::{
    ARTIFACT_TYPE, Claim, DbManifest, DistributionError, Fetched, Outcome, Request, SIGNATURE_TYPE,
    SigningKey, Way, fetch, load_signatures, manifest::EMPTY_CONFIG, publish::Blobs, signature,
};

/// How a bare database begins.
const MAGIC: &[u8] = b"PLIMSLDB";

/// Writes a database and its signatures into one file, which appears whole or not at all. Says how many signatures
/// it has.
///
/// # Errors
/// Where the database is not whole, or the file cannot be written.
pub fn export(
    db: &Path,
    signatures: &[String],
    keys: &[SigningKey],
    output: &Path,
) -> Result<usize, DistributionError> {
    let opened = VulnDb::open(db)?;
    opened.verify()?;
    let claim = Claim::of(&opened);
    drop(opened);
    let mut texts = signatures.to_vec();
    texts.extend(signature::sign(db, keys)?);
    let mut blobs = Blobs { list: vec![plimsoll_image::registry::PushBlob::bytes(EMPTY_CONFIG)] };
    let signatures =
        texts.iter().map(|text| blobs.bytes(SIGNATURE_TYPE, text.as_bytes().to_vec())).collect();
    let database = blobs.file(ARTIFACT_TYPE, db)?;
    let Claim { schema, built, digest, .. } = claim;
    let manifest = DbManifest { schema, built, digest, database, signatures, deltas: Vec::new() };
    let bytes = manifest.to_bytes();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": media::OCI_INDEX,
        "manifests": [{
            "mediaType": media::OCI_MANIFEST,
            "artifactType": ARTIFACT_TYPE,
            "digest": sha256(&bytes).to_string(),
            "size": bytes.len(),
            "annotations": {"org.opencontainers.image.ref.name": "latest"},
        }],
    });
    let failed = || DistributionError::io(output);
    let folder = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".plimsoll-export-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed())?;
    let mut archive = tar::Builder::new(BufWriter::new(file));
    let mut write = || -> std::io::Result<()> {
        let index = serde_json::to_vec(&index)?;
        add(&mut archive, "oci-layout", 30, &br#"{"imageLayoutVersion":"1.0.0"}"#[..])?;
        add(&mut archive, "index.json", index.len() as u64, index.as_slice())?;
        let name = |digest: plimsoll_model::Digest| format!("blobs/sha256/{}", digest.hex());
        add(&mut archive, &name(sha256(&bytes)), bytes.len() as u64, bytes.as_slice())?;
        for blob in &blobs.list {
            match &blob.body {
                BlobBody::Bytes(bytes) => {
                    add(&mut archive, &name(blob.digest), blob.size, &bytes[..])?;
                }
                BlobBody::File(path) => {
                    add(&mut archive, &name(blob.digest), blob.size, File::open(path)?)?;
                }
            }
        }
        Ok(())
    };
    write().map_err(failed())?;
    let mut file = archive
        .into_inner()
        .and_then(|buffered| buffered.into_inner().map_err(|error| error.into_error()))
        .map_err(failed())?;
    file.flush().and_then(|()| file.as_file().sync_all()).map_err(failed())?;
    file.persist(output).map_err(|error| failed()(error.error))?;
    Ok(texts.len())
}

fn add(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    bytes: impl Read,
) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes)
}

/// Reads what [`export`] wrote, or a bare database with its signature beside it (`FILE.minisig`), by the same rules
/// as [`fetch`].
///
/// # Errors
/// Where it is neither, or may not be put into use.
pub fn import(
    file: &Path,
    request: &Request<'_>,
    runtime: &Runtime,
) -> Result<Outcome, DistributionError> {
    let failed = || DistributionError::io(file);
    let mut head = [0; MAGIC.len()];
    let bare = File::open(file)
        .and_then(|mut opened| opened.read(&mut head))
        .map_err(failed())
        .map(|_| head == MAGIC)?;
    if !bare {
        let source = format!("oci-archive:{}", file.display());
        return fetch(&Request { source: &source, ..*request }, runtime);
    }
    request.trust.check_keys()?;
    let db = VulnDb::open(file)?;
    let Claim { digest, built, size, .. } = Claim::of(&db);
    let current = request.current.and_then(|path| Some(VulnDb::open(path).ok()?.info()));
    if current.as_ref().is_some_and(|info| info.digest == digest) {
        return Ok(Outcome::Unchanged(digest));
    }
    let signatures = load_signatures(None, &digest, file);
    // Copied first: what is judged must be what is put into use.
    fs::copy(file, request.output).map_err(failed())?;
    let judged = request.trust.judge(request.output, &signatures, current.map(|info| info.built));
    let signed = judged.inspect_err(|_| drop(fs::remove_file(request.output)))?.is_some();
    Ok(Outcome::Fetched(Box::new(Fetched {
        digest,
        built,
        way: Way::Whole,
        bytes: size,
        size,
        signed,
        signatures,
        notes: Vec::new(),
    })))
}
