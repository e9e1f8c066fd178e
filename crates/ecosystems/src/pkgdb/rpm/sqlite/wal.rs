//! The write-ahead log (section 4): pages that were written but not yet copied into the database. Images that
//! were built while a process still had the database open, or was killed, carry one that is not empty.

use std::collections::HashMap;

const MAGIC_LITTLE_ENDIAN_SUMS: u32 = 0x377f_0682;
const MAGIC_BIG_ENDIAN_SUMS: u32 = 0x377f_0683;
const VERSION: u32 = 3_007_000;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The committed pages of a log.
#[derive(Debug, Default)]
pub(super) struct Wal<'a> {
    pages: HashMap<u32, &'a [u8]>,
    page_size: usize,
    page_count: u32,
}

impl<'a> Wal<'a> {
    /// Reads frames up to the last commit whose salts and checksums hold; what follows it was never
    /// committed, or is left from before the log was restarted, and does not count for SQLite either.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let header = bytes.get(..HEADER).ok_or("its header is cut off")?;
        let number = |at| be32(header, at);
        let little_endian = match number(0) {
            MAGIC_LITTLE_ENDIAN_SUMS => true,
            MAGIC_BIG_ENDIAN_SUMS => false,
            _ => return Err("it has no magic number"),
        };
        if number(4) != VERSION {
            return Err("it is of an unknown version");
        }
        let page_size = number(8) as usize;
        if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
            return Err("it has an impossible page size");
        }
        let mut sums = Sums { little_endian, a: 0, b: 0 };
        sums.add(&header[..24]);
        if (sums.a, sums.b) != (number(24), number(28)) {
            return Err("its header does not have the checksum that it names");
        }
        let salts = &header[16..24];
        let mut wal = Self { page_size, ..Self::default() };
        let mut pending = Vec::new();
        for frame in bytes[HEADER..].chunks_exact(FRAME_HEADER + page_size) {
            let (header, page) = frame.split_at(FRAME_HEADER);
            sums.add(&header[..8]);
            sums.add(page);
            if header[8..16] != *salts || (sums.a, sums.b) != (be32(header, 16), be32(header, 20)) {
                break;
            }
            pending.push((be32(header, 0), page));
            let size_after_commit = be32(header, 4);
            if size_after_commit != 0 {
                wal.pages.extend(pending.drain(..));
                wal.page_count = size_after_commit;
            }
        }
        Ok(wal)
    }

    /// Whether nothing was committed.
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub(super) fn page(&self, number: u32) -> Option<&'a [u8]> {
        self.pages.get(&number).copied()
    }

    pub(super) fn page_size(&self) -> usize {
        self.page_size
    }

    /// Pages of the database after the last commit.
    pub(super) fn page_count(&self) -> u32 {
        self.page_count
    }
}

/// The running checksum over pairs of 32-bit words.
struct Sums {
    little_endian: bool,
    a: u32,
    b: u32,
}

impl Sums {
    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| {
                let word = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
                if self.little_endian { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) }
            };
            let (first, second) = (word(0), word(4));
            self.a = self.a.wrapping_add(first).wrapping_add(self.b);
            self.b = self.b.wrapping_add(second).wrapping_add(self.a);
        }
    }
}

/// The callers have checked the length.
fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|bytes| bytes.first_chunk())
        .map_or(0, |word| u32::from_be_bytes(*word))
}

/// The checksums of a stretch of bytes after `(a, b)`.
#[cfg(test)]
pub(crate) fn checksum(little_endian: bool, start: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let mut sums = Sums { little_endian, a: start.0, b: start.1 };
    sums.add(bytes);
    (sums.a, sums.b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Wal::open(&bytes);
        }
    }
}
