//! Decompression, hashing and tar walking of one layer at the same time.
//!
//! Chunks go round: the reading thread fills one, the hashing thread (where a third thread is allowed)
//! takes it into the digest, the walking thread looks at it and sends it back. With one thread all of it
//! happens in turn. The digest covers the whole stream, also what lies behind the archive's end.

use std::{
    io::{self, Read},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256};

use crate::limits::{BOMB_RATIO, LayerLimits};
use crate::tar::{CHUNK_BYTES, Chunk, ChunkSource};

/// Chunks that are under way with one, two or three threads.
const CHUNKS: [usize; 3] = [1, 4, 6];

/// Memory that a layer's stream takes with so many threads.
pub(crate) fn stream_memory(threads: usize) -> u64 {
    CHUNKS[threads.clamp(1, 3) - 1] as u64 * Chunk::MEMORY
}

/// How a stream ended.
#[derive(Debug)]
pub(crate) struct StreamEnd {
    /// Digest of the bytes that came.
    pub(crate) digest: Digest,
    /// How many those were.
    pub(crate) bytes: u64,
}

/// Stops a stream that is too long, or far longer than its stored bytes can honestly hold.
struct Guard<'p> {
    inner: Box<dyn Read + Send + 'p>,
    read: u64,
    stored: Option<u64>,
    limits: LayerLimits,
    on_bytes: &'p (dyn Fn(u64) + Sync),
}

impl Read for Guard<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let refuse = |what: String| Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        if self.read > self.limits.bytes {
            return refuse(format!("more than {} uncompressed bytes", self.limits.bytes));
        }
        if self.read > self.limits.bomb_floor
            && self.stored.is_some_and(|stored| self.read / BOMB_RATIO > stored)
        {
            return refuse(format!(
                "a decompression bomb: {} bytes so far, more than {BOMB_RATIO} times what is stored",
                self.read
            ));
        }
        let got = self.inner.read(buf)?;
        self.read += got as u64;
        Ok(got)
    }
}

impl Guard<'_> {
    /// Fills `chunk`; says whether there is more, and what went wrong after the bytes it holds.
    fn fill(&mut self, chunk: &mut Chunk) -> (bool, io::Result<()>) {
        let result = chunk.fill(self);
        (self.on_bytes)(self.read);
        (result.is_ok() && !chunk.data().is_empty(), result)
    }
}

struct Inline<'p> {
    guard: Guard<'p>,
    hash: &'p mut Hasher,
    failed: Option<io::Error>,
    finished: bool,
}

impl ChunkSource for Inline<'_> {
    fn next_chunk(&mut self, spent: Option<Chunk>) -> io::Result<Option<Chunk>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.finished {
            return Ok(None);
        }
        let mut chunk = spent.unwrap_or_else(|| Chunk::with_room(CHUNK_BYTES));
        let (more, result) = self.guard.fill(&mut chunk);
        self.finished = !more;
        self.hash.add(&chunk);
        if chunk.data().is_empty() {
            return result.map(|()| None);
        }
        self.failed = result.err();
        Ok(Some(chunk))
    }
}

type Message = Result<Chunk, io::Error>;

struct Piped<'p> {
    full: Receiver<Message>,
    free: SyncSender<Chunk>,
    hash: Option<&'p mut Hasher>,
}

impl ChunkSource for Piped<'_> {
    fn next_chunk(&mut self, spent: Option<Chunk>) -> io::Result<Option<Chunk>> {
        if let Some(spent) = spent {
            // The reader is gone once it has met the end.
            let _ = self.free.send(spent);
        }
        let Ok(message) = self.full.recv() else { return Ok(None) };
        let chunk = message?;
        if let Some(hash) = &mut self.hash {
            hash.add(&chunk);
        }
        Ok(Some(chunk))
    }
}

#[derive(Default)]
struct Hasher {
    hash: Sha256,
    bytes: u64,
}

impl Hasher {
    fn add(&mut self, chunk: &Chunk) {
        self.hash.update(chunk.data());
        self.bytes += chunk.data().len() as u64;
    }

    fn end(self) -> StreamEnd {
        StreamEnd { digest: Digest::from_bytes(self.hash.finalize().into()), bytes: self.bytes }
    }
}

/// Reads `layer` with up to `threads` threads (1 to 3, the caller's included) and gives its chunks to
/// `walk`, which must read them to the end for the digest to be that of the whole stream. `stored` is the
/// size of the stored bytes; `on_bytes` hears how many bytes were read so far.
pub(crate) fn read_layer<T>(
    layer: Box<dyn Read + Send + '_>,
    threads: usize,
    stored: Option<u64>,
    limits: LayerLimits,
    on_bytes: &(dyn Fn(u64) + Sync),
    walk: impl FnOnce(Box<dyn ChunkSource + '_>) -> T,
) -> (T, StreamEnd) {
    let mut guard = Guard { inner: layer, read: 0, stored, limits, on_bytes };
    let mut hasher = Hasher::default();
    if threads <= 1 {
        let source = Inline { guard, hash: &mut hasher, failed: None, finished: false };
        return (walk(Box::new(source)), hasher.end());
    }
    let count = CHUNKS[threads.min(3) - 1];
    let (free, freed) = sync_channel::<Chunk>(count);
    let (filled, full) = sync_channel::<Message>(count);
    for _ in 0..count {
        let _ = free.send(Chunk::with_room(CHUNK_BYTES));
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(mut chunk) = freed.recv() {
                let (more, result) = guard.fill(&mut chunk);
                if !chunk.data().is_empty() && filled.send(Ok(chunk)).is_err() {
                    break;
                }
                if let Err(error) = result {
                    let _ = filled.send(Err(error));
                }
                if !more {
                    break;
                }
            }
        });
        if threads == 2 {
            let done = walk(Box::new(Piped { full, free, hash: Some(&mut hasher) }));
            return (done, hasher.end());
        }
        let (hashed, next) = sync_channel::<Message>(count);
        let hashing = scope.spawn(move || {
            let mut hasher = Hasher::default();
            while let Ok(message) = full.recv() {
                if let Ok(chunk) = &message {
                    hasher.add(chunk);
                }
                if hashed.send(message).is_err() {
                    break;
                }
            }
            hasher.end()
        });
        let done = walk(Box::new(Piped { full: next, free, hash: None }));
        match hashing.join() {
            Ok(end) => (done, end),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::tar::Stream;

    struct Failing(usize);

    impl Read for Failing {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "bad digest"));
            }
            let n = buf.len().min(self.0).min(1000);
            buf[..n].fill(7);
            self.0 -= n;
            Ok(n)
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_digest_and_every_byte() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i / 7) as u8).collect();
        let expected = Digest::from_bytes(Sha256::digest(&bytes).into());
        for threads in 1..=3 {
            let seen = AtomicU64::new(0);
            let note = |n| seen.store(n, Ordering::Relaxed);
            let (zero, end) = read_layer(
                Box::new(&bytes[..]),
                threads,
                None,
                LayerLimits::default(),
                &note,
                |source| Stream::new(source).drain().unwrap(),
            );
            assert!(!zero);
            assert_eq!((end.digest, end.bytes), (expected, 3_000_000), "{threads} threads");
            assert_eq!(seen.load(Ordering::Relaxed), 3_000_000);
        }
    }

    #[test]
    fn what_came_before_an_error_is_seen() {
        for threads in 1..=3 {
            let (kind, end) = read_layer(
                Box::new(Failing(1_000_000)),
                threads,
                None,
                LayerLimits::default(),
                &|_| {},
                |source| {
                    let mut stream = Stream::new(source);
                    assert_eq!(stream.skip(900_000).unwrap(), 900_000);
                    stream.drain().unwrap_err().kind()
                },
            );
            assert_eq!(kind, io::ErrorKind::InvalidData);
            assert_eq!(end.bytes, 1_000_000);
        }
    }

    #[test]
    fn a_walker_that_stops_early_stops_the_reader() {
        for threads in 1..=3 {
            let ((), end) = read_layer(
                Box::new(io::repeat(0)),
                threads,
                None,
                LayerLimits::default(),
                &|_| {},
                |source| {
                    Stream::new(source).skip(10_000_000).unwrap();
                },
            );
            assert!(end.bytes >= 10_000_000);
        }
    }

    #[test]
    fn a_bomb_is_given_up() {
        let limits = LayerLimits { bomb_floor: 1 << 20, ..LayerLimits::default() };
        let ((), end) =
            read_layer(Box::new(io::repeat(0)), 2, Some(1000), limits, &|_| {}, |source| {
                let error = Stream::new(source).drain().unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
            });
        assert!(end.bytes < 4 << 20);
    }
}
