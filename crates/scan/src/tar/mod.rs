//! A streaming tar reader for hostile archives. The `tar` crate was weighed and left out: it keeps GNU long
//! names of any length in memory, knows no PAX sparse files, and reads bodies only by copying.
//!
//! What a container engine would do decides every doubtful case (Go's `archive/tar`, used by Docker, containerd
//! and Podman). This module knows nothing of layers; it must not allocate by a size that an archive states.

mod header;
mod pax;
mod stream;

use std::io;

use plimsoll_model::{EntryKind, ProblemKind};

pub use stream::{CHUNK_BYTES, Chunk, ChunkSource, SliceSource, Stream};

use crate::limits::{HEAD_BYTES, MAX_SPARSE_SEGMENTS, MAX_TAR_EXTENSION};
use header::{BLOCK, Header, gnu_sparse_more};
use pax::{Pax, decimal};

/// Why the entries of an archive end early.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The stream below failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The stream ended inside an entry.
    #[error("the archive ends inside an entry")]
    Truncated,
    /// A header that cannot be read, so that the place of the next one is unknown.
    #[error("{0}")]
    Malformed(String),
    /// An extension header beyond [`MAX_TAR_EXTENSION`].
    #[error("an extension header of {0} bytes is over the limit")]
    Extension(u64),
}

/// One entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TarEntry {
    /// Name as written.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Link target as written.
    pub link: Vec<u8>,
    /// Size of the content, holes included; 0 for everything but files.
    pub size: u64,
    /// Permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Something odd that does not stop the reading.
    pub note: Option<(ProblemKind, &'static str)>,
}

/// The unread rest of an entry.
#[derive(Debug, Default)]
struct Body {
    /// Bytes in the archive.
    stored: u64,
    padding: u64,
    /// Bytes of content.
    size: u64,
    /// Content read so far.
    at: u64,
    /// Data segments of a sparse file, the next one first.
    segments: Option<std::vec::IntoIter<(u64, u64)>>,
    segment: (u64, u64),
    /// First content of a sparse file, read ahead by [`TarReader::head`].
    head: Vec<u8>,
    unusable: bool,
}

/// The content of the present entry as a reader.
#[derive(Debug)]
pub struct EntryReader<'t, 's> {
    tar: &'t mut TarReader<'s>,
    left: u64,
    buffer: Vec<u8>,
    at: usize,
    /// Why it ended early.
    pub error: Option<TarError>,
}

impl<'t, 's> EntryReader<'t, 's> {
    /// Bytes that are read ahead.
    const STEP: u64 = 64 << 10;

    /// The next `size` bytes of content.
    pub fn new(tar: &'t mut TarReader<'s>, size: u64) -> Self {
        Self { tar, left: size, buffer: Vec::new(), at: 0, error: None }
    }
}

impl io::Read for EntryReader<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            let step = self.left.min(Self::STEP);
            if let Err(error) = self.tar.read(&mut self.buffer, step) {
                self.left = 0;
                self.error = Some(error);
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.left -= step;
        }
        let ready = &self.buffer[self.at..];
        let n = ready.len().min(out.len());
        out[..n].copy_from_slice(&ready[..n]);
        self.at += n;
        Ok(n)
    }
}

/// Reads one archive.
#[derive(Debug)]
pub struct TarReader<'s> {
    stream: Stream<'s>,
    body: Body,
    ended: bool,
}

impl<'s> TarReader<'s> {
    /// Starts at the first header.
    #[must_use]
    pub fn new(source: Box<dyn ChunkSource + 's>) -> Self {
        Self { stream: Stream::new(source), body: Body::default(), ended: false }
    }

    /// The stream, at its present place: to read what lies behind the archive.
    pub fn stream(&mut self) -> &mut Stream<'s> {
        &mut self.stream
    }

    /// Steps over the rest of the present entry and reads the next header; `None` at the end of the
    /// archive (two zero blocks, or the end of the stream between entries).
    ///
    /// # Errors
    /// After an error there are no more entries; the bytes behind can still be read with [`Self::stream`].
    pub fn next_entry(&mut self) -> Result<Option<TarEntry>, TarError> {
        if self.ended {
            return Ok(None);
        }
        let result = self.advance();
        if !matches!(result, Ok(Some(_))) {
            self.ended = true;
        }
        result
    }

    fn advance(&mut self) -> Result<Option<TarEntry>, TarError> {
        self.finish_body()?;
        let (mut name, mut link, mut pax) = (None, None, Pax::default());
        let mut note = None;
        let mut zero_blocks = 0;
        loop {
            let offset = self.stream.offset();
            let ready = self.stream.peek(BLOCK)?;
            if ready.is_empty() {
                return Ok(None);
            }
            let block: [u8; BLOCK] = ready.try_into().map_err(|_| TarError::Truncated)?;
            self.stream.consume(BLOCK);
            if block.iter().all(|&b| b == 0) {
                zero_blocks += 1;
                if zero_blocks == 2 {
                    return Ok(None);
                }
                continue;
            }
            if zero_blocks == 1 {
                note = Some((ProblemKind::Malformed, "a zero block between entries"));
                zero_blocks = 0;
            }
            let header = Header::parse(&block, offset)?;
            let stated = header.size();
            match header.type_flag() {
                b'L' => name = Some(self.extension(stated, true)?),
                b'K' => link = Some(self.extension(stated, true)?),
                b'x' | b'X' => {
                    pax = Pax::parse(&self.extension(stated, false)?);
                    if pax.malformed {
                        note = Some((ProblemKind::Malformed, "a damaged PAX header"));
                    }
                }
                b'g' => {
                    // Docker and containerd pass over global headers; following them would show other
                    // names than a container sees.
                    if Pax::parse(&self.extension(stated, false)?).steers() {
                        note = Some((
                            ProblemKind::UnsafeEntry,
                            "a global PAX header with names or sizes was ignored, as container engines do",
                        ));
                    }
                }
                flag => return self.entry(&header, flag, name, link, pax, note).map(Some),
            }
        }
    }

    /// Reads the body of an extension header.
    fn extension(&mut self, stated: Option<u64>, is_text: bool) -> Result<Vec<u8>, TarError> {
        let size =
            stated.ok_or_else(|| TarError::Malformed("an extension without a size".into()))?;
        if size > MAX_TAR_EXTENSION {
            return Err(TarError::Extension(size));
        }
        self.body = Body::plain(size);
        let mut bytes = Vec::new();
        self.read(&mut bytes, size)?;
        self.finish_body()?;
        if is_text {
            bytes.truncate(bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len()));
        }
        Ok(bytes)
    }

    fn entry(
        &mut self,
        header: &Header<'_>,
        flag: u8,
        name: Option<Vec<u8>>,
        link: Option<Vec<u8>>,
        pax: Pax,
        mut note: Option<(ProblemKind, &'static str)>,
    ) -> Result<TarEntry, TarError> {
        let mut path = Vec::new();
        header.path_into(&mut path);
        if let Some(name) = name {
            path = name;
        }
        if let Some(name) = pax.path {
            path = name;
        }
        let kind = match flag {
            0 if path.ends_with(b"/") => EntryKind::Dir,
            0 | b'0' | b'7' | b'S' => EntryKind::File,
            b'1' => EntryKind::Hardlink,
            b'2' => EntryKind::Symlink,
            b'3' | b'4' | b'6' => EntryKind::Special,
            b'5' | b'D' => EntryKind::Dir,
            _ => {
                note = Some((ProblemKind::Unsupported, "an entry of an unknown type"));
                EntryKind::Special
            }
        };
        // Links, directories and devices have no body whatever their size says (Go: isHeaderOnlyType).
        let stored = match flag {
            b'1'..=b'6' => 0,
            _ => pax.size.or(header.size()).ok_or_else(|| {
                TarError::Malformed("an entry whose size is negative or no number".into())
            })?,
        };
        self.body = Body::plain(stored);
        if flag == b'S' {
            self.gnu_sparse(header)?;
        } else if kind == EntryKind::File && pax.sparse.is_sparse() {
            if let Some(name) = pax.sparse.name {
                path = name;
            }
            let real = pax.sparse.real_size;
            if pax.sparse.major.is_some_and(|major| major >= 1) {
                self.pax_sparse_1(real)?;
            } else {
                let map = pax.sparse.map.chunks_exact(2).map(|row| (row[0], row[1])).collect();
                let whole = !pax.sparse.too_long && pax.sparse.map.len().is_multiple_of(2);
                self.body.make_sparse(whole.then_some(map), real);
            }
        }
        if self.body.unusable {
            note = Some((ProblemKind::Malformed, "a sparse file whose map cannot be used"));
        }
        let fits = |n: u32, from: Option<u32>| from.unwrap_or(n);
        Ok(TarEntry {
            path,
            kind,
            link: match kind {
                EntryKind::Symlink | EntryKind::Hardlink => {
                    pax.link.or(link).unwrap_or_else(|| header.link_name().to_vec())
                }
                _ => Vec::new(),
            },
            size: if kind == EntryKind::File { self.body.size } else { 0 },
            mode: header.mode(),
            uid: fits(header.uid(), pax.uid),
            gid: fits(header.gid(), pax.gid),
            note,
        })
    }

    fn gnu_sparse(&mut self, header: &Header<'_>) -> Result<(), TarError> {
        let Some((mut segments, real, mut more)) = header.gnu_sparse() else {
            return Err(TarError::Malformed("an unreadable sparse header".into()));
        };
        let mut whole = true;
        while more {
            let block: [u8; BLOCK] =
                self.stream.peek(BLOCK)?.try_into().map_err(|_| TarError::Truncated)?;
            self.stream.consume(BLOCK);
            let mut rows = Vec::new();
            more = gnu_sparse_more(&block, &mut rows)
                .ok_or_else(|| TarError::Malformed("an unreadable sparse header".into()))?;
            whole &= segments.len() + rows.len() <= MAX_SPARSE_SEGMENTS;
            if whole {
                segments.extend(rows);
            }
        }
        self.body.make_sparse(whole.then_some(segments), Some(real));
        Ok(())
    }

    /// Version 1.0 keeps its map in the body: decimal lines, padded to a whole block.
    fn pax_sparse_1(&mut self, real: Option<u64>) -> Result<(), TarError> {
        let mut numbers = Vec::new();
        let mut line = Vec::new();
        let mut wanted = 1usize;
        let mut whole = true;
        while numbers.len() < wanted && whole {
            let Some(block) = self.take_block()? else {
                whole = false;
                break;
            };
            for &byte in block.iter() {
                if numbers.len() == wanted {
                    break;
                }
                if byte != b'\n' {
                    line.push(byte);
                    whole &= line.len() <= 20;
                    continue;
                }
                match decimal(&line) {
                    Some(n) if numbers.is_empty() => {
                        whole &= n <= MAX_SPARSE_SEGMENTS as u64;
                        wanted = 1 + 2 * usize::try_from(n).unwrap_or(0).min(MAX_SPARSE_SEGMENTS);
                        numbers.push(n);
                    }
                    Some(n) => numbers.push(n),
                    None => whole = false,
                }
                line.clear();
            }
        }
        let map = numbers.get(1..).unwrap_or_default();
        let map = map.chunks_exact(2).map(|row| (row[0], row[1])).collect();
        self.body.make_sparse(whole.then_some(map), real);
        Ok(())
    }

    fn take_block(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        if self.body.stored < BLOCK as u64 {
            return Ok(None);
        }
        let block = self.stream.peek(BLOCK)?.try_into().map_err(|_| TarError::Truncated)?;
        self.stream.consume(BLOCK);
        self.body.stored -= BLOCK as u64;
        Ok(Some(block))
    }

    fn finish_body(&mut self) -> Result<(), TarError> {
        let body = std::mem::take(&mut self.body);
        if self.stream.skip(body.stored)? < body.stored {
            return Err(TarError::Truncated);
        }
        self.stream.skip(body.padding)?;
        Ok(())
    }

    /// The first [`HEAD_BYTES`] of the present entry's content, or all of it where it is shorter, without
    /// consuming them. To be called before any other read of the entry.
    ///
    /// # Errors
    /// Where the stream ends before.
    pub fn head(&mut self) -> Result<&[u8], TarError> {
        let want = self.body.size.min(HEAD_BYTES as u64);
        if self.body.unusable {
            return Ok(&[]);
        }
        if self.body.segments.is_none() {
            let head = self.stream.peek(want as usize)?;
            return if (head.len() as u64) < want { Err(TarError::Truncated) } else { Ok(head) };
        }
        let mut head = std::mem::take(&mut self.body.head);
        if head.is_empty() {
            self.read_sparse(&mut head, want)?;
        }
        self.body.head = head;
        Ok(&self.body.head)
    }

    /// Whether the content cannot be had: the map of a sparse file makes no sense.
    #[must_use]
    pub fn is_unusable(&self) -> bool {
        self.body.unusable
    }

    /// The next `n` bytes of content where they lie together in memory; then they need no copy.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn contiguous(&mut self, n: u64) -> Result<Option<&[u8]>, TarError> {
        if self.body.segments.is_some() || self.body.unusable || n > self.body.stored {
            return Ok(None);
        }
        if n == 0 {
            return Ok(Some(&[]));
        }
        Ok(self.stream.buffered()?.get(..usize::try_from(n).unwrap_or(usize::MAX)))
    }

    /// Appends the next `n` bytes of content (fewer at its end) to `out`.
    ///
    /// # Errors
    /// Where the stream ends before.
    pub fn read(&mut self, out: &mut Vec<u8>, n: u64) -> Result<(), TarError> {
        if self.body.segments.is_some() {
            let take = self.body.head.len().min(usize::try_from(n).unwrap_or(usize::MAX));
            out.extend(self.body.head.drain(..take));
            return self.read_sparse(out, n - take as u64);
        }
        let n = n.min(self.body.stored);
        self.copy(out, n)
    }

    fn copy(&mut self, out: &mut Vec<u8>, n: u64) -> Result<(), TarError> {
        let mut left = n;
        while left > 0 {
            let ready = self.stream.buffered()?;
            if ready.is_empty() {
                return Err(TarError::Truncated);
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(ready.len());
            out.extend_from_slice(&ready[..step]);
            self.stream.consume(step);
            self.body.stored -= step as u64;
            left -= step as u64;
        }
        Ok(())
    }

    fn read_sparse(&mut self, out: &mut Vec<u8>, n: u64) -> Result<(), TarError> {
        let mut left = n.min(self.body.size - self.body.at);
        while left > 0 {
            while self.body.segment.1 == 0 {
                match self.body.segments.as_mut().and_then(Iterator::next) {
                    Some(segment) => self.body.segment = segment,
                    None => self.body.segment = (self.body.size, u64::MAX),
                }
            }
            let (start, len) = self.body.segment;
            let step = if self.body.at < start {
                let hole = (start - self.body.at).min(left);
                out.resize(out.len() + hole as usize, 0);
                hole
            } else {
                let data = len.min(left);
                self.copy(out, data)?;
                self.body.segment = (start + data, len - data);
                data
            };
            self.body.at += step;
            left -= step;
        }
        Ok(())
    }
}

impl Body {
    fn plain(stored: u64) -> Self {
        let padding = (BLOCK as u64 - stored % BLOCK as u64) % BLOCK as u64;
        Self { stored, padding, size: stored, ..Self::default() }
    }

    /// Turns the body into that of a sparse file; a map that contradicts itself makes it unusable.
    fn make_sparse(&mut self, segments: Option<Vec<(u64, u64)>>, real: Option<u64>) {
        let Some(segments) = segments else {
            self.unusable = true;
            return;
        };
        let mut end = 0u64;
        let mut data = 0u64;
        for &(start, len) in &segments {
            match start.checked_add(len) {
                Some(after) if start >= end => {
                    (end, data) = (after, data.saturating_add(len));
                }
                _ => {
                    self.unusable = true;
                    return;
                }
            }
        }
        self.size = real.unwrap_or(end);
        self.unusable = end > self.size || data != self.stored;
        self.segments = Some(segments.into_iter());
    }
}

#[cfg(test)]
mod tests;
