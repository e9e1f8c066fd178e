//! Random access to a tar archive on disk: indexed once, read by offset, by several threads at once.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use plimsoll_model::{CappedReader, normalize_path, read_capped};

use crate::{AcquireError, AcquireErrorKind, StoredForm, decompress, sniff};

/// Most entries of an image archive.
pub const MAX_ARCHIVE_ENTRIES: usize = 200_000;

/// Longest name, and longest block of extended attributes, of an entry.
const MAX_EXTENSION_BYTES: u64 = 64 << 10;

/// Bytes of all names and link targets of an image archive together.
const MAX_NAME_BYTES: usize = 64 << 20;

/// Largest archive, uncompressed, that is spooled when it is compressed as a whole.
pub const MAX_SPOOL_BYTES: u64 = 64 << 30;

/// How many times its own size a compressed archive may become on disk; images reach 20, bombs 1000.
const MAX_SPOOL_RATIO: u64 = 200;

/// An archive may become this large whatever the ratio.
const FREE_SPOOL_BYTES: u64 = 1 << 30;

/// Links from member to member that are followed.
const MAX_LINKS: usize = 8;

/// One entry of an archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TarMember {
    /// A file's place.
    File {
        /// Offset of its bytes.
        at: u64,
        /// Their number.
        size: u64,
    },
    /// A link to another entry, by its normalised name; `None` where it leads out of the archive.
    Link(Option<String>),
    /// A directory or anything else.
    Other,
}

/// Where the members of an archive lie.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TarIndex {
    members: BTreeMap<String, TarMember>,
    /// Whether the archive ends before its last member does.
    pub truncated: bool,
}

impl TarIndex {
    /// Indexes a plain tar archive. Reads headers only. Names are normalised; one with `..` is left out.
    ///
    /// # Errors
    /// Those of reading, and [`io::ErrorKind::InvalidData`] for what is no tar archive.
    pub fn read(file: &mut (impl Read + Seek)) -> io::Result<Self> {
        let end = file.seek(io::SeekFrom::End(0))?;
        let invalid = |message: &str| io::Error::new(io::ErrorKind::InvalidData, message);
        let mut index = Self::default();
        let mut at = 0u64;
        let (mut long_name, mut long_link, mut pax) = (None, None, Pax::default());
        let (mut entries, mut name_bytes) = (0, 0usize);
        while at < end {
            let mut header = tar::Header::new_old();
            file.seek(io::SeekFrom::Start(at))?;
            match file.read_exact(header.as_mut_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    index.truncated = true;
                    break;
                }
                other => other?,
            }
            if header.as_bytes().iter().all(|&byte| byte == 0) {
                break;
            }
            if !is_sum_right(&header) {
                return Err(invalid("not a tar archive, or a damaged one"));
            }
            entries += 1;
            if entries > MAX_ARCHIVE_ENTRIES {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("more than {MAX_ARCHIVE_ENTRIES} entries in the archive"),
                ));
            }
            let kind = header.entry_type();
            let extension = kind.is_gnu_longname()
                || kind.is_gnu_longlink()
                || kind.is_pax_local_extensions()
                || kind.is_pax_global_extensions();
            let size = match pax.size {
                Some(size) if !extension => size,
                _ => header.entry_size()?,
            };
            let data = at + 512;
            let next = size
                .checked_add(511)
                .and_then(|size| data.checked_add(size / 512 * 512))
                .ok_or_else(|| invalid("a size in the archive is out of range"))?;
            at = next;
            if extension {
                if kind.is_pax_global_extensions() {
                    continue;
                }
                let bytes = read_capped(file.by_ref().take(size), MAX_EXTENSION_BYTES)?;
                let text = || bytes.split(|&b| b == 0).next().unwrap_or_default().to_vec();
                if kind.is_gnu_longname() {
                    long_name = Some(text());
                } else if kind.is_gnu_longlink() {
                    long_link = Some(text());
                } else {
                    pax = Pax::parse(&bytes);
                }
                continue;
            }
            let Pax { path, link, .. } = std::mem::take(&mut pax);
            let name =
                path.or(long_name.take()).unwrap_or_else(|| header.path_bytes().into_owned());
            let target = link
                .or(long_link.take())
                .or_else(|| header.link_name_bytes().map(|name| name.into_owned()))
                .unwrap_or_default();
            let Some(name) = normalize_path(&name).filter(|name| !name.is_empty()) else {
                continue;
            };
            let member = if kind.is_symlink() {
                TarMember::Link(beside(&name, &target))
            } else if kind.is_hard_link() {
                TarMember::Link(normalize_path(&target))
            } else if kind.is_file() || kind.is_contiguous() {
                index.truncated |= data.checked_add(size).is_none_or(|last| last > end);
                TarMember::File { at: data, size }
            } else {
                TarMember::Other
            };
            name_bytes = name_bytes.saturating_add(name.len()).saturating_add(target.len());
            if name_bytes > MAX_NAME_BYTES {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("more than {MAX_NAME_BYTES} bytes of names in the archive"),
                ));
            }
            index.members.insert(name, member);
        }
        Ok(index)
    }

    /// Offset and size of a file, links followed.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<(u64, u64)> {
        let mut member = self.members.get(name)?;
        for _ in 0..MAX_LINKS {
            match member {
                TarMember::File { at, size } => return Some((*at, *size)),
                TarMember::Link(Some(target)) => member = self.members.get(target)?,
                TarMember::Link(None) | TarMember::Other => return None,
            }
        }
        None
    }

    /// Names of all entries.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }
}

/// The sum as it is specified, and as historic tars with signed characters computed it.
fn is_sum_right(header: &tar::Header) -> bool {
    let Ok(claimed) = header.cksum() else { return false };
    let (mut unsigned, mut signed) = (0u32, 0i64);
    for (at, &byte) in header.as_bytes().iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { byte };
        unsigned += u32::from(byte);
        signed += i64::from(byte.cast_signed());
    }
    claimed == unsigned || i64::from(claimed) == signed
}

/// A symbolic link's target as a name within the archive: relative to where the link is.
fn beside(link: &str, target: &[u8]) -> Option<String> {
    if target.starts_with(b"/") {
        return None;
    }
    let mut parts: Vec<&[u8]> = link.as_bytes().split(|&b| b == b'/').collect();
    parts.pop();
    for part in target.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    normalize_path(&parts.join(&b'/'))
}

#[derive(Default)]
struct Pax {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Pax {
    /// `LENGTH KEY=VALUE\n` records (POSIX pax, "Extended Header").
    fn parse(mut bytes: &[u8]) -> Self {
        let mut out = Self::default();
        while let Some(space) = bytes.iter().position(|&b| b == b' ') {
            let length = bytes.get(..space).and_then(|digits| std::str::from_utf8(digits).ok());
            let Some(length) = length.and_then(|text| text.parse::<usize>().ok()) else { break };
            let Some(record) = bytes.get(space + 1..length) else { break };
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            if let Some(equals) = record.iter().position(|&b| b == b'=') {
                let (key, value) = (&record[..equals], &record[equals + 1..]);
                match key {
                    b"path" => out.path = Some(value.to_vec()),
                    b"linkpath" => out.link = Some(value.to_vec()),
                    b"size" => {
                        out.size = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok())
                    }
                    _ => {}
                }
            }
            bytes = bytes.get(length..).unwrap_or_default();
        }
        out
    }
}

/// Opens a file. Opening a pipe would wait for a writer, reading a device might never end.
pub(super) fn open_regular(path: &Path) -> Result<File, AcquireError> {
    let failed = |error| AcquireError::io(path.display(), error);
    if !path.metadata().map_err(failed)?.is_file() {
        let message = "neither a regular file nor a folder";
        let error = AcquireError::new(AcquireErrorKind::Unsupported, path.display(), message);
        return Err(error.advice("save the stream to a file first"));
    }
    File::open(path).map_err(failed)
}

/// An open archive and its index.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    file: Arc<File>,
    pub(crate) index: TarIndex,
}

impl Archive {
    /// Opens an archive; one that is compressed as a whole is spooled first, to a file that has no name
    /// and is gone with the last handle.
    pub(crate) fn open(path: &Path) -> Result<Self, AcquireError> {
        let failed = |error| AcquireError::io(path.display(), error);
        let mut file = open_regular(path)?;
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(6).read_to_end(&mut head).map_err(failed)?;
        file.rewind().map_err(failed)?;
        if sniff(&head) != StoredForm::Plain {
            file = spool(file, path)?;
        }
        let index = TarIndex::read(&mut file).map_err(failed)?;
        Ok(Self { file: Arc::new(file), index })
    }

    /// An archive that is already in a file of ours, not compressed.
    pub(crate) fn spooled(mut file: File, place: &Path) -> Result<Self, AcquireError> {
        let index =
            TarIndex::read(&mut file).map_err(|error| AcquireError::io(place.display(), error))?;
        Ok(Self { file: Arc::new(file), index })
    }

    /// A member's bytes and their number.
    pub(crate) fn member(&self, name: &str) -> Option<(Section, u64)> {
        let (at, size) = self.index.file(name)?;
        Some((Section { file: Arc::clone(&self.file), at, left: size }, size))
    }

    /// A small member, whole.
    pub(crate) fn small(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let Some((section, _)) = self.member(name) else { return Ok(None) };
        read_capped(section, limit).map(Some)
    }
}

fn spool(file: File, path: &Path) -> Result<File, AcquireError> {
    let unpack = || -> io::Result<File> {
        let mut spool = tempfile::tempfile()?;
        let limit = file.metadata()?.len().saturating_mul(MAX_SPOOL_RATIO);
        let limit = limit.clamp(FREE_SPOOL_BYTES, MAX_SPOOL_BYTES);
        let mut stream = CappedReader::new(decompress(file)?, limit);
        let mut buffer = vec![0; crate::READ_BUFFER_BYTES];
        loop {
            match stream.read(&mut buffer)? {
                0 => break,
                got => spool.write_all(buffer.get(..got).unwrap_or_default())?,
            }
        }
        spool.rewind()?;
        Ok(spool)
    };
    unpack().map_err(|error| {
        let full = error.kind() == io::ErrorKind::StorageFull;
        let mut failed = AcquireError::io(path.display(), error);
        failed.message = format!("unpacking it to a temporary file: {}", failed.message);
        if full {
            failed.kind = AcquireErrorKind::Io;
            return failed.advice("set TMPDIR to a folder with more room, or decompress it first");
        }
        failed
    })
}

/// A part of a file, read without moving a shared position.
#[derive(Debug)]
pub(crate) struct Section {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Read for Section {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if want == 0 {
            return Ok(0);
        }
        let got = self.file.read_at(buf.get_mut(..want).unwrap_or_default(), self.at)?;
        if got == 0 {
            let message = format!("the archive ends {} bytes early", self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        self.at += got as u64;
        self.left -= got as u64;
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_stay_within_the_archive() {
        assert_eq!(beside("a/layer.tar", b"../b/layer.tar").as_deref(), Some("b/layer.tar"));
        assert_eq!(beside("layer.tar", b"b").as_deref(), Some("b"));
        assert_eq!(beside("a/b", b"../../c"), None);
        assert_eq!(beside("a/b", b"/etc/passwd"), None);
    }

    #[test]
    fn pax_records_are_read_and_bad_ones_end_the_list() {
        let pax = Pax::parse(b"13 path=a/bb\n14 size=12345\n9999 linkpath=x\n");
        assert_eq!(pax.path.as_deref(), Some(&b"a/bb"[..]));
        assert_eq!(pax.size, Some(12345));
        assert_eq!(pax.link, None);
        for bad in [&b"0 a=b\n"[..], b"1 ", b"-5 a=b", b"18446744073709551616 a=b", b" a=b"] {
            assert_eq!(Pax::parse(bad).path, None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
            let _ = TarIndex::read(&mut Cursor::new(&bytes));
            // With a right checksum, so that the fields behind it are looked at.
            if bytes.len() >= 512 {
                bytes[148..156].fill(b' ');
                let sum: u32 = bytes[..512].iter().map(|&b| u32::from(b)).sum();
                bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
                if let Ok(index) = TarIndex::read(&mut Cursor::new(&bytes)) {
                    for name in index.names() {
                        let _ = index.file(name);
                    }
                }
            }
        }
    }
}
