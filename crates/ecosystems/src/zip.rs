//! Reads zip archives that lie in memory, by their central directory: what Java and Python load. Entries
//! are looked at in place and only those that matter are decompressed, each under a limit, because an
//! archive in an image can claim anything: sizes, offsets, entries that overlap, gigabytes of zeros.
//!
//! Format: PKWARE's APPNOTE 6.3.10. Bytes in front of the archive (a start script) are passed over as the
//! JDK does, by counting back from the end record.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};

/// From this many bytes on, an entry is held against [`BOMB_RATIO`].
const BOMB_FLOOR: u64 = 8 << 20;

/// An entry above [`BOMB_FLOOR`] that is larger than its stored bytes by more than this factor is given up.
/// (Deflate cannot pass 1032; real entries of that size stay below 100.)
const BOMB_RATIO: u64 = 200;

/// Bytes that are decompressed at a time.
const STEP: usize = 64 << 10;

const END: usize = 22;
const LOCATOR: usize = 20;
const HEADER: usize = 46;
const LOCAL: usize = 30;

/// Why an archive or an entry cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ZipError {
    /// There is no end record whose directory lies within the file.
    #[error("no zip archive: its directory is missing or cut off")]
    NoDirectory,
    /// The directory ends inside an entry or holds something else.
    #[error("the zip directory is damaged after {0} entries")]
    BadDirectory(u64),
    /// What the directory says about an entry does not fit the file.
    #[error("the entry lies outside of the archive")]
    OutOfBounds,
    /// Encrypted, or a method that Java does not read either.
    #[error("compression method {0} or encryption is not supported")]
    Unsupported(u16),
    /// The data does not decompress.
    #[error("the entry does not decompress")]
    Damaged,
    /// One of the limits.
    #[error("the entry expands beyond the limit of {0}")]
    TooLarge(&'static str),
}

/// A zip archive in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    directory: &'a [u8],
    base: u64,
}

/// An entry of its directory. Nothing of it is to be believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// Its name, as it stands there.
    pub(crate) name: &'a [u8],
    /// Claimed size.
    pub(crate) size: u64,
    method: u16,
    flags: u16,
    compressed: u64,
    offset: u64,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn slice(bytes: &[u8], start: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(len).ok()?)?)
}

impl<'a> Archive<'a> {
    /// Finds the directory.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ZipError> {
        let last = bytes.len().checked_sub(END).ok_or(ZipError::NoDirectory)?;
        // The comment behind the record has at most 65,535 bytes.
        let first = last.saturating_sub(usize::from(u16::MAX));
        (first..=last)
            .rev()
            .filter(|&at| bytes[at..].starts_with(b"PK\x05\x06"))
            .find_map(|at| Self::at(bytes, at))
            .ok_or(ZipError::NoDirectory)
    }

    fn at(bytes: &'a [u8], end: usize) -> Option<Self> {
        let mut size = u64::from(u32_at(bytes, end + 12)?);
        let mut offset = u64::from(u32_at(bytes, end + 16)?);
        let mut directory_end = end as u64;
        if let Some((at, zip64_size, zip64_offset)) = Self::zip64(bytes, end)
            && (size == u64::from(u32::MAX)
                || offset == u64::from(u32::MAX)
                || u16_at(bytes, end + 10)? == u16::MAX)
        {
            (directory_end, size, offset) = (at, zip64_size, zip64_offset);
        }
        // The directory ends where its end record begins; what its offset lacks is the prefix.
        let start = directory_end.checked_sub(size)?;
        let (start, base) = match start.checked_sub(offset) {
            Some(base) if size == 0 || Self::is_directory(bytes, start) => (start, base),
            _ if Self::is_directory(bytes, offset) => (offset, 0),
            _ => return None,
        };
        Some(Self { bytes, directory: slice(bytes, start, size)?, base })
    }

    fn is_directory(bytes: &[u8], at: u64) -> bool {
        slice(bytes, at, 4).is_some_and(|signature| signature == b"PK\x01\x02")
    }

    /// Place of the zip64 end record, size and offset of the directory.
    fn zip64(bytes: &[u8], end: usize) -> Option<(u64, u64, u64)> {
        let locator = end.checked_sub(LOCATOR)?;
        if !bytes[locator..].starts_with(b"PK\x06\x07") {
            return None;
        }
        let claimed = u64_at(bytes, locator + 8)?;
        // Behind a prefix the record is not where the locator says, but it has a fixed size.
        [claimed, (locator as u64).checked_sub(56)?].into_iter().find_map(|at| {
            let record = slice(bytes, at, 56)?;
            record.starts_with(b"PK\x06\x06").then_some(())?;
            Some((at, u64_at(record, 40)?, u64_at(record, 48)?))
        })
    }

    /// The entries in the order of the directory; the last item is an error where it is damaged.
    pub(crate) fn entries(&self) -> Entries<'a> {
        Entries { rest: self.directory, read: 0 }
    }

    /// The stored bytes of an entry.
    fn raw(&self, entry: &Entry<'_>) -> Result<&'a [u8], ZipError> {
        let find = || {
            let at = self.base.checked_add(entry.offset)?;
            let local = slice(self.bytes, at, LOCAL as u64)?;
            local.starts_with(b"PK\x03\x04").then_some(())?;
            let name = u64::from(u16_at(local, 26)?);
            let extra = u64::from(u16_at(local, 28)?);
            slice(self.bytes, at + LOCAL as u64 + name + extra, entry.compressed)
        };
        find().ok_or(ZipError::OutOfBounds)
    }

    /// The bytes of an entry: in place where it is stored, or decompressed. `most` caps the result,
    /// `budget` all that is read with it.
    pub(crate) fn read(
        &self,
        entry: &Entry<'_>,
        most: usize,
        budget: &mut Budget,
    ) -> Result<Cow<'a, [u8]>, ZipError> {
        self.read_as(entry, most, budget, false)
    }

    /// The same, and no error where there is more than `most`.
    pub(crate) fn read_start(
        &self,
        entry: &Entry<'_>,
        most: usize,
        budget: &mut Budget,
    ) -> Result<Cow<'a, [u8]>, ZipError> {
        self.read_as(entry, most, budget, true)
    }

    fn read_as(
        &self,
        entry: &Entry<'_>,
        most: usize,
        budget: &mut Budget,
        start_only: bool,
    ) -> Result<Cow<'a, [u8]>, ZipError> {
        if entry.flags & 1 != 0 {
            return Err(ZipError::Unsupported(entry.method));
        }
        let raw = self.raw(entry)?;
        match entry.method {
            0 if raw.len() <= most || start_only => {
                let bytes = &raw[..raw.len().min(most)];
                budget.charge(bytes.len())?;
                Ok(Cow::Borrowed(bytes))
            }
            0 => Err(ZipError::TooLarge("one entry")),
            8 => inflate(raw, entry.size, most, budget, start_only).map(Cow::Owned),
            other => Err(ZipError::Unsupported(other)),
        }
    }
}

/// What may still be read of one file of the image, all levels together.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u64,
}

impl Budget {
    /// So many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        Self { left: bytes }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), ZipError> {
        self.left = self.left.checked_sub(bytes as u64).ok_or(ZipError::TooLarge("one file"))?;
        Ok(())
    }
}

fn inflate(
    raw: &[u8],
    claimed: u64,
    most: usize,
    budget: &mut Budget,
    start_only: bool,
) -> Result<Vec<u8>, ZipError> {
    let mut stream = Decompress::new(false);
    let mut out = Vec::new();
    // The size is a claim; deflate cannot expand more than so.
    let likely = claimed.min(raw.len() as u64 * 1032).min(most as u64) as usize;
    out.try_reserve_exact(likely.min(budget.left as usize).min(16 << 20))
        .map_err(|_| ZipError::TooLarge("memory"))?;
    loop {
        if out.len() == out.capacity() {
            let step = STEP.max(out.len() / 2).min(most.saturating_sub(out.len()).max(1));
            out.try_reserve_exact(step).map_err(|_| ZipError::TooLarge("memory"))?;
        }
        let (before_in, before_out) = (stream.total_in() as usize, out.len());
        let status = stream
            .decompress_vec(
                raw.get(before_in..).unwrap_or_default(),
                &mut out,
                FlushDecompress::None,
            )
            .map_err(|_| ZipError::Damaged)?;
        let grown = out.len() - before_out;
        budget.charge(grown)?;
        if out.len() > most || (out.len() == most && start_only) {
            if start_only {
                out.truncate(most);
                return Ok(out);
            }
            return Err(ZipError::TooLarge("one entry"));
        }
        let len = out.len() as u64;
        if len > BOMB_FLOOR && len > (raw.len() as u64).saturating_mul(BOMB_RATIO) {
            return Err(ZipError::TooLarge("the compression ratio"));
        }
        match status {
            Status::StreamEnd => return Ok(out),
            _ if grown == 0
                && stream.total_in() as usize == before_in
                && out.len() < out.capacity() =>
            {
                return Err(ZipError::Damaged);
            }
            _ => {}
        }
    }
}

/// Iterator over a directory.
#[derive(Clone, Debug)]
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
    read: u64,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ZipError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Behind the entries there may be a digital signature.
        if self.rest.is_empty() || self.rest.starts_with(b"PK\x05\x05") {
            return None;
        }
        let entry = self.parse();
        if entry.is_none() {
            self.rest = &[];
        }
        self.read += 1;
        Some(entry.ok_or(ZipError::BadDirectory(self.read - 1)))
    }
}

impl<'a> Entries<'a> {
    fn parse(&mut self) -> Option<Entry<'a>> {
        let header = self.rest.get(..HEADER)?;
        header.starts_with(b"PK\x01\x02").then_some(())?;
        let name_len = usize::from(u16_at(header, 28)?);
        let extra_len = usize::from(u16_at(header, 30)?);
        let comment_len = usize::from(u16_at(header, 32)?);
        let name = self.rest.get(HEADER..HEADER + name_len)?;
        let extra = self.rest.get(HEADER + name_len..HEADER + name_len + extra_len)?;
        let mut entry = Entry {
            name,
            size: u64::from(u32_at(header, 24)?),
            method: u16_at(header, 10)?,
            flags: u16_at(header, 8)?,
            compressed: u64::from(u32_at(header, 20)?),
            offset: u64::from(u32_at(header, 42)?),
        };
        entry.widen(extra);
        self.rest = self.rest.get(HEADER + name_len + extra_len + comment_len..)?;
        Some(entry)
    }
}

impl Entry<'_> {
    /// Whether its bytes lie in the archive as they are.
    pub(crate) fn is_stored(&self) -> bool {
        self.method == 0
    }

    /// Zip64: what does not fit into 32 bits stands in an extra field, in this order.
    fn widen(&mut self, mut extra: &[u8]) {
        const FULL: u64 = u32::MAX as u64;
        while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let end = 4 + usize::from(len);
            let Some(mut field) = extra.get(4..end) else { return };
            if id == 1 {
                for value in [&mut self.size, &mut self.compressed, &mut self.offset] {
                    if *value == FULL
                        && let Some(wide) = u64_at(field, 0)
                    {
                        *value = wide;
                        field = &field[8..];
                    }
                }
                return;
            }
            extra = extra.get(end..).unwrap_or_default();
        }
    }
}

mod stream;

pub(crate) use stream::StreamReader;

#[cfg(test)]
pub(crate) mod tests;
