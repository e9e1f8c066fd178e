//! Looks into archives: zip (jar, wheel …), tar, gzip and gzipped tar, one level unless told otherwise. Everything is read
//! as a stream; what an archive claims about itself is not believed.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;
use memchr::memmem;
use plimsoll_model::normalize_path;

use super::{
    analyzer::FILE_HEAD,
    collect::{Collector, Place},
    content::{Content, content, is_library_class},
    stream::scan_stream,
};

/// Most entries of one archive that are looked at.
pub(super) const MAX_ENTRIES: usize = 100_000;

/// Most uncompressed bytes that are read of one archive, all entries together.
pub(super) const MAX_UNPACKED: u64 = 1 << 30;

/// An archive that unpacks to more than this many times its size is given up, from [`BOMB_FLOOR`] on.
pub(super) const BOMB_RATIO: u64 = 200;

/// Uncompressed bytes below which [`BOMB_RATIO`] does not matter.
pub(super) const BOMB_FLOOR: u64 = 64 << 20;

/// Largest entry that is held in memory because it is itself an archive.
const MAX_NESTED: u64 = 64 << 20;

/// Longest name of an entry.
const MAX_NAME: usize = 4096;

/// First bytes by which an entry's content is known.
const HEAD: usize = 512;

/// What is left to be read of one archive.
#[derive(Debug)]
struct Budget {
    bytes: u64,
    entries: usize,
}

/// Fails once an archive has given more than it may.
struct Metered<'b, R> {
    inner: R,
    budget: &'b mut Budget,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        match self.budget.bytes.checked_sub(got as u64) {
            Some(left) => self.budget.bytes = left,
            None => {
                let message =
                    "the archive unpacks to more than the limit; the rest was not looked at";
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
            }
        }
        Ok(got)
    }
}

/// Searches an archive whose stored size is `size`. `inside` is the path of the archive within the file. At `depth` 0 archives inside it
/// are left alone.
pub(super) fn scan_archive(
    found: &mut Collector<'_>,
    path: &str,
    inside: &str,
    kind: Content,
    bytes: &[u8],
    depth: usize,
) -> io::Result<()> {
    if kind == Content::Zip {
        let mut budget = budget(bytes.len() as u64);
        return zip(found, inside, bytes, depth, &mut budget);
    }
    scan_sequential(found, path, inside, kind, &mut Cursor::new(bytes), bytes.len() as u64, depth)
}

/// As [`scan_archive`], for what is read once from front to back.
pub(super) fn scan_sequential(
    found: &mut Collector<'_>,
    path: &str,
    inside: &str,
    kind: Content,
    reader: &mut dyn Read,
    size: u64,
    depth: usize,
) -> io::Result<()> {
    let mut budget = budget(size);
    match kind {
        Content::Tar => tar(found, inside, reader, depth, &mut budget),
        Content::Gzip => {
            let mut plain = Metered { inner: MultiGzDecoder::new(reader), budget: &mut budget };
            let head = read_up_to(&mut plain, HEAD)?;
            let name = path.strip_suffix(".gz").unwrap_or(path);
            let name = name.strip_suffix(".tgz").unwrap_or(name);
            match content(name, &head) {
                Content::Tar => {
                    // The plain bytes are metered already; entries have a budget of their own for their number.
                    let mut entries = Budget { bytes: MAX_UNPACKED, entries: MAX_ENTRIES };
                    tar(found, inside, &mut Cursor::new(head).chain(plain), depth, &mut entries)
                }
                Content::Text => {
                    let base = name.rsplit('/').next().unwrap_or(name);
                    let inside = join(inside, base);
                    scan_stream(found, name, &inside, &mut Cursor::new(head).chain(plain))
                }
                _ => Ok(()),
            }
        }
        Content::Zip => zip_stream(found, inside, reader, depth, &mut budget),
        Content::Text | Content::Opaque => Ok(()),
    }
}

fn budget(size: u64) -> Budget {
    let most = size.saturating_mul(BOMB_RATIO).max(BOMB_FLOOR);
    Budget { bytes: most.min(MAX_UNPACKED), entries: MAX_ENTRIES }
}

fn join(inside: &str, name: &str) -> String {
    if inside.is_empty() { name.to_owned() } else { format!("{inside}!/{name}") }
}

fn read_up_to(reader: &mut dyn Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(limit);
    reader.take(limit as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn entry(
    found: &mut Collector<'_>,
    inside: &str,
    name: &[u8],
    reader: &mut dyn Read,
    depth: usize,
    budget: &mut Budget,
) -> io::Result<()> {
    budget.entries = budget.entries.checked_sub(1).ok_or_else(|| {
        let message = format!("more than {MAX_ENTRIES} entries; the rest was not looked at");
        io::Error::new(io::ErrorKind::FileTooLarge, message)
    })?;
    let Some(name) = normalize_path(&name[..name.len().min(MAX_NAME)]) else { return Ok(()) };
    if is_library_class(&name) {
        return Ok(());
    }
    let mut metered = Metered { inner: reader, budget };
    let head = read_up_to(&mut metered, HEAD)?;
    let inside = join(inside, &name);
    let kind = content(&name, &head);
    let mut whole = Cursor::new(head).chain(metered);
    match kind {
        Content::Text => scan_stream(found, &name, &inside, &mut whole),
        Content::Opaque => {
            let bytes = read_up_to(&mut whole, FILE_HEAD)?;
            let place = Place { inside: &inside, ..Place::file(&name, false) };
            found.file(&place, &bytes);
            Ok(())
        }
        _ if depth == 0 => Ok(()),
        _ => {
            let bytes = plimsoll_model::read_capped(whole, MAX_NESTED)?;
            scan_archive(found, &name, &inside, kind, &bytes, depth - 1)
        }
    }
}

fn tar(
    found: &mut Collector<'_>,
    inside: &str,
    reader: &mut dyn Read,
    depth: usize,
    budget: &mut Budget,
) -> io::Result<()> {
    let mut archive = tar::Archive::new(reader);
    for next in archive.entries()?.raw(true) {
        let mut next = next?;
        if !next.header().entry_type().is_file() {
            continue;
        }
        let name = next.path_bytes().into_owned();
        entry(found, inside, &name, &mut next, depth, budget)?;
    }
    Ok(())
}

fn zip(
    found: &mut Collector<'_>,
    inside: &str,
    bytes: &[u8],
    depth: usize,
    budget: &mut Budget,
) -> io::Result<()> {
    let archive = claims_are_possible(bytes).then(|| zip::ZipArchive::new(Cursor::new(bytes)).ok());
    let Some(mut archive) = archive.flatten() else {
        return zip_stream(found, inside, &mut Cursor::new(bytes), depth, budget);
    };
    let mut broken = None;
    for at in 0..archive.len() {
        let mut next = match archive.by_index(at) {
            Ok(next) => next,
            Err(error) => {
                // Encrypted or of another method: the others are still worth reading.
                broken.get_or_insert(io::Error::other(error.to_string()));
                continue;
            }
        };
        if !next.is_file()
            || next.size() == 0
            || std::str::from_utf8(next.name_raw()).is_ok_and(is_library_class)
        {
            continue;
        }
        let name = next.name_raw().to_vec();
        match entry(found, inside, &name, &mut next, depth, budget) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Err(error),
            Err(error) => {
                broken.get_or_insert(error);
            }
            Ok(()) => {}
        }
    }
    broken.map_or(Ok(()), Err)
}

/// The library allocates for every entry that the directory claims: a claim that the bytes cannot hold is not followed.
fn claims_are_possible(bytes: &[u8]) -> bool {
    /// Bytes of the smallest entry of a directory.
    const MIN_ENTRY: u64 = 46;
    /// End record, and the longest comment behind it.
    const END: usize = 22 + 0xffff;
    let possible = |count: u64| {
        count <= MAX_ENTRIES as u64 && count.saturating_mul(MIN_ENTRY) <= bytes.len() as u64
    };
    let tail = &bytes[bytes.len().saturating_sub(END + 128)..];
    let of_end = memmem::rfind(tail, b"PK\x05\x06").and_then(|at| tail.get(at + 10..at + 12));
    let of_zip64 = memmem::rfind(tail, b"PK\x06\x06").map(|at| tail.get(at + 32..at + 40));
    let end = of_end.is_some_and(|count| {
        u16::from_le_bytes([count[0], count[1]]) == u16::MAX
            || possible(u64::from(u16::from_le_bytes([count[0], count[1]])))
    });
    end && match of_zip64 {
        None => true,
        Some(count) => count
            .and_then(|count| count.try_into().ok())
            .is_some_and(|count| possible(u64::from_le_bytes(count))),
    }
}

fn zip_stream(
    found: &mut Collector<'_>,
    inside: &str,
    mut reader: &mut dyn Read,
    depth: usize,
    budget: &mut Budget,
) -> io::Result<()> {
    loop {
        let next = zip::read::read_zipfile_from_stream(&mut reader);
        let Some(mut next) = next.map_err(|error| io::Error::other(error.to_string()))? else {
            return Ok(());
        };
        if next.is_file() {
            let name = next.name_raw().to_vec();
            entry(found, inside, &name, &mut next, depth, budget)?;
        }
    }
}
