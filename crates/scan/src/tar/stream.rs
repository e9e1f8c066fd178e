//! The uncompressed bytes of a layer as they come, in large recycled chunks. Lets the tar reader look at
//! a whole 512-byte block without copying file bodies, also where a block lies across two chunks.

use std::io::{self, Read};

/// Bytes of one chunk: stays in the second-level cache while it is decompressed, hashed and walked.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Free bytes in front of a chunk's data, where the rest of the chunk before is put.
const HEADROOM: usize = 512;

/// A piece of the stream.
pub struct Chunk {
    buf: Box<[u8]>,
    len: usize,
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chunk({} bytes)", self.len)
    }
}

impl Chunk {
    /// An empty chunk with room for `bytes`.
    #[must_use]
    pub fn with_room(bytes: usize) -> Self {
        Self { buf: vec![0; HEADROOM + bytes].into(), len: 0 }
    }

    /// Memory that a chunk of [`CHUNK_BYTES`] takes.
    pub const MEMORY: u64 = (HEADROOM + CHUNK_BYTES) as u64;

    /// The data.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.buf[HEADROOM..HEADROOM + self.len]
    }

    /// Replaces the data with what `reader` gives until the chunk is full or the stream ends. After an
    /// error the chunk holds what came before it.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn fill(&mut self, reader: &mut dyn Read) -> io::Result<()> {
        self.len = 0;
        let space = &mut self.buf[HEADROOM..];
        while self.len < space.len() {
            match reader.read(&mut space[self.len..]) {
                Ok(0) => break,
                Ok(got) => self.len += got.min(space.len() - self.len),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Where chunks come from.
pub trait ChunkSource {
    /// The next chunk, never an empty one; `None` at the end. `spent` is the one before, to be used again.
    ///
    /// # Errors
    /// Those of the underlying stream. There is nothing more after one.
    fn next_chunk(&mut self, spent: Option<Chunk>) -> io::Result<Option<Chunk>>;
}

/// Chunks of a slice, for tests and small inputs.
#[derive(Debug)]
pub struct SliceSource<'a> {
    /// What is left.
    pub bytes: &'a [u8],
    /// Bytes of each chunk, at least 1.
    pub step: usize,
}

impl ChunkSource for SliceSource<'_> {
    fn next_chunk(&mut self, _: Option<Chunk>) -> io::Result<Option<Chunk>> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let (mut now, later) = self.bytes.split_at(self.step.clamp(1, self.bytes.len()));
        let mut chunk = Chunk::with_room(now.len());
        chunk.fill(&mut now)?;
        self.bytes = later;
        Ok(Some(chunk))
    }
}

/// A cursor over chunks.
pub struct Stream<'s> {
    source: Box<dyn ChunkSource + 's>,
    chunk: Chunk,
    pos: usize,
    end: usize,
    offset: u64,
    done: bool,
}

impl std::fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream at {}", self.offset)
    }
}

impl<'s> Stream<'s> {
    /// Starts at the beginning of `source`.
    #[must_use]
    pub fn new(source: Box<dyn ChunkSource + 's>) -> Self {
        let chunk = Chunk { buf: Box::default(), len: 0 };
        Self { source, chunk, pos: 0, end: 0, offset: 0, done: false }
    }

    /// Bytes consumed so far.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut rest = [0u8; HEADROOM];
        let kept = self.end - self.pos;
        debug_assert!(kept <= HEADROOM);
        rest[..kept].copy_from_slice(&self.chunk.buf[self.pos..self.end]);
        let spent = std::mem::replace(&mut self.chunk, Chunk { buf: Box::default(), len: 0 });
        let next = self.source.next_chunk((!spent.buf.is_empty()).then_some(spent));
        let (chunk, result) = match next {
            Ok(Some(chunk)) => (chunk, Ok(())),
            Ok(None) => (Chunk::with_room(0), Ok(())),
            Err(error) => (Chunk::with_room(0), Err(error)),
        };
        self.done = chunk.len == 0;
        self.chunk = chunk;
        self.pos = HEADROOM - kept;
        self.end = HEADROOM + self.chunk.len;
        self.chunk.buf[self.pos..HEADROOM].copy_from_slice(&rest[..kept]);
        result
    }

    /// The next `n` bytes (at most 512), without consuming them; fewer only at the end of the stream.
    ///
    /// # Errors
    /// Those of the source.
    pub fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        let n = n.min(HEADROOM);
        while self.end - self.pos < n && !self.done {
            self.refill()?;
        }
        Ok(&self.chunk.buf[self.pos..self.end.min(self.pos + n)])
    }

    /// What lies ready, without consuming it; empty only at the end of the stream.
    ///
    /// # Errors
    /// Those of the source.
    pub fn buffered(&mut self) -> io::Result<&[u8]> {
        while self.pos == self.end && !self.done {
            self.refill()?;
        }
        Ok(&self.chunk.buf[self.pos..self.end])
    }

    /// Steps over `n` bytes of what [`Self::peek`] or [`Self::buffered`] has shown.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.pos);
        self.pos += n;
        self.offset += n as u64;
    }

    /// Steps over `n` bytes; returns how many there were.
    ///
    /// # Errors
    /// Those of the source.
    pub fn skip(&mut self, n: u64) -> io::Result<u64> {
        let mut left = n;
        while left > 0 {
            let ready = self.buffered()?.len();
            if ready == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(ready);
            self.consume(step);
            left -= step as u64;
        }
        Ok(n - left)
    }

    /// Reads to the end; says whether all of it was zero.
    ///
    /// # Errors
    /// Those of the source.
    pub fn drain(&mut self) -> io::Result<bool> {
        let mut zero = true;
        loop {
            let ready = self.buffered()?;
            if ready.is_empty() {
                return Ok(zero);
            }
            zero = zero && ready.iter().all(|&b| b == 0);
            let n = ready.len();
            self.consume(n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_across_chunks_is_seen_whole() {
        let bytes: Vec<u8> = (0..2000u32).map(|i| i as u8).collect();
        for step in [1, 7, 511, 512, 513, 4000] {
            let mut stream = Stream::new(Box::new(SliceSource { bytes: &bytes, step }));
            assert_eq!(stream.skip(100).unwrap(), 100);
            assert_eq!(stream.peek(512).unwrap(), &bytes[100..612], "step {step}");
            stream.consume(512);
            assert_eq!(stream.skip(1000).unwrap(), 1000);
            assert_eq!(stream.peek(512).unwrap(), &bytes[1612..]);
            assert_eq!(stream.skip(1000).unwrap(), 388);
            assert_eq!(stream.offset(), 2000);
            assert!(stream.peek(512).unwrap().is_empty());
        }
    }
}
