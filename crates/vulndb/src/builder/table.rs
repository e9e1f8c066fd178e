//! Writes the file: entries arrive in the order of their keys, become blocks in a temporary file, and are
//! compressed with a dictionary trained on a sample of those blocks.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256};
use zstd::{bulk::Compressor, dict::EncoderDictionary};

use crate::{
    DbError,
    block::BlockBuilder,
    format::{
        BLOCK_TARGET, Footer, HEADER_LEN, INDEX_ENTRY, MAGIC, MAX_BLOCK, MAX_META, Meta, SCHEMA,
        content_digest,
    },
};

/// Slow and small: a database is built once and read a million times.
const LEVEL: i32 = 19;
/// Size of the dictionary, in bytes: large enough for the names that blocks share, small beside the file.
const DICTIONARY: usize = 64 * 1024;
/// Most bytes of blocks to train on.
const SAMPLE: usize = 8 << 20;
/// Below this many blocks a dictionary costs more than it saves.
const MIN_BLOCKS: usize = 256;

/// One block waiting to be compressed.
#[derive(Debug)]
struct Pending {
    separator: Vec<u8>,
    raw: u32,
}

/// Collects sorted entries.
#[derive(Debug)]
pub(super) struct TableWriter {
    spool: BufWriter<File>,
    pending: Vec<Pending>,
    block: BlockBuilder,
    separator: Vec<u8>,
    last: Vec<u8>,
    entries: u64,
}

/// Size and digest of a finished file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) digest: Digest,
    pub(super) blocks: u64,
    pub(super) raw: u64,
}

impl TableWriter {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            spool: BufWriter::new(tempfile::tempfile()?),
            pending: Vec::new(),
            block: BlockBuilder::default(),
            separator: Vec::new(),
            last: Vec::new(),
            entries: 0,
        })
    }

    /// Appends an entry; keys must ascend.
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> Result<(), DbError> {
        debug_assert!(self.entries == 0 || self.last.as_slice() < key);
        if self.block.len() > 0 && self.block.len() + value.len() + key.len() > BLOCK_TARGET {
            self.close()?;
        }
        if self.block.len() == 0 {
            let same = self.last.iter().zip(key).take_while(|(a, b)| a == b).count();
            self.separator = key.get(..=same).unwrap_or(key).to_vec();
        }
        self.block.push(key, value);
        self.last = key.to_vec();
        self.entries += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), DbError> {
        let block = self.block.finish();
        if block.len() > MAX_BLOCK {
            return Err(DbError::TooLarge { what: "all of one package", limit: MAX_BLOCK as u64 });
        }
        self.spool.write_all(&block)?;
        let separator = std::mem::take(&mut self.separator);
        self.pending.push(Pending { separator, raw: block.len() as u32 });
        Ok(())
    }

    /// Compresses everything into `out`.
    pub(super) fn finish(mut self, meta: &Meta, out: impl Write) -> Result<Written, DbError> {
        if self.block.len() > 0 {
            self.close()?;
        }
        let mut spool = self.spool.into_inner().map_err(io::IntoInnerError::into_error)?;
        let dictionary = train(&mut spool, &self.pending)?;
        spool.rewind()?;
        let mut spool = BufReader::with_capacity(1 << 20, spool);
        let mut out = Hashed { out, hasher: Sha256::new(), at: 0 };
        out.write_all(MAGIC)?;
        out.write_all(&SCHEMA.to_le_bytes())?;
        debug_assert_eq!(out.at, HEADER_LEN as u64);
        let prepared =
            (!dictionary.is_empty()).then(|| EncoderDictionary::copy(&dictionary, LEVEL));
        let mut compressor = match &prepared {
            Some(dictionary) => Compressor::with_prepared_dictionary(dictionary)?,
            None => Compressor::new(LEVEL)?,
        };
        compressor.include_checksum(false)?;
        compressor.include_dictid(false)?;
        let mut index = Vec::with_capacity(self.pending.len() * INDEX_ENTRY);
        let mut heap = Vec::new();
        let mut footer = Footer { entries: self.entries, ..Footer::default() };
        let mut raw = 0u64;
        for pending in &self.pending {
            let mut block = vec![0; pending.raw as usize];
            spool.read_exact(&mut block)?;
            raw += u64::from(pending.raw);
            let stored = compressor.compress(&block)?;
            index.extend_from_slice(&out.at.to_le_bytes());
            let heap_at = u32::try_from(heap.len())
                .map_err(|_| DbError::TooLarge { what: "its index", limit: u32::MAX.into() })?;
            for field in [stored.len() as u32, pending.raw, crc32fast::hash(&stored), heap_at] {
                index.extend_from_slice(&field.to_le_bytes());
            }
            heap.extend_from_slice(&pending.separator);
            footer.largest_block = footer.largest_block.max(pending.raw.into());
            out.write_all(&stored)?;
        }
        index.extend_from_slice(&heap);
        footer.blocks = self.pending.len() as u64;
        (footer.dictionary_at, footer.dictionary_len) = (out.at, dictionary.len() as u64);
        footer.dictionary_crc = crc32fast::hash(&dictionary);
        out.write_all(&dictionary)?;
        let meta = meta.encode();
        if meta.len() > MAX_META {
            return Err(DbError::TooLarge { what: "its namespaces", limit: MAX_META as u64 });
        }
        let stored = zstd::bulk::compress(&meta, LEVEL)?;
        (footer.meta_at, footer.meta_len) = (out.at, stored.len() as u64);
        (footer.meta_raw, footer.meta_crc) = (meta.len() as u64, crc32fast::hash(&stored));
        out.write_all(&stored)?;
        (footer.index_at, footer.index_len) = (out.at, index.len() as u64);
        footer.index_crc = crc32fast::hash(&index);
        out.write_all(&index)?;
        out.write_all(&footer.encode())?;
        let Hashed { mut out, hasher, at } = out;
        let digest = content_digest(hasher);
        out.write_all(digest.as_bytes())?;
        out.write_all(MAGIC)?;
        out.flush()?;
        let bytes = at + 32 + MAGIC.len() as u64;
        Ok(Written { bytes, digest, blocks: footer.blocks, raw })
    }
}

/// Trains on blocks at even distances, so that the same content gives the same dictionary.
fn train(spool: &mut File, pending: &[Pending]) -> Result<Vec<u8>, DbError> {
    if pending.len() < MIN_BLOCKS {
        return Ok(Vec::new());
    }
    let total: u64 = pending.iter().map(|p| u64::from(p.raw)).sum();
    let step = usize::try_from(total / SAMPLE as u64).unwrap_or(0) + 1;
    let mut sample = Vec::new();
    let mut sizes = Vec::new();
    let mut offset = 0u64;
    for (number, block) in pending.iter().enumerate() {
        // A kernel's block would outweigh all others.
        if number % step == 0 && block.raw as usize <= 2 * BLOCK_TARGET {
            spool.seek(io::SeekFrom::Start(offset))?;
            let at = sample.len();
            sample.resize(at + block.raw as usize, 0);
            spool.read_exact(sample.get_mut(at..).unwrap_or_default())?;
            sizes.push(block.raw as usize);
        }
        offset += u64::from(block.raw);
    }
    // Too little to train on is no error: then there is no dictionary.
    Ok(zstd::dict::from_continuous(&sample, &sizes, DICTIONARY).unwrap_or_default())
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
