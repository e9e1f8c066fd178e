//! References that begin with a path, and what lies there.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use plimsoll_model::normalize_path;

use super::archive::open_regular;
use crate::{AcquireError, decompress};

/// A path, and which of the images there is meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathReference {
    /// The whole, as written.
    pub written: String,
    /// The path.
    pub path: PathBuf,
    /// The tag or name after `:`, or the digest after `@`.
    pub selector: Option<String>,
}

impl PathReference {
    /// Splits `PATH`, `PATH:TAG`, `PATH:NAME:TAG` or `PATH@DIGEST` at the longest path that exists.
    #[must_use]
    pub fn find(written: &str) -> Option<Self> {
        let split = |at: usize| {
            let (path, rest) = written.split_at_checked(at)?;
            if path.is_empty() || !Path::new(path).exists() {
                return None;
            }
            let selector = rest.get(1..).filter(|rest| !rest.is_empty()).map(str::to_owned);
            Some(Self { written: written.to_owned(), path: path.into(), selector })
        };
        split(written.len()).or_else(|| {
            let seams = written.char_indices().rev().filter(|(_, c)| matches!(c, ':' | '@'));
            seams.map(|(at, _)| at).find_map(split)
        })
    }

    /// The path for messages.
    #[must_use]
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PathKind {
    /// A folder with `oci-layout`.
    OciLayout,
    /// Any other folder.
    Folder,
    /// A tar archive that holds an image.
    ImageArchive,
    /// Any other file.
    File,
}

/// Entries of an archive that are looked at to tell an image from a root file system.
const SNIFFED_ENTRIES: usize = 16;

/// Bytes of an archive that are looked at for the same reason.
const SNIFFED_BYTES: u64 = 1 << 20;

/// Looks at a path. An archive is told by the names it begins with; the writers of image archives put
/// nothing else in.
pub(crate) fn kind_of(path: &Path) -> Result<PathKind, AcquireError> {
    let failed = |error| AcquireError::io(path.display(), error);
    if path.is_dir() {
        let layout = path.join("oci-layout").is_file() && path.join("index.json").is_file();
        return Ok(if layout { PathKind::OciLayout } else { PathKind::Folder });
    }
    let stream = decompress(open_regular(path)?).map_err(failed)?;
    Ok(if begins_like_image(stream) { PathKind::ImageArchive } else { PathKind::File })
}

fn begins_like_image(stream: impl Read) -> bool {
    let mut archive = tar::Archive::new(stream.take(SNIFFED_BYTES));
    let Ok(entries) = archive.entries() else { return false };
    // Raw: long names, which an attacker could make longer than memory, are not put together.
    for entry in entries.raw(true).take(SNIFFED_ENTRIES) {
        let Ok(entry) = entry else { return false };
        let Some(name) = normalize_path(&entry.header().path_bytes()) else { return false };
        if name.is_empty() {
            continue;
        }
        let first = name.split('/').next().unwrap_or_default();
        let stem = first.split('.').next().unwrap_or_default();
        let stem = stem.strip_prefix("sha256:").unwrap_or(stem);
        let digest = stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
        if digest || ["manifest.json", "repositories", "oci-layout", "index.json"].contains(&first)
        {
            return true;
        }
        // A folder of that name may be at the top of anything; what is in it decides.
        if name == "blobs" || name == "blobs/sha256" {
            continue;
        }
        return name.starts_with("blobs/sha256/");
    }
    false
}

/// Whether a folder looks like the root of a system: a word that a user types may be the name of an
/// image and, by chance, of a folder.
pub(crate) fn looks_like_root(path: &Path) -> bool {
    ["bin", "etc", "lib", "usr", "var"].iter().any(|name| path.join(name).is_dir())
}
