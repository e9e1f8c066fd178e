//! A feed's input as a series of named streams: a file, a folder, a compressed file, a tar or zip archive, or
//! a folder of those. Nothing is unpacked to disk, and no stream is held in memory.

mod archive;
mod compression;

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use plimsoll_model::read_capped;

use crate::FeedError;

/// Largest record that is read into memory at once, in bytes. The largest real ones (Ubuntu's OSV records of
/// kernel flaws) have some MB.
pub const MAX_RECORD: u64 = 64 << 20;

/// Largest single file after decompression, in bytes (Debian's tracker has 70 MB).
pub const MAX_FILE: u64 = 2 << 30;

/// Largest archive after decompression, in bytes. It bounds time, not memory; Red Hat's VEX documents come
/// in one archive and have some hundred KB each.
pub const MAX_ARCHIVE: u64 = 128 << 30;

/// Most files of one input.
pub const MAX_FILES: u64 = 4_000_000;

/// Deepest folder below the input.
pub const MAX_DEPTH: usize = 16;

/// Longest name of a file inside the input, in bytes.
pub const MAX_NAME: usize = 4096;

const BUFFER: usize = 64 << 10;

/// One file of a feed's input, decompressed.
pub struct Entry<'a> {
    /// Path below the input with `/` between its parts; the file's own name where the input is that file.
    /// Endings of compression formats are cut off.
    pub name: &'a str,
    /// When it was changed last, UTC, where the archive or file system tells.
    pub modified: Option<Date>,
    reader: &'a mut dyn Read,
}

impl Entry<'_> {
    /// The last part of the name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// The folder that it is in directly; empty at the top.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.name.rsplit('/').nth(1).unwrap_or_default()
    }

    /// Its bytes, as a stream.
    pub fn reader(&mut self) -> &mut dyn Read {
        self.reader
    }

    /// All its bytes.
    ///
    /// # Errors
    /// Where they cannot be read, or are more than [`MAX_RECORD`].
    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        read_capped(&mut self.reader, MAX_RECORD)
    }
}

/// What looks at the entries of an input.
pub trait Visitor {
    /// Whether the entry with this name matters; the others are not read.
    fn wants(&self, name: &str) -> bool;

    /// Reads an entry.
    ///
    /// # Errors
    /// Where the whole feed has to be given up.
    fn visit(&mut self, entry: Entry<'_>) -> Result<(), FeedError>;
}

/// Visits every file of `path`: folders in the order of their names, archives in their own order. Links are
/// not followed below the top.
///
/// # Errors
/// Where something cannot be read or decompressed, a limit is reached, or the visitor gives up.
pub fn walk(path: &Path, visitor: &mut dyn Visitor) -> Result<(), FeedError> {
    let mut walk = Walk { visitor, files: 0, place: path.display().to_string() };
    let meta = fs::metadata(path).map_err(|e| FeedError::io(&walk.place, e))?;
    if meta.is_dir() {
        walk.folder(path, "", 0)
    } else {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        walk.file(path, &name, true)
    }
}

/// As [`walk`], for an input in memory with the name `name`.
///
/// # Errors
/// As [`walk`].
pub fn walk_bytes(name: &str, bytes: &[u8], visitor: &mut dyn Visitor) -> Result<(), FeedError> {
    let mut walk = Walk { visitor, files: 0, place: name.to_owned() };
    walk.stream(name, None, &mut &*bytes, true)
}

struct Walk<'a> {
    visitor: &'a mut dyn Visitor,
    files: u64,
    place: String,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), FeedError> {
        let too_deep = || FeedError::TooLarge {
            place: path.display().to_string(),
            limit: MAX_DEPTH as u64,
            what: "folders inside each other",
        };
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let fail = |e| FeedError::io(path.display().to_string(), e);
        let mut entries: Vec<(String, PathBuf, bool)> = Vec::new();
        for entry in fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let kind = entry.file_type().map_err(fail)?;
            // A name that is not UTF-8 is no name of any feed.
            let Ok(leaf) = entry.file_name().into_string() else { continue };
            if leaf.starts_with('.') || !(kind.is_dir() || kind.is_file()) {
                continue;
            }
            let full = if name.is_empty() { leaf } else { format!("{name}/{leaf}") };
            entries.push((full, entry.path(), kind.is_dir()));
            self.count(entries.len() as u64)?;
        }
        entries.sort_unstable();
        for (full, path, is_folder) in entries {
            if is_folder {
                self.folder(&path, &full, depth + 1)?;
            } else {
                self.file(&path, &full, false)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str, only: bool) -> Result<(), FeedError> {
        let stem = compression::without_ending(name);
        let is_archive = archive::has_archive_ending(stem);
        if !only && !is_archive && !self.visitor.wants(stem) {
            return Ok(());
        }
        self.count(1)?;
        self.files += 1;
        let fail = |e| FeedError::io(path.display().to_string(), e);
        let file = File::open(path).map_err(fail)?;
        let modified = file.metadata().ok().and_then(|m| m.modified().ok());
        let modified = modified.and_then(|t| Timestamp::try_from(t).ok()).map(utc_date);
        let mut reader = BufReader::with_capacity(BUFFER, file);
        if archive::is_zip(&mut reader).map_err(fail)? {
            return archive::zip(reader, &mut |entry| self.inner(entry))
                .map_err(|e| place(e, path));
        }
        self.stream(name, modified, &mut reader, only).map_err(|e| place(e, path))
    }

    /// A plain or compressed stream that may be a tar archive.
    fn stream(
        &mut self,
        name: &str,
        modified: Option<Date>,
        reader: &mut dyn Read,
        only: bool,
    ) -> Result<(), FeedError> {
        let stem = compression::without_ending(name);
        let fail = |e| FeedError::io(name, e);
        let plain = compression::open(reader).map_err(fail)?;
        let (head, plain) = compression::peek(plain, archive::TAR_HEAD).map_err(fail)?;
        if archive::is_tar(&head) {
            return archive::tar(plain, &mut |entry| self.inner(entry));
        }
        if !only && !self.visitor.wants(stem) {
            return Ok(());
        }
        let mut capped = plimsoll_model::CappedReader::new(plain, MAX_FILE);
        self.visitor.visit(Entry { name: stem, modified, reader: &mut capped })
    }

    /// A member of an archive: it may be compressed, but an archive inside an archive is not opened.
    fn inner(&mut self, entry: Entry<'_>) -> Result<(), FeedError> {
        self.count(1)?;
        self.files += 1;
        let stem = compression::without_ending(entry.name);
        if entry.name.len() > MAX_NAME || !self.visitor.wants(stem) {
            return Ok(());
        }
        let Entry { name, modified, reader } = entry;
        let plain = compression::open(reader).map_err(|e| FeedError::io(name, e))?;
        let mut capped = plimsoll_model::CappedReader::new(plain, MAX_FILE);
        self.visitor.visit(Entry { name: stem, modified, reader: &mut capped })
    }

    fn count(&self, more: u64) -> Result<(), FeedError> {
        if self.files.saturating_add(more) > MAX_FILES {
            let place = self.place.clone();
            return Err(FeedError::TooLarge { place, limit: MAX_FILES, what: "files" });
        }
        Ok(())
    }
}

/// Puts the path of the outer file before the place inside it.
fn place(error: FeedError, path: &Path) -> FeedError {
    let outer = path.display();
    match error {
        FeedError::Io { place, source } => FeedError::io(format!("{outer}: {place}"), source),
        FeedError::Malformed { place, message } => {
            FeedError::malformed(format!("{outer}: {place}"), message)
        }
        other => other,
    }
}

pub(crate) fn utc_date(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

#[cfg(test)]
mod tests;
