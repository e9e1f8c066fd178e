//! The bytes of a delta: a header, the instructions (one zstd frame), the batches one after the other.

use std::{fs::File, io::Read, path::Path};

use plimsoll_model::Digest;

use super::{BATCH, DeltaError, MAX_BATCH, MAX_DATABASE, MAX_INSTRUCTIONS};
use crate::{
    MAX_BLOCK,
    codec::{Corrupt, Reader, Writer},
    format::{MAX_DICTIONARY, MAX_META},
};

pub(super) const MAGIC: &[u8; 8] = b"PLIMSDLT";
/// Raised whenever the layout changes.
const VERSION: u32 = 1;
/// Magic, two numbers, three digests, three lengths, checksum.
pub(super) const HEADER_LEN: usize = 8 + 8 + 96 + 24 + 4;

/// From what a delta leads to what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Version of the compressor that made it, as one number (1.5.7 is 10507).
    pub zstd: u32,
    /// Digest of the old database's content, as [`plimsoll_model::DatabaseInfo`] names it.
    pub old: Digest,
    /// Digest of the new database's content.
    pub new: Digest,
    /// SHA-256 of the new file as a whole.
    pub file: Digest,
    /// Bytes of the new file.
    pub size: u64,
    pub(super) stored_instructions: u64,
    pub(super) raw_instructions: u64,
}

impl Header {
    /// Reads the header of a delta.
    ///
    /// # Errors
    /// Where the file cannot be read or is no delta.
    pub fn read(delta: &Path) -> Result<Self, DeltaError> {
        let failed = |source| DeltaError::File { path: delta.to_owned(), source };
        Self::read_from(&mut File::open(delta).map_err(failed)?)
    }

    /// Reads a header from the first bytes of a delta.
    ///
    /// # Errors
    /// As for [`Header::read`].
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, DeltaError> {
        Self::read_from(&mut bytes)
    }

    pub(super) fn read_from(from: &mut impl Read) -> Result<Self, DeltaError> {
        let mut bytes = [0u8; HEADER_LEN];
        from.read_exact(&mut bytes).map_err(|_| DeltaError::NotADelta("it is too short"))?;
        Self::decode(&bytes)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.zstd.to_le_bytes());
        for digest in [&self.old, &self.new, &self.file] {
            out.extend_from_slice(digest.as_bytes());
        }
        for number in [self.size, self.stored_instructions, self.raw_instructions] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let own = crc32fast::hash(&out);
        out.extend_from_slice(&own.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, DeltaError> {
        let damaged = |Corrupt| DeltaError::NotADelta("its header is damaged");
        let mut r = Reader::new(bytes);
        if r.take(MAGIC.len()).map_err(damaged)? != MAGIC {
            return Err(DeltaError::NotADelta("it begins with something else"));
        }
        let mut number = |len: usize| -> Result<u64, Corrupt> {
            Ok(r.take(len)?.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
        };
        if number(4).map_err(damaged)? != u64::from(VERSION) {
            return Err(DeltaError::NotADelta("it is of another version"));
        }
        let zstd = number(4).map_err(damaged)? as u32;
        let mut digest = || -> Result<Digest, Corrupt> {
            let bytes: [u8; 32] = r.take(32)?.try_into().map_err(|_| Corrupt)?;
            Ok(Digest::from_bytes(bytes))
        };
        let (old, new, file) =
            (digest().map_err(damaged)?, digest().map_err(damaged)?, digest().map_err(damaged)?);
        let mut number = |len: usize| -> Result<u64, DeltaError> {
            let bytes = r.take(len).map_err(damaged)?;
            Ok(bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
        };
        let header = Self {
            zstd,
            old,
            new,
            file,
            size: number(8)?,
            stored_instructions: number(8)?,
            raw_instructions: number(8)?,
        };
        let covered = bytes.get(..HEADER_LEN - 4).unwrap_or_default();
        if number(4)? != u64::from(crc32fast::hash(covered)) {
            return Err(damaged(Corrupt));
        }
        let most = MAX_INSTRUCTIONS as u64;
        if header.size > MAX_DATABASE
            || header.raw_instructions > most
            || header.stored_instructions > most
        {
            return Err(DeltaError::NotADelta("its header names sizes beyond all limits"));
        }
        Ok(header)
    }
}

/// Where the next blocks of the new file come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// So many blocks of the old file from this one on.
    Copy { first: usize, count: usize },
    /// One block of the old file, with another separator.
    CopyAs { block: usize, separator: Vec<u8> },
    /// So many blocks out of the batches.
    New { count: usize },
}

/// Blocks that travel together.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Batch {
    /// The blocks as they are stored in the new file, and not their content compressed as one.
    pub(super) literal: bool,
    /// Blocks of the old file that it is compressed against.
    pub(super) old: Vec<usize>,
    pub(super) blocks: Vec<NewBlock>,
    /// Its bytes in the delta.
    pub(super) len: usize,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct NewBlock {
    pub(super) separator: Vec<u8>,
    pub(super) raw: usize,
    /// Only in a literal batch.
    pub(super) stored: usize,
}

/// Everything but the batches' bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Instructions {
    pub(super) steps: Vec<Step>,
    pub(super) batches: Vec<Batch>,
    pub(super) entries: u64,
    /// `None`: the old one.
    pub(super) dictionary: Option<Vec<u8>>,
    pub(super) meta_raw: usize,
    /// Compressed against the old meta section.
    pub(super) meta: Vec<u8>,
}

const COPY: u8 = 0;
const COPY_AS: u8 = 1;
const NEW: u8 = 2;

/// Numbers as differences of either sign from the one expected.
fn write_near(out: &mut Writer, number: usize, expected: usize) {
    let (number, expected) = (number as i64, expected as i64);
    let step = number.wrapping_sub(expected);
    out.uint((step << 1 ^ step >> 63) as u64);
}

fn read_near(r: &mut Reader<'_>, expected: usize) -> Result<usize, Corrupt> {
    let packed = r.uint()?;
    let step = (packed >> 1) as i64 ^ -((packed & 1) as i64);
    let expected = i64::try_from(expected).map_err(|_| Corrupt)?;
    usize::try_from(expected.checked_add(step).ok_or(Corrupt)?).map_err(|_| Corrupt)
}

impl Instructions {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.len(self.steps.len());
        let mut next = 0;
        for step in &self.steps {
            match step {
                Step::Copy { first, count } => {
                    out.byte(COPY);
                    write_near(&mut out, *first, next);
                    out.len(*count);
                    next = first + count;
                }
                Step::CopyAs { block, separator } => {
                    out.byte(COPY_AS);
                    write_near(&mut out, *block, next);
                    out.bytes(separator);
                    next = block + 1;
                }
                Step::New { count } => {
                    out.byte(NEW);
                    out.len(*count);
                }
            }
        }
        out.len(self.batches.len());
        let mut next = 0;
        for batch in &self.batches {
            out.byte(batch.literal.into());
            out.len(batch.old.len());
            for old in &batch.old {
                write_near(&mut out, *old, next);
                next = old + 1;
            }
            out.len(batch.blocks.len());
            for block in &batch.blocks {
                out.len(block.raw);
                out.len(block.stored);
                out.bytes(&block.separator);
            }
            out.len(batch.len);
        }
        out.uint(self.entries);
        out.byte(self.dictionary.is_some().into());
        out.bytes(self.dictionary.as_deref().unwrap_or_default());
        out.len(self.meta_raw);
        out.bytes(&self.meta);
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let mut steps = Vec::new();
        let mut next = 0;
        for _ in 0..r.count()? {
            steps.push(match r.byte()? {
                COPY => {
                    let (first, count) = (read_near(&mut r, next)?, r.size()?);
                    next = first.checked_add(count).ok_or(Corrupt)?;
                    Step::Copy { first, count }
                }
                COPY_AS => {
                    let block = read_near(&mut r, next)?;
                    next = block.checked_add(1).ok_or(Corrupt)?;
                    Step::CopyAs { block, separator: r.bytes()?.to_vec() }
                }
                NEW => Step::New { count: r.size()? },
                _ => return Err(Corrupt),
            });
        }
        let mut batches = Vec::new();
        let mut next = 0;
        for _ in 0..r.count()? {
            let mut batch = Batch { literal: r.flag()?, ..Batch::default() };
            for _ in 0..r.count()? {
                let old = read_near(&mut r, next)?;
                next = old.checked_add(1).ok_or(Corrupt)?;
                batch.old.push(old);
            }
            let mut raw = 0usize;
            let mut stored = 0usize;
            for _ in 0..r.count()? {
                let (one_raw, one_stored) = (r.size()?, r.size()?);
                raw = raw.checked_add(one_raw).ok_or(Corrupt)?;
                stored = stored.checked_add(one_stored).ok_or(Corrupt)?;
                let separator = r.bytes()?.to_vec();
                if one_raw > MAX_BLOCK {
                    return Err(Corrupt);
                }
                batch.blocks.push(NewBlock { separator, raw: one_raw, stored: one_stored });
            }
            batch.len = r.size()?;
            if raw > MAX_BATCH
                || batch.len > MAX_BATCH + BATCH
                || stored != if batch.literal { batch.len } else { 0 }
            {
                return Err(Corrupt);
            }
            batches.push(batch);
        }
        let entries = r.uint()?;
        let own = r.flag()?;
        let dictionary = r.bytes()?;
        let meta_raw = r.size()?;
        let meta = r.bytes()?.to_vec();
        if dictionary.len() > MAX_DICTIONARY || meta_raw > MAX_META || !r.is_empty() {
            return Err(Corrupt);
        }
        let dictionary = own.then(|| dictionary.to_vec());
        Ok(Self { steps, batches, entries, dictionary, meta_raw, meta })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_decode_or_fail(bytes: Vec<u8>) {
            let _ = Instructions::decode(&bytes);
        }

        #[test]
        fn any_header_is_read_or_refused(bytes: Vec<u8>) {
            let _ = Header::read_from(&mut bytes.as_slice());
        }

        #[test]
        fn numbers_near_others_come_back(number in 0..usize::MAX >> 2, expected in 0..usize::MAX >> 2) {
            let mut out = Writer::default();
            write_near(&mut out, number, expected);
            prop_assert_eq!(read_near(&mut Reader::new(&out.0), expected), Ok(number));
        }
    }

    #[test]
    fn instructions_come_back() {
        let block = |raw, stored| NewBlock { separator: vec![1, 2], raw, stored };
        let instructions = Instructions {
            steps: vec![
                Step::Copy { first: 3, count: 4 },
                Step::CopyAs { block: 1, separator: vec![9] },
                Step::New { count: 3 },
            ],
            batches: vec![
                Batch { literal: true, old: vec![], blocks: vec![block(9, 5)], len: 5 },
                Batch { literal: false, old: vec![8, 2], blocks: vec![block(9, 0); 2], len: 7 },
            ],
            entries: 77,
            dictionary: Some(vec![1]),
            meta_raw: 12,
            meta: vec![5; 3],
        };
        let bytes = instructions.encode();
        assert_eq!(Instructions::decode(&bytes), Ok(instructions));
        assert!(Instructions::decode(&bytes[..bytes.len() - 1]).is_err());
    }
}
