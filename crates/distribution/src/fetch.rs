//! From an artifact to a verified file.
//!
//! Cheap questions come first: is it ours already, is it of our schema, is it older, is it signed by anybody we
//! trust. Then the deltas, if they lead from what is here to what is offered and are smaller; anything wrong with
//! them leads to the whole file. Whatever way the file came, the same judgement is passed on it at the end.

use std::{
    fs::{self, File, OpenOptions as FileOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use plimsoll_image::{Artifact, Descriptor, OpenOptions, VerifiedReader, open_artifact};
use plimsoll_model::{Digest, read_capped};
use plimsoll_vulndb::{SCHEMA, VulnDb, delta};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::{DbManifest, DeltaPart, DistributionError, MAX_SIGNATURE_BYTES, Trust};

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Days after which a part of a download that was never finished is removed.
const STALE_DAYS: u64 = 7;

/// How far a download is: bytes that are here, and bytes in all.
pub type Progress<'a> = &'a dyn Fn(u64, u64);

/// What to fetch, and where to put it.
pub struct Request<'a> {
    /// `oci://HOST/REPOSITORY:TAG`, `oci-layout:FOLDER` or `oci-archive:FILE`.
    pub source: &'a str,
    /// How registries are talked to.
    pub options: &'a OpenOptions,
    /// The database in use, if there is one.
    pub current: Option<&'a Path>,
    /// What is demanded of the new one.
    pub trust: &'a Trust,
    /// Folder for parts of downloads, which are taken up again by the next call.
    pub downloads: &'a Path,
    /// Where to put the new database; on the same file system as `downloads`.
    pub output: &'a Path,
    /// Told while the database is fetched.
    pub progress: Progress<'a>,
}

/// How a database came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// As a whole.
    Whole,
    /// From the one before, in so many steps.
    Deltas(usize),
}

/// A database that may be put into use.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Digest of its content.
    pub digest: Digest,
    /// When it was built.
    pub built: Timestamp,
    /// How it came.
    pub way: Way,
    /// Bytes of blobs that were fetched for it, signatures aside.
    pub bytes: u64,
    /// Bytes of the whole file.
    pub size: u64,
    /// Whether a signature was verified.
    pub signed: bool,
    /// Its signatures.
    pub signatures: Vec<String>,
    /// What went another way than it should have.
    pub notes: Vec<String>,
}

/// What asking came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// What is offered is in use; only the manifest was fetched.
    Unchanged(Digest),
    /// There is a new one, in the output file.
    Fetched(Box<Fetched>),
}

/// Asks the source, and fetches what is newer. Blocking; `runtime` must have threads of its own.
///
/// # Errors
/// Where the source does not answer, or what it offers is not what may be put into use.
pub fn fetch(request: &Request<'_>, runtime: &Runtime) -> Result<Outcome, DistributionError> {
    request.trust.check_keys()?;
    let artifact = runtime.block_on(open_artifact(request.source, request.options))?;
    let manifest = DbManifest::read(&artifact.place, &artifact.manifest)?;
    // A current database that cannot be opened is as good as none.
    let current = request.current.and_then(|path| Some((path, VulnDb::open(path).ok()?.info())));
    if current.as_ref().is_some_and(|(_, info)| info.digest == manifest.digest) {
        return Ok(Outcome::Unchanged(manifest.digest));
    }
    if manifest.schema != SCHEMA {
        return Err(DistributionError::Schema { found: manifest.schema, supported: SCHEMA });
    }
    let current_built = current.as_ref().map(|(_, info)| info.built);
    if let Some(current) = current_built
        && manifest.built < current
        && !request.trust.allow_older
    {
        return Err(DistributionError::Older { offered: manifest.built, current });
    }
    let signatures = signatures(&artifact, &manifest)?;
    request.trust.check_signers(&signatures)?;
    fs::create_dir_all(request.downloads).map_err(DistributionError::io(request.downloads))?;
    remove_stale(request.downloads);

    let mut notes = Vec::new();
    let mut fetcher = Fetcher { request, artifact: &artifact, bytes: 0 };
    let judge = |path: &Path| -> Result<bool, DistributionError> {
        let found = VulnDb::open(path)?.info().digest;
        if found != manifest.digest {
            return Err(DistributionError::OtherDatabase { promised: manifest.digest, found });
        }
        Ok(request.trust.judge(path, &signatures, current_built)?.is_some())
    };
    let path = current.as_ref().and_then(|(_, info)| manifest.path_from(&info.digest));
    let mut done = None;
    if let (Some((current, _)), Some(steps)) = (&current, path) {
        match fetcher.apply(current, &steps).and_then(|()| judge(request.output)) {
            Ok(signed) => done = Some((Way::Deltas(steps.len()), signed)),
            Err(error) => {
                let _ = fs::remove_file(request.output);
                notes.push(format!("the deltas could not be used, fetching all of it: {error}"));
            }
        }
    }
    let (way, signed) = match done {
        Some(done) => done,
        None => {
            let part = fetcher.download(&manifest.database, "the database")?;
            // One that is not to be had this way is not to be taken up again, either.
            let signed = judge(&part).inspect_err(|_| drop(fs::remove_file(&part)))?;
            fs::rename(&part, request.output).map_err(DistributionError::io(request.output))?;
            (Way::Whole, signed)
        }
    };
    let size = fs::metadata(request.output).map_err(DistributionError::io(request.output))?.len();
    Ok(Outcome::Fetched(Box::new(Fetched {
        digest: manifest.digest,
        built: VulnDb::open(request.output)?.meta().built,
        way,
        bytes: fetcher.bytes,
        size,
        signed,
        signatures,
        notes,
    })))
}

/// The texts of the signatures. One that cannot be had is left out: another may do.
pub(crate) fn signatures(
    artifact: &Artifact,
    manifest: &DbManifest,
) -> Result<Vec<String>, DistributionError> {
    let mut texts = Vec::new();
    for part in &manifest.signatures {
        let read = VerifiedReader::new(artifact.blob(part, 0)?, part.digest, part.size);
        let text = read_capped(read, MAX_SIGNATURE_BYTES).map_err(|error| {
            DistributionError::Blob { what: "a signature", reason: error.to_string() }
        })?;
        texts.extend(String::from_utf8(text).ok());
    }
    Ok(texts)
}

/// Downloads parts of an artifact.
pub(crate) struct Fetcher<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) artifact: &'a Artifact,
    pub(crate) bytes: u64,
}

impl Fetcher<'_> {
    /// Applies deltas one after the other, the last one into the output file.
    fn apply(&mut self, current: &Path, steps: &[&DeltaPart]) -> Result<(), DistributionError> {
        let mut from = current.to_owned();
        let mut between: Vec<PathBuf> = Vec::new();
        let applied = (|| {
            for (number, step) in steps.iter().enumerate() {
                let part = self.download(&step.part, "a delta")?;
                let to = if number + 1 == steps.len() {
                    self.request.output.to_owned()
                } else {
                    let to = self.request.downloads.join(format!("step-{number}.db"));
                    between.push(to.clone());
                    to
                };
                let applied = delta::apply(&from, &part, &to);
                let _ = fs::remove_file(&part);
                let content = applied?.content;
                if content != step.to {
                    let (promised, found) = (step.to, content);
                    return Err(DistributionError::OtherDatabase { promised, found });
                }
                from = to;
            }
            Ok(())
        })();
        between.iter().for_each(|path| drop(fs::remove_file(path)));
        applied
    }

    /// Fetches a blob into a file of the downloads folder, going on where an earlier try ended. Its digest is
    /// verified.
    pub(crate) fn download(
        &mut self,
        part: &Descriptor,
        what: &'static str,
    ) -> Result<PathBuf, DistributionError> {
        let wrong = |reason: String| DistributionError::Blob { what, reason };
        let (Some(digest), Some(size)) = (part.digest, part.size) else {
            return Err(wrong("it has no digest or no size".to_owned()));
        };
        let path = self.request.downloads.join(format!("{}.part", digest.hex()));
        let failed = || DistributionError::io(&path);
        let mut file =
            FileOptions::new().create(true).read(true).append(true).open(&path).map_err(failed())?;
        let (mut have, mut hasher) = hash(&mut file).map_err(failed())?;
        if have > size {
            file.set_len(0).map_err(failed())?;
            (have, hasher) = (0, Sha256::new());
        }
        let mut from = self.artifact.blob(part, have)?;
        let mut chunk = vec![0; CHUNK];
        loop {
            (self.request.progress)(have, size);
            let got = match from.read(&mut chunk) {
                Ok(0) => break,
                Ok(got) => got,
                // What came so far stays for the next try.
                Err(error) => return Err(wrong(format!("after {have} bytes: {error}"))),
            };
            have += got as u64;
            if have > size {
                let _ = fs::remove_file(&path);
                return Err(wrong(format!(
                    "it is longer than the {size} bytes that it should have"
                )));
            }
            let bytes = chunk.get(..got).unwrap_or_default();
            hasher.update(bytes);
            file.write_all(bytes).map_err(failed())?;
            self.bytes += got as u64;
        }
        if have < size {
            return Err(wrong(format!("it ends after {have} of {size} bytes")));
        }
        let found = Digest::from_bytes(hasher.finalize().into());
        if found != digest {
            let _ = fs::remove_file(&path);
            return Err(wrong(format!("its digest is {found}, not {digest}")));
        }
        file.sync_all().map_err(failed())?;
        Ok(path)
    }
}

fn hash(file: &mut File) -> std::io::Result<(u64, Sha256)> {
    let mut hasher = Sha256::new();
    let mut have = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let got = file.read(&mut chunk)?;
        if got == 0 {
            return Ok((have, hasher));
        }
        have += got as u64;
        hasher.update(chunk.get(..got).unwrap_or_default());
    }
}

/// Removes parts that nobody will take up again.
fn remove_stale(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age =
            entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|t| t.elapsed().ok());
        let ours = entry.path().extension().is_some_and(|e| e == "part" || e == "db");
        if ours && age.is_some_and(|age| age.as_secs() > STALE_DAYS * 86_400) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
