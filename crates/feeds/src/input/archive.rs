//! Tar and zip archives as series of entries. Member names are only names here: nothing is written, so a name
//! that climbs out of the archive does no harm.

use std::io::{self, BufRead, BufReader, Read, Seek};

use jiff::{Timestamp, civil::Date};

use super::{Entry, MAX_ARCHIVE, MAX_FILE, MAX_FILES, utc_date};
use crate::FeedError;

type Visit<'a> = &'a mut dyn FnMut(Entry<'_>) -> Result<(), FeedError>;

/// Where POSIX and GNU tar keep the word `ustar`.
const USTAR_AT: usize = 257;

/// Whether a file with this name (without the ending of a compression format) is opened as an archive.
pub(super) fn has_archive_ending(name: &str) -> bool {
    [".tar", ".tgz", ".txz", ".zip"].iter().any(|ending| name.ends_with(ending))
}

pub(super) fn is_zip(reader: &mut impl BufRead) -> io::Result<bool> {
    let head = reader.fill_buf()?;
    Ok(head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"))
}

/// Bytes of a stream that tell whether it is a tar archive.
pub(super) const TAR_HEAD: usize = 512;

pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(USTAR_AT..USTAR_AT + 5) == Some(b"ustar")
}

pub(super) fn tar(reader: impl Read, visit: Visit<'_>) -> Result<(), FeedError> {
    let fail = |e| FeedError::io("tar", e);
    let capped = plimsoll_model::CappedReader::new(reader, MAX_ARCHIVE);
    let mut archive = ::tar::Archive::new(capped);
    for member in archive.entries().map_err(fail)? {
        let mut member = member.map_err(fail)?;
        if !member.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        let seconds = member.header().mtime().ok().and_then(|s| i64::try_from(s).ok());
        let modified = seconds.and_then(|s| Timestamp::from_second(s).ok()).map(utc_date);
        let name = name.trim_start_matches("./");
        visit(Entry { name, modified, reader: &mut member })?;
    }
    // What follows the last member holds the checksum of a compressed stream.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(fail)?;
    Ok(())
}

pub(super) fn zip<R: Read + Seek>(reader: BufReader<R>, visit: Visit<'_>) -> Result<(), FeedError> {
    let fail = |e: ::zip::result::ZipError| FeedError::malformed("zip", e.to_string());
    let mut archive = ::zip::ZipArchive::new(reader).map_err(fail)?;
    if archive.len() as u64 > MAX_FILES {
        return Err(FeedError::TooLarge { place: "zip".into(), limit: MAX_FILES, what: "files" });
    }
    let mut total = 0u64;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(fail)?;
        if !member.is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let modified = member.last_modified().and_then(|t| {
            let (month, day) = (i8::try_from(t.month()).ok()?, i8::try_from(t.day()).ok()?);
            Date::new(i16::try_from(t.year()).ok()?, month, day).ok()
        });
        let mut counted = Counted { inner: &mut member, read: 0 };
        visit(Entry { name: &name, modified, reader: &mut counted })?;
        total = total.saturating_add(counted.read);
        if total > MAX_ARCHIVE || counted.read > MAX_FILE {
            let place = name;
            return Err(FeedError::TooLarge { place, limit: MAX_ARCHIVE, what: "bytes" });
        }
    }
    Ok(())
}

struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.read = self.read.saturating_add(got as u64);
        Ok(got)
    }
}
