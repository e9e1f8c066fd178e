//! Writes a file around blocks that are already compressed. The builder and the delta both end here: the
//! same blocks give the same bytes.

use std::io::{self, Write};

use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256};
use zstd::{bulk::Compressor, dict::EncoderDictionary};

use crate::{
    DbError,
    format::{Footer, HEADER_LEN, INDEX_ENTRY, MAGIC, MAX_META, SCHEMA, content_digest},
};

/// Slow and small: a database is built once and read a million times.
pub(crate) const LEVEL: i32 = 19;
/// Most threads that compress.
const MAX_THREADS: usize = 8;

/// Compresses blocks with the shared dictionary.
pub(crate) struct BlockCompressor {
    dictionary: Option<EncoderDictionary<'static>>,
}

impl BlockCompressor {
    pub(crate) fn new(dictionary: &[u8]) -> Self {
        let dictionary =
            (!dictionary.is_empty()).then(|| EncoderDictionary::copy(dictionary, LEVEL));
        Self { dictionary }
    }

    fn compressor(&self) -> io::Result<Compressor<'_>> {
        let mut compressor = match &self.dictionary {
            Some(dictionary) => Compressor::with_prepared_dictionary(dictionary)?,
            None => Compressor::new(LEVEL)?,
        };
        compressor.include_checksum(false)?;
        compressor.include_dictid(false)?;
        Ok(compressor)
    }

    /// Compresses each block by itself, on all cores; the result does not depend on how many there are.
    pub(crate) fn compress(&self, blocks: &[Vec<u8>]) -> io::Result<Vec<Vec<u8>>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = blocks.len().div_ceil(cores.min(MAX_THREADS)).max(1);
        let some = |blocks: &[Vec<u8>]| -> io::Result<Vec<Vec<u8>>> {
            let mut compressor = self.compressor()?;
            blocks.iter().map(|block| compressor.compress(block)).collect()
        };
        if blocks.len() <= share {
            return some(blocks);
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> =
                blocks.chunks(share).map(|blocks| scope.spawn(move || some(blocks))).collect();
            let mut all = Vec::with_capacity(blocks.len());
            for worker in workers {
                let died = |_| io::Error::other("a compressing thread panicked");
                all.extend(worker.join().map_err(died)??);
            }
            Ok(all)
        })
    }
}

/// Size and digest of a finished file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
    pub(crate) blocks: u64,
    pub(crate) raw: u64,
}

/// A file that is being written.
pub(crate) struct FrameWriter<W> {
    out: Hashed<W>,
    index: Vec<u8>,
    heap: Vec<u8>,
    footer: Footer,
    raw: u64,
}

impl<W: Write> FrameWriter<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let mut out = Hashed { out, hasher: Sha256::new(), at: 0 };
        out.write_all(MAGIC)?;
        out.write_all(&SCHEMA.to_le_bytes())?;
        debug_assert_eq!(out.at, HEADER_LEN as u64);
        let footer = Footer::default();
        Ok(Self { out, index: Vec::new(), heap: Vec::new(), footer, raw: 0 })
    }

    /// Bytes written so far.
    pub(crate) fn len(&self) -> u64 {
        self.out.at
    }

    /// Appends a block: what tells its first key from the last key before it, its length before and its
    /// bytes after compression.
    pub(crate) fn block(
        &mut self,
        separator: &[u8],
        raw: u32,
        stored: &[u8],
    ) -> Result<(), DbError> {
        self.index.extend_from_slice(&self.out.at.to_le_bytes());
        let heap_at = u32::try_from(self.heap.len())
            .map_err(|_| DbError::TooLarge { what: "its index", limit: u32::MAX.into() })?;
        for field in [stored.len() as u32, raw, crc32fast::hash(stored), heap_at] {
            self.index.extend_from_slice(&field.to_le_bytes());
        }
        self.heap.extend_from_slice(separator);
        self.footer.blocks += 1;
        self.footer.largest_block = self.footer.largest_block.max(raw.into());
        self.raw += u64::from(raw);
        self.out.write_all(stored)?;
        Ok(())
    }

    /// Writes everything behind the blocks.
    pub(crate) fn finish(
        self,
        dictionary: &[u8],
        meta: &[u8],
        entries: u64,
    ) -> Result<Written, DbError> {
        Ok(self.finish_into(dictionary, meta, entries)?.0)
    }

    /// The same; gives back what was written to.
    pub(crate) fn finish_into(
        mut self,
        dictionary: &[u8],
        meta: &[u8],
        entries: u64,
    ) -> Result<(Written, W), DbError> {
        let (out, footer) = (&mut self.out, &mut self.footer);
        footer.entries = entries;
        (footer.dictionary_at, footer.dictionary_len) = (out.at, dictionary.len() as u64);
        footer.dictionary_crc = crc32fast::hash(dictionary);
        out.write_all(dictionary)?;
        if meta.len() > MAX_META {
            return Err(DbError::TooLarge { what: "its namespaces", limit: MAX_META as u64 });
        }
        let stored = zstd::bulk::compress(meta, LEVEL)?;
        (footer.meta_at, footer.meta_len) = (out.at, stored.len() as u64);
        (footer.meta_raw, footer.meta_crc) = (meta.len() as u64, crc32fast::hash(&stored));
        out.write_all(&stored)?;
        debug_assert_eq!(self.index.len() as u64, footer.blocks * INDEX_ENTRY as u64);
        self.index.extend_from_slice(&self.heap);
        (footer.index_at, footer.index_len) = (out.at, self.index.len() as u64);
        footer.index_crc = crc32fast::hash(&self.index);
        out.write_all(&self.index)?;
        out.write_all(&footer.encode())?;
        let Hashed { mut out, hasher, at } = self.out;
        let digest = content_digest(hasher);
        out.write_all(digest.as_bytes())?;
        out.write_all(MAGIC)?;
        out.flush()?;
        let bytes = at + 32 + MAGIC.len() as u64;
        Ok((Written { bytes, digest, blocks: self.footer.blocks, raw: self.raw }, out))
    }
}

struct Hashed<W> {
    out: W,
    hasher: Sha256,
    at: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
