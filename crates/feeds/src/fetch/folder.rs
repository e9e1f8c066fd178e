//! What a fetch does on this machine's own disk.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use sha2::{Digest as _, Sha256};

use crate::input::{MAX_DEPTH, MAX_FILES};

/// Bytes of a file are hashed up to this size; of a larger one, and of a folder's files, the size and time of
/// change stand for the content.
const MAX_HASHED: u64 = 64 << 20;

/// Identifies the content of a file or folder.
pub(super) fn fingerprint(path: &Path) -> io::Result<String> {
    let meta = fs::metadata(path)?;
    let mut hash = Sha256::new();
    if meta.is_dir() {
        for file in files(path)? {
            let meta = fs::symlink_metadata(&file)?;
            let name = file.strip_prefix(path).unwrap_or(&file);
            hash.update(name.as_os_str().as_encoded_bytes());
            stamp(&mut hash, &meta);
        }
    } else if meta.len() > MAX_HASHED {
        stamp(&mut hash, &meta);
    } else {
        let mut file = File::open(path)?.take(MAX_HASHED);
        let mut buffer = vec![0; 64 << 10];
        loop {
            let got = file.read(&mut buffer)?;
            if got == 0 {
                break;
            }
            hash.update(buffer.get(..got).unwrap_or_default());
        }
    }
    Ok(super::hex(hash))
}

fn stamp(hash: &mut Sha256, meta: &fs::Metadata) {
    let changed = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    hash.update([0]);
    hash.update(meta.len().to_le_bytes());
    hash.update(changed.unwrap_or_default().as_nanos().to_le_bytes());
}

/// All files below a folder in the order of their names; links are not followed.
fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0usize)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && depth < MAX_DEPTH {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
        if found.len() as u64 > MAX_FILES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too many files"));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Removes the files below `root` that are not in `keep`; answers how many of them were files of a feed and not
/// the remains of a download.
pub(super) fn sweep(root: &Path, keep: &[PathBuf]) -> io::Result<usize> {
    let mut removed = 0;
    for file in files(root)? {
        if !keep.contains(&file) {
            fs::remove_file(&file)?;
            let name = file.file_name().unwrap_or_default().as_encoded_bytes();
            removed += usize::from(!name.starts_with(b"."));
        }
    }
    Ok(removed)
}
