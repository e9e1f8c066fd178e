//! Makes the new database out of the old one and a delta.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256};

use super::{
    DeltaError, MAX_BATCH, MAX_EXPANSION, WINDOW_LOG,
    layout::{Batch, Header, Instructions, Step},
};
use crate::{
    VulnDb,
    format::INDEX_ENTRY,
    frame::{BlockCompressor, FrameWriter},
};

/// What applying a delta made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Applied {
    /// Bytes of the new file.
    pub size: u64,
    /// SHA-256 of the new file as a whole.
    pub file: Digest,
    /// Digest of the new database's content.
    pub content: Digest,
}

/// Makes the new database beside `out` and renames it there, if it is the one that the delta names, byte for
/// byte. `old` may be `out`.
///
/// # Errors
/// Where the delta is not for this database, was made with another compressor, is damaged, or gives anything
/// else than it names. Then nothing was written.
pub fn apply(old: &Path, delta: &Path, out: &Path) -> Result<Applied, DeltaError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DeltaError::File { path, source }
    };
    let db = VulnDb::open(old)?;
    let delta = BufReader::new(File::open(delta).map_err(failed(delta))?);
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".plimsoll-db-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed(out))?;
    let applied = apply_to(&db, delta, BufWriter::new(file.as_file_mut()))?;
    file.as_file().sync_all().map_err(failed(out))?;
    file.persist(out).map_err(|e| failed(out)(e.error))?;
    Ok(applied)
}

pub(super) fn apply_to(
    old: &VulnDb,
    mut delta: impl Read,
    out: impl Write,
) -> Result<Applied, DeltaError> {
    let header = Header::read_from(&mut delta)?;
    let here = zstd::zstd_safe::version_number();
    if header.zstd != here {
        return Err(DeltaError::OtherCompressor { made_with: header.zstd, here });
    }
    let found = old.info().digest;
    if header.old != found {
        return Err(DeltaError::OtherBase { wanted: header.old, found });
    }
    let stored = usize::try_from(header.stored_instructions).unwrap_or(usize::MAX);
    let raw = usize::try_from(header.raw_instructions).unwrap_or(usize::MAX);
    let stored = read_exactly(&mut delta, stored)?;
    let instructions = unpack(&stored, &[], raw)?;
    let applied = run(old, &header, &instructions, &mut delta, out)?;
    let mut more = [0u8];
    match delta.read(&mut more)? {
        0 => Ok(applied),
        _ => Err(DeltaError::Damaged("there is more behind its end")),
    }
}

/// The work behind the header's checks: bytes taken for instructions, with their own length before them, and
/// for batches. No fuzzer gets past the checksums of a header.
pub(crate) fn apply_unframed(old: &VulnDb, bytes: &[u8]) -> bool {
    let Some((len, rest)) = bytes.split_first_chunk::<2>() else { return false };
    let Some((instructions, mut batches)) =
        rest.split_at_checked(usize::from(u16::from_le_bytes(*len)))
    else {
        return false;
    };
    let nothing = Digest::from_bytes([0; 32]);
    let header = Header {
        zstd: 0,
        old: nothing,
        new: nothing,
        file: nothing,
        size: 1 << 20,
        stored_instructions: 0,
        raw_instructions: 0,
    };
    run(old, &header, instructions, &mut batches, io::sink()).is_ok()
}

fn run(
    old: &VulnDb,
    header: &Header,
    instructions: &[u8],
    delta: &mut impl Read,
    out: impl Write,
) -> Result<Applied, DeltaError> {
    let Instructions { steps, batches, entries, dictionary, meta_raw, meta } =
        Instructions::decode(instructions)?;
    let dictionary = dictionary.as_deref().unwrap_or(old.dictionary());
    let mut incoming = Incoming {
        old,
        delta,
        batches: batches.into_iter(),
        compressor: BlockCompressor::new(dictionary),
        ready: VecDeque::new(),
        budget: header.size.saturating_mul(MAX_EXPANSION),
    };
    let mut frame = FrameWriter::new(Whole { out, hasher: Sha256::new() })?;
    let mut blocks = 0u64;
    let mut limited = |frame: &FrameWriter<_>, more: usize| {
        blocks += 1;
        let index = blocks * INDEX_ENTRY as u64;
        if frame.len() + index + more as u64 > header.size {
            Err(DeltaError::Damaged("it makes more than it names"))
        } else {
            Ok(())
        }
    };
    for step in steps {
        match step {
            Step::Copy { first, count } => {
                let end = first.checked_add(count).filter(|end| *end <= old.blocks());
                let end = end.ok_or(DeltaError::Damaged("it copies what is not there"))?;
                for number in first..end {
                    let (place, stored) = old.stored(number)?;
                    limited(&frame, stored.len())?;
                    let separator = old.separator(number);
                    let separator = separator.ok_or(DeltaError::Damaged("the old index"))?;
                    frame.block(separator, place.raw, &stored)?;
                }
            }
            Step::CopyAs { block, separator } => {
                let (place, stored) = old.stored(block)?;
                limited(&frame, stored.len() + separator.len())?;
                frame.block(&separator, place.raw, &stored)?;
            }
            Step::New { count } => {
                for _ in 0..count {
                    let block = incoming.next()?;
                    limited(&frame, block.stored.len() + block.separator.len())?;
                    frame.block(&block.separator, block.raw, &block.stored)?;
                }
            }
        }
    }
    if !incoming.is_done() {
        return Err(DeltaError::Damaged("it has blocks that no step uses"));
    }
    let meta = unpack(&meta, &old.meta().encode(), meta_raw)?;
    let (written, whole) = frame.finish_into(dictionary, &meta, entries)?;
    let file = Digest::from_bytes(whole.hasher.finalize().into());
    if file != header.file || written.bytes != header.size {
        return Err(DeltaError::WrongResult);
    }
    Ok(Applied { size: written.bytes, file, content: written.digest })
}

/// A block ready to be written.
struct Ready {
    separator: Vec<u8>,
    raw: u32,
    stored: Vec<u8>,
}

/// Gives the blocks of the batches one after the other.
struct Incoming<'a, R> {
    old: &'a VulnDb,
    delta: &'a mut R,
    batches: std::vec::IntoIter<Batch>,
    compressor: BlockCompressor,
    ready: VecDeque<Ready>,
    /// Uncompressed bytes that may still come.
    budget: u64,
}

impl<R: Read> Incoming<'_, R> {
    fn is_done(&self) -> bool {
        self.ready.is_empty() && self.batches.as_slice().is_empty()
    }

    fn next(&mut self) -> Result<Ready, DeltaError> {
        loop {
            if let Some(block) = self.ready.pop_front() {
                return Ok(block);
            }
            let batch = self.batches.next();
            let batch = batch.ok_or(DeltaError::Damaged("it has fewer blocks than steps"))?;
            self.load(batch)?;
        }
    }

    fn load(&mut self, batch: Batch) -> Result<(), DeltaError> {
        let payload = read_exactly(self.delta, batch.len)?;
        let raw: usize = batch.blocks.iter().map(|block| block.raw).sum();
        let all = if batch.literal {
            payload
        } else {
            let left = self.budget.checked_sub(raw as u64);
            self.budget = left.ok_or(DeltaError::Damaged("it unpacks to too much"))?;
            unpack(&payload, &reference(self.old, &batch.old)?, raw)?
        };
        let mut rest = all.as_slice();
        let mut blocks = Vec::with_capacity(batch.blocks.len());
        for block in &batch.blocks {
            let len = if batch.literal { block.stored } else { block.raw };
            let (one, more) =
                rest.split_at_checked(len).ok_or(DeltaError::Damaged("a batch is too short"))?;
            blocks.push(one.to_vec());
            rest = more;
        }
        let stored = if batch.literal { blocks } else { self.compressor.compress(&blocks)? };
        for (block, stored) in batch.blocks.into_iter().zip(stored) {
            let raw = u32::try_from(block.raw).map_err(|_| DeltaError::Damaged("a length"))?;
            self.ready.push_back(Ready { separator: block.separator, raw, stored });
        }
        Ok(())
    }
}

/// The uncompressed bytes of some blocks, one after the other.
pub(super) fn reference(db: &VulnDb, blocks: &[usize]) -> Result<Vec<u8>, DeltaError> {
    let mut all = Vec::new();
    for number in blocks {
        if all.len() + db.place(*number)?.raw as usize > MAX_BATCH {
            return Err(DeltaError::Damaged("a batch refers to too much"));
        }
        all.extend(db.read_block(*number)?);
    }
    Ok(all)
}

/// Unpacks exactly `raw` bytes that were compressed against `reference`.
fn unpack(stored: &[u8], reference: &[u8], raw: usize) -> Result<Vec<u8>, DeltaError> {
    let damaged = |_| DeltaError::Damaged("something in it does not decompress");
    let mut decoder =
        zstd::stream::read::Decoder::with_ref_prefix(stored, reference)?.single_frame();
    decoder.window_log_max(WINDOW_LOG)?;
    let mut all = Vec::new();
    decoder.take(raw as u64 + 1).read_to_end(&mut all).map_err(damaged)?;
    if all.len() == raw { Ok(all) } else { Err(DeltaError::Damaged("a length in it is wrong")) }
}

/// The next `len` bytes; no more is reserved than is there.
fn read_exactly(from: &mut impl Read, len: usize) -> Result<Vec<u8>, DeltaError> {
    let mut bytes = Vec::new();
    from.by_ref().take(len as u64).read_to_end(&mut bytes)?;
    if bytes.len() == len { Ok(bytes) } else { Err(DeltaError::Damaged("its end is missing")) }
}

/// Hashes the file as a whole.
struct Whole<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Write for Whole<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
