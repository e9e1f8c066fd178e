//! A download that has begun. It lies beside its target under a name of its own and survives the process, so
//! that the next try asks only for the rest, and only if the server still has the same file (`If-Range`).

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use reqwest::header::{CONTENT_RANGE, HeaderMap};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes of a note that are read.
const MAX_NOTE: u64 = 16 << 10;

/// Which version of which file a part belongs to.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Note {
    /// SHA-256 of the address, which itself may hold a token.
    address: String,
    validator: String,
}

/// Where the parts of a target are.
#[derive(Debug)]
pub(super) struct Part {
    body: PathBuf,
    note: PathBuf,
    address: String,
}

impl Part {
    pub(super) fn of(target: &Path, url: &str) -> Self {
        let beside = |prefix: &str| {
            let mut name = OsString::from(prefix);
            name.push(target.file_name().unwrap_or_default());
            target.with_file_name(name)
        };
        let address = super::hex(Sha256::new_with_prefix(url));
        Self { body: beside(".part-"), note: beside(".part-note-"), address }
    }

    /// The bytes that are there and the validator to ask with; `None` where there is nothing to go on with.
    pub(super) fn begun(&self) -> Option<(u64, String)> {
        let len = fs::symlink_metadata(&self.body).ok().filter(fs::Metadata::is_file)?.len();
        let mut text = Vec::new();
        File::open(&self.note).ok()?.take(MAX_NOTE).read_to_end(&mut text).ok()?;
        let note: Note = serde_json::from_slice(&text).ok()?;
        (len > 0 && note.address == self.address).then_some((len, note.validator))
    }

    /// Begins anew. Without a strong validator it can never be gone on with, and no note is left.
    pub(super) fn restart(&self, etag: Option<&str>, modified: Option<&str>) -> io::Result<File> {
        self.discard()?;
        // A weak tag does not promise the same bytes (RFC 9110, 13.1.5).
        let strong = etag.filter(|tag| tag.starts_with('"'));
        if let Some(validator) = strong.or(modified) {
            let note = Note { address: self.address.clone(), validator: validator.to_owned() };
            fs::write(&self.note, serde_json::to_vec(&note).map_err(io::Error::other)?)?;
        }
        OpenOptions::new().create_new(true).write(true).open(&self.body)
    }

    /// Goes on: the file, positioned at its end, and the hash of what is there.
    pub(super) fn resume(&self, len: u64) -> io::Result<(File, Sha256)> {
        let mut file = OpenOptions::new().read(true).write(true).open(&self.body)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 128 << 10];
        let mut left = len;
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let chunk = buffer.get_mut(..want).unwrap_or_default();
            file.read_exact(chunk)?;
            hash.update(&*chunk);
            left -= want as u64;
        }
        file.set_len(len)?;
        file.seek(io::SeekFrom::Start(len))?;
        Ok((file, hash))
    }

    /// Puts the finished file in its place.
    pub(super) fn finish(&self, target: &Path, file: &mut File) -> io::Result<()> {
        file.flush()?;
        file.sync_all()?;
        fs::rename(&self.body, target)?;
        self.discard()
    }

    pub(super) fn discard(&self) -> io::Result<()> {
        for path in [&self.body, &self.note] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// First byte and whole length that a partial answer names: `bytes 500-999/1000`.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let value = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let read = |text: &str| {
            content_range(&[(CONTENT_RANGE, text.parse().unwrap())].into_iter().collect())
        };
        assert_eq!(read("bytes 500-999/1000"), Some((500, Some(1000))));
        assert_eq!(read("bytes 0-9/*"), Some((0, None)));
        for bad in ["bytes */1000", "lines 1-2/3", "bytes 5", "bytes x-y/z", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_part_is_gone_on_with_only_for_its_own_address() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("file");
        let part = Part::of(&target, "https://example.org/a");
        assert_eq!(part.begun(), None);
        part.restart(Some("\"v1\""), None).unwrap().write_all(b"half").unwrap();
        assert_eq!(part.begun(), Some((4, "\"v1\"".into())));
        assert_eq!(Part::of(&target, "https://example.org/b").begun(), None);
        let (mut file, hash) = part.resume(4).unwrap();
        assert_eq!(super::super::hex(hash), super::super::hex(Sha256::new_with_prefix("half")));
        file.write_all(b"+half").unwrap();
        part.finish(&target, &mut file).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"half+half");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        // A weak tag alone is no ground to go on.
        part.restart(Some("W/\"v1\""), None).unwrap().write_all(b"half").unwrap();
        assert_eq!(part.begun(), None);
        fs::write(dir.path().join(".part-note-file"), b"{garbage").unwrap();
        assert_eq!(part.begun(), None);
    }
}
