//! Finds what changed between two databases.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    path::Path,
};

use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256};
use zstd::zstd_safe::CParameter;

use super::{
    BATCH, DeltaError, MAX_BATCH, WINDOW_LOG,
    apply::{apply_to, reference},
    layout::{Batch, Header, Instructions, NewBlock, Step},
};
use crate::{VulnDb, frame::LEVEL};

/// What a delta took.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    /// Bytes of the old file.
    pub old_bytes: u64,
    /// Bytes of the new file.
    pub new_bytes: u64,
    /// Bytes of the delta.
    pub delta_bytes: u64,
    /// Blocks of the new file.
    pub blocks: u64,
    /// … of them taken from the old file as they are,
    pub copied: u64,
    /// … compressed against old ones,
    pub patched: u64,
    /// … carried as they are.
    pub literal: u64,
    /// Whether both files have the same dictionary.
    pub same_dictionary: bool,
}

/// Writes the difference between two databases, and applies it to see that it gives the new one.
///
/// # Errors
/// Where one of the files cannot be used, or the delta not be written.
pub fn make(old: &Path, new: &Path, out: &Path) -> Result<Stats, DeltaError> {
    let failed = |source| DeltaError::File { path: out.to_owned(), source };
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (old, new_db) = (VulnDb::open(old)?, VulnDb::open(new)?);
    let new_file = whole_digest(new)?;
    let mut file = tempfile::Builder::new()
        .prefix(".plimsoll-delta-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed)?;
    let stats = write(&old, &new_db, new_file, BufWriter::new(file.as_file_mut()))?;
    file.as_file_mut().rewind().map_err(failed)?;
    apply_to(&old, BufReader::new(file.as_file_mut()), io::sink())?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(out).map_err(|e| failed(e.error))?;
    Ok(stats)
}

fn whole_digest(path: &Path) -> Result<Digest, DeltaError> {
    let failed = |source| DeltaError::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

fn write(
    old: &VulnDb,
    new: &VulnDb,
    new_file: Digest,
    mut out: impl Write,
) -> Result<Stats, DeltaError> {
    let copies = same_blocks(old, new)?;
    let mut stats = Stats {
        old_bytes: old.size(),
        new_bytes: new.size(),
        blocks: new.blocks() as u64,
        copied: copies.iter().flatten().count() as u64,
        same_dictionary: old.dictionary() == new.dictionary(),
        ..Stats::default()
    };
    let mut instructions = Instructions {
        steps: steps(old, new, &copies)?,
        entries: new.footer().entries,
        dictionary: (!stats.same_dictionary).then(|| new.dictionary().to_vec()),
        ..Instructions::default()
    };
    let mut payload = tempfile::tempfile()?;
    let mut batcher = Batcher { old, new, payload: &mut payload, done: Vec::new() };
    batcher.run(&copies)?;
    instructions.batches = batcher.done;
    for batch in &instructions.batches {
        let count = batch.blocks.len() as u64;
        *(if batch.literal { &mut stats.literal } else { &mut stats.patched }) += count;
    }
    let meta = new.meta().encode();
    instructions.meta_raw = meta.len();
    instructions.meta = pack(&meta, &old.meta().encode())?;
    let instructions = instructions.encode();
    let stored = pack(&instructions, &[])?;
    let header = Header {
        zstd: zstd::zstd_safe::version_number(),
        old: old.info().digest,
        new: new.info().digest,
        file: new_file,
        size: new.size(),
        stored_instructions: stored.len() as u64,
        raw_instructions: instructions.len() as u64,
    };
    let header = header.encode();
    out.write_all(&header)?;
    out.write_all(&stored)?;
    payload.rewind()?;
    let batches = io::copy(&mut payload, &mut out)?;
    out.flush()?;
    stats.delta_bytes = (header.len() + stored.len()) as u64 + batches;
    Ok(stats)
}

/// For each new block the old one with the same bytes, the next in order if several have.
fn same_blocks(old: &VulnDb, new: &VulnDb) -> Result<Vec<Option<usize>>, DeltaError> {
    let mut places: HashMap<(u32, u32, u32), Vec<usize>> = HashMap::new();
    for number in 0..old.blocks() {
        let place = old.place(number)?;
        places.entry((place.crc, place.len, place.raw)).or_default().push(number);
    }
    let mut copies = Vec::with_capacity(new.blocks());
    let mut expected = 0;
    for number in 0..new.blocks() {
        let place = new.place(number)?;
        let candidates = places.get(&(place.crc, place.len, place.raw));
        let mut same = None;
        for candidate in candidates.into_iter().flatten() {
            if (same.is_none() || *candidate == expected)
                && old.stored(*candidate)?.1 == new.stored(number)?.1
            {
                same = Some(*candidate);
            }
        }
        expected = same.map_or(expected, |old| old + 1);
        copies.push(same);
    }
    Ok(copies)
}

fn steps(old: &VulnDb, new: &VulnDb, copies: &[Option<usize>]) -> Result<Vec<Step>, DeltaError> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, copy) in copies.iter().enumerate() {
        let separator = new.separator(number).ok_or(DeltaError::Damaged("the new index"))?;
        match (copy, steps.last_mut()) {
            (Some(block), _) if old.separator(*block) != Some(separator) => {
                steps.push(Step::CopyAs { block: *block, separator: separator.to_vec() });
            }
            (Some(block), Some(Step::Copy { first, count })) if *first + *count == *block => {
                *count += 1;
            }
            (Some(block), _) => steps.push(Step::Copy { first: *block, count: 1 }),
            (None, Some(Step::New { count })) => *count += 1,
            (None, _) => steps.push(Step::New { count: 1 }),
        }
    }
    Ok(steps)
}

struct Batcher<'a> {
    old: &'a VulnDb,
    new: &'a VulnDb,
    payload: &'a mut File,
    done: Vec<Batch>,
}

impl Batcher<'_> {
    fn run(&mut self, copies: &[Option<usize>]) -> Result<(), DeltaError> {
        let mut kept = vec![false; self.old.blocks()];
        for copy in copies.iter().flatten() {
            if let Some(kept) = kept.get_mut(*copy) {
                *kept = true;
            }
        }
        let mut open = Open::default();
        // The old blocks before this one lie before all that is still to come.
        let mut first = 0;
        for (number, _) in copies.iter().enumerate().filter(|(_, copy)| copy.is_none()) {
            let raw = self.new.place(number)?.raw as usize;
            if open.raw + raw > BATCH && open.raw > 0 {
                self.close(std::mem::take(&mut open))?;
            }
            open.raw += raw;
            open.blocks.push(number);
            for rival in self.rivals(number, &mut first)? {
                let size = self.old.place(rival)?.raw as usize;
                let known = kept.get(rival) != Some(&false) || open.old.last() >= Some(&rival);
                if !known && open.old_raw + size <= MAX_BATCH {
                    open.old.push(rival);
                    open.old_raw += size;
                }
            }
        }
        if open.raw > 0 {
            self.close(open)?;
        }
        Ok(())
    }

    /// The old blocks that can hold keys of a new block.
    fn rivals(
        &self,
        number: usize,
        first: &mut usize,
    ) -> Result<std::ops::Range<usize>, DeltaError> {
        let damaged = || DeltaError::Damaged("an index");
        let begin = self.new.separator(number).ok_or_else(damaged)?;
        let end = (number + 1 < self.new.blocks()).then(|| self.new.separator(number + 1));
        let end = end.map(|end| end.ok_or_else(damaged)).transpose()?;
        let old = |number: usize| self.old.separator(number).ok_or_else(damaged);
        while *first + 1 < self.old.blocks() && old(*first + 1)? <= begin {
            *first += 1;
        }
        let mut last = *first;
        while last < self.old.blocks()
            && end.map_or(Ok(true), |end| old(last).map(|old| old < end))?
        {
            last += 1;
        }
        Ok(*first..last)
    }

    fn close(&mut self, open: Open) -> Result<(), DeltaError> {
        let mut raw = Vec::with_capacity(open.raw);
        let mut stored = Vec::new();
        let mut blocks = Vec::with_capacity(open.blocks.len());
        for number in open.blocks {
            raw.extend(self.new.read_block(number)?);
            let (place, bytes) = self.new.stored(number)?;
            stored.extend_from_slice(&bytes);
            let separator =
                self.new.separator(number).ok_or(DeltaError::Damaged("the new index"))?;
            blocks.push(NewBlock {
                separator: separator.to_vec(),
                raw: place.raw as usize,
                stored: bytes.len(),
            });
        }
        let patch = pack(&raw, &reference(self.old, &open.old)?)?;
        let literal = stored.len() <= patch.len();
        let bytes = if literal { &stored } else { &patch };
        self.payload.write_all(bytes)?;
        if !literal {
            blocks.iter_mut().for_each(|block| block.stored = 0);
        }
        let old = if literal { Vec::new() } else { open.old };
        self.done.push(Batch { literal, old, blocks, len: bytes.len() });
        Ok(())
    }
}

/// A batch being filled.
#[derive(Default)]
struct Open {
    blocks: Vec<usize>,
    raw: usize,
    old: Vec<usize>,
    old_raw: usize,
}

/// Compresses against a reference.
fn pack(raw: &[u8], reference: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::with_ref_prefix(Vec::new(), LEVEL, reference)?;
    // Small inputs need no such window, and zstd takes the size for a hint.
    encoder.set_pledged_src_size(Some(raw.len() as u64))?;
    encoder.set_parameter(CParameter::WindowLog(window_log(raw.len() + reference.len())))?;
    encoder.include_checksum(false)?;
    encoder.write_all(raw)?;
    encoder.finish()
}

/// The smallest window that reaches from the end of `len` bytes to their beginning.
fn window_log(len: usize) -> u32 {
    len.next_power_of_two().trailing_zeros().clamp(10, WINDOW_LOG)
}
