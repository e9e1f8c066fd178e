//! Writes the file: entries arrive in the order of their keys, become blocks in a temporary file, and are
//! compressed with a dictionary: the one of the build before, or one trained on a sample of the blocks.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use crate::{
    DbError,
    block::BlockBuilder,
    format::{BLOCK_TARGET, EPSS_KEY, FLAW_KEY, MAX_BLOCK, Meta, SMALL_BLOCK_TARGET},
    frame::{BlockCompressor, FrameWriter, Written},
};

/// Size of the dictionary, in bytes: large enough for the names that blocks share, small beside the file.
const DICTIONARY: usize = 64 * 1024;
/// Most bytes of blocks to train on.
const SAMPLE: usize = 8 << 20;
/// Most bytes of blocks to measure a dictionary with.
const MEASURED: usize = 2 << 20;
/// A dictionary is kept as long as the sample does not grow by more than a part of so many, compared to
/// the time when it was trained.
const AGED: u32 = 25;
/// Below this many blocks a dictionary costs more than it saves.
const MIN_BLOCKS: usize = 256;
/// Bytes of blocks that are compressed at a time.
const BATCH: usize = 4 << 20;

/// One block waiting to be compressed.
#[derive(Debug)]
struct Pending {
    separator: Vec<u8>,
    raw: u32,
    kind: u8,
}

/// A dictionary and what blocks shrank to with it when it was trained.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    pub(super) bytes: Vec<u8>,
    pub(super) ratio: u32,
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
        if self.block.len() > 0 && self.cuts_before(key, key.len() + value.len()) {
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

    /// Whether a block ends before this entry. That depends on the entry itself, by a hash of its key and
    /// the more likely the longer it is, so that an entry that comes or goes changes the blocks around it
    /// and no others: a database has most of its blocks in common with the one of the day before.
    fn cuts_before(&self, key: &[u8], len: usize) -> bool {
        if key.first() != self.last.first() {
            return true;
        }
        let target = target(key);
        if self.block.len() + len > 2 * target {
            return true;
        }
        // A checksum is linear: neighbouring keys would cut at even distances.
        let hash = u64::from(crc32fast::hash(key)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        self.block.len() >= target / 4 && (hash * target as u64) >> 32 < len as u64
    }

    fn close(&mut self) -> Result<(), DbError> {
        let block = self.block.finish();
        if block.len() > MAX_BLOCK {
            return Err(DbError::TooLarge { what: "all of one package", limit: MAX_BLOCK as u64 });
        }
        self.spool.write_all(&block)?;
        let separator = std::mem::take(&mut self.separator);
        let kind = self.last.first().copied().unwrap_or(0);
        self.pending.push(Pending { separator, raw: block.len() as u32, kind });
        Ok(())
    }

    /// Compresses everything into `out`. Says whether the dictionary is the one of the build before.
    pub(super) fn finish(
        mut self,
        mut meta: Meta,
        previous: Option<Dictionary>,
        out: impl Write,
    ) -> Result<(Written, bool), DbError> {
        if self.block.len() > 0 {
            self.close()?;
        }
        let mut spool = self.spool.into_inner().map_err(io::IntoInnerError::into_error)?;
        let (dictionary, kept) = dictionary(&mut spool, &self.pending, previous)?;
        meta.dictionary_ratio = dictionary.ratio;
        spool.rewind()?;
        let mut spool = BufReader::with_capacity(1 << 20, spool);
        let compressor = BlockCompressor::new(&dictionary.bytes);
        let mut out = FrameWriter::new(out)?;
        let mut rest = self.pending.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let more = rest.iter().take_while(|pending| {
                let fits = bytes < BATCH;
                bytes += pending.raw as usize;
                fits
            });
            let (batch, later) = rest.split_at_checked(more.count()).unwrap_or((rest, &[]));
            rest = later;
            let mut blocks = Vec::with_capacity(batch.len());
            for pending in batch {
                let mut block = vec![0; pending.raw as usize];
                spool.read_exact(&mut block)?;
                blocks.push(block);
            }
            for (pending, stored) in batch.iter().zip(compressor.compress(&blocks)?) {
                out.block(&pending.separator, pending.raw, &stored)?;
            }
        }
        let written = out.finish(&dictionary.bytes, &meta.encode(), self.entries)?;
        Ok((written, kept))
    }
}

fn target(key: &[u8]) -> usize {
    match key.first() {
        Some(&(FLAW_KEY | EPSS_KEY)) => SMALL_BLOCK_TARGET,
        _ => BLOCK_TARGET,
    }
}

/// The dictionary of the build before, as long as it serves; else a new one.
fn dictionary(
    spool: &mut File,
    pending: &[Pending],
    previous: Option<Dictionary>,
) -> Result<(Dictionary, bool), DbError> {
    if pending.len() < MIN_BLOCKS {
        return Ok((Dictionary::default(), false));
    }
    if let Some(previous) = previous.filter(|dictionary| !dictionary.bytes.is_empty()) {
        let now = ratio(spool, pending, &previous.bytes)?;
        if now <= previous.ratio.saturating_add(previous.ratio / AGED) {
            return Ok((previous, true));
        }
    }
    let sample = sample(spool, pending, SAMPLE)?;
    let sizes: Vec<usize> = sample.iter().map(Vec::len).collect();
    // Too little to train on is no error: then there is no dictionary.
    let bytes = zstd::dict::from_continuous(&sample.concat(), &sizes, DICTIONARY);
    let bytes = bytes.unwrap_or_default();
    let ratio = if bytes.is_empty() { 0 } else { ratio(spool, pending, &bytes)? };
    Ok((Dictionary { bytes, ratio }, false))
}

/// What a sample shrinks to, in hundredths of a percent.
fn ratio(spool: &mut File, pending: &[Pending], dictionary: &[u8]) -> Result<u32, DbError> {
    let sample = sample(spool, pending, MEASURED)?;
    let length = |blocks: &[Vec<u8>]| blocks.iter().map(|b| b.len() as u64).sum::<u64>();
    let stored = length(&BlockCompressor::new(dictionary).compress(&sample)?);
    Ok(u32::try_from(stored * 10_000 / length(&sample).max(1)).unwrap_or(u32::MAX))
}

/// Blocks at even distances, so that the same content gives the same dictionary; scores are numbers that
/// no dictionary helps with, and a kernel's block would outweigh all others.
fn sample(spool: &mut File, pending: &[Pending], limit: usize) -> Result<Vec<Vec<u8>>, DbError> {
    let total: u64 = pending.iter().map(|p| u64::from(p.raw)).sum();
    let step = usize::try_from(total / limit as u64).unwrap_or(0) + 1;
    let mut sample = Vec::new();
    let mut offset = 0u64;
    for (number, pending) in pending.iter().enumerate() {
        if number % step == 0
            && pending.raw as usize <= 2 * BLOCK_TARGET
            && pending.kind != EPSS_KEY
        {
            spool.seek(io::SeekFrom::Start(offset))?;
            let mut block = vec![0; pending.raw as usize];
            spool.read_exact(&mut block)?;
            sample.push(block);
        }
        offset += u64::from(pending.raw);
    }
    Ok(sample)
}
