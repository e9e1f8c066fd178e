//! Signatures of the databases of this machine, kept so that they can be carried on (`db export`, `db push`).

use std::{fs, io, io::Write, path::Path};

use plimsoll_model::{Digest, read_capped};

use crate::{DistributionError, MAX_SIGNATURE_BYTES, MAX_SIGNATURES, split_signatures};

fn name(digest: &Digest) -> String {
    format!("{}.minisig", digest.hex())
}

/// Keeps the signatures of a database in a folder. None is no error.
///
/// # Errors
/// Where the folder cannot be written.
pub fn store_signatures(
    folder: &Path,
    digest: &Digest,
    signatures: &[String],
) -> Result<(), DistributionError> {
    if signatures.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(DistributionError::io(folder))?;
    let path = folder.join(name(digest));
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(signatures.concat().as_bytes())?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(DistributionError::io(&path))
}

/// The signatures of a database: those kept for its digest in `folder`, else those beside its file
/// (`FILE.minisig`, as minisign writes it).
#[must_use]
pub fn load_signatures(folder: Option<&Path>, digest: &Digest, file: &Path) -> Vec<String> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".minisig");
    let places = folder.map(|folder| folder.join(name(digest))).into_iter().chain([beside.into()]);
    let limit = MAX_SIGNATURE_BYTES * MAX_SIGNATURES as u64;
    for place in places {
        let read = fs::File::open(place).and_then(|file| read_capped(file, limit));
        let text = read.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(signatures) = text.map(|text| split_signatures(&text)).filter(|s| !s.is_empty())
        {
            return signatures;
        }
    }
    Vec::new()
}
