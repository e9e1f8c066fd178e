//! Stored bytes on their way to a tar stream: verified, then decompressed, in one pass.
//!
//! How a blob is stored is decided by its first bytes, whatever the media type says: every engine does
//! so (containerd's and Docker's `DecompressStream` look at the magic number), and an image that lies
//! must be scanned as it would be run.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use plimsoll_model::{Digest, LayerDesc};
use sha2::{Digest as _, Sha256};
use zstd::stream::raw::{Decoder as RawZstd, InBuffer, Operation, OutBuffer};

/// Size of the buffer between storage and decompressor. Hashing and reading go by this much at a time.
pub const READ_BUFFER_BYTES: usize = 256 << 10;

/// Largest zstd window, as a power of two: 128 MiB, the default limit of libzstd, which is what
/// `--ultra` levels need.
pub const MAX_ZSTD_WINDOW_LOG: u32 = 27;

/// Memory that the xz decoder may take for its dictionary (`xz -9` needs 65 MiB).
const MAX_XZ_MEMORY_BYTES: u64 = 128 << 20;

/// How bytes are stored, by their magic number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoredForm {
    /// None of the others: taken as it is.
    Plain,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878), a skippable frame first included.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
}

/// How a blob that starts with `head` is stored.
#[must_use]
pub fn sniff(head: &[u8]) -> StoredForm {
    match head {
        [0x1f, 0x8b, ..] => StoredForm::Gzip,
        head if is_zstd_frame(head) => StoredForm::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => StoredForm::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => StoredForm::Xz,
        _ => StoredForm::Plain,
    }
}

fn is_zstd_frame(head: &[u8]) -> bool {
    matches!(head, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// SHA-256 of bytes that are in memory.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// Passes stored bytes through and, at their end, compares them with the digest and size that they are
/// known by. More bytes than the size says are refused as soon as they come.
#[derive(Debug)]
pub struct VerifiedReader<R> {
    inner: R,
    hasher: Option<Sha256>,
    digest: Option<Digest>,
    size: Option<u64>,
    seen: u64,
    /// What was found wrong; said again by every further read.
    wrong: Option<(io::ErrorKind, String)>,
}

impl<R: Read> VerifiedReader<R> {
    /// Verifies `inner` against what is known of it; what is `None` is not checked.
    pub fn new(inner: R, digest: Option<Digest>, size: Option<u64>) -> Self {
        Self { inner, hasher: digest.map(|_| Sha256::new()), digest, size, seen: 0, wrong: None }
    }

    fn fail(&mut self, kind: io::ErrorKind, message: String) -> io::Error {
        self.wrong = Some((kind, message.clone()));
        io::Error::new(kind, message)
    }

    fn check_end(&mut self) -> io::Result<()> {
        if let Some(size) = self.size.filter(|&size| self.seen < size) {
            let message = format!("the blob ends after {} of {size} bytes", self.seen);
            return Err(self.fail(io::ErrorKind::UnexpectedEof, message));
        }
        // Taken, so that reads after the end do not hash again.
        let (Some(hasher), Some(digest)) = (self.hasher.take(), self.digest) else { return Ok(()) };
        let found = Digest::from_bytes(hasher.finalize().into());
        if found == digest {
            return Ok(());
        }
        let message = format!("the blob's digest is {found}, not {digest}");
        Err(self.fail(io::ErrorKind::InvalidData, message))
    }
}

impl<R: Read> Read for VerifiedReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some((kind, message)) = &self.wrong {
            return Err(io::Error::new(*kind, message.clone()));
        }
        if buf.is_empty() {
            return Ok(0);
        }
        let got = self.inner.read(buf)?;
        if got == 0 {
            self.check_end()?;
            return Ok(0);
        }
        self.seen += got as u64;
        if let Some(size) = self.size.filter(|&size| self.seen > size) {
            let message = format!("the blob is longer than the {size} bytes that it should have");
            return Err(self.fail(io::ErrorKind::InvalidData, message));
        }
        if let (Some(hasher), Some(bytes)) = (&mut self.hasher, buf.get(..got)) {
            hasher.update(bytes);
        }
        Ok(got)
    }
}

/// The uncompressed stream of a layer whose stored bytes are `stored`: verified against the digest and
/// size of `layer`, then decompressed.
///
/// # Errors
/// Where the first bytes cannot be read.
pub fn layer_stream(
    stored: impl Read + Send + 'static,
    layer: &LayerDesc,
) -> io::Result<Box<dyn Read + Send>> {
    decompress(VerifiedReader::new(stored, layer.blob, layer.size))
}

/// Decompresses by what the first bytes say. Reads `stored` to its very end before it reports its own
/// end, so that a verifying reader below always has its say. Bytes after the last gzip member or zstd
/// frame that start no further one are skipped, as `unpigz`, which engines use, does.
///
/// # Errors
/// Where the first bytes cannot be read.
pub fn decompress(stored: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut stored = Buffered::new(stored);
    Ok(match sniff(stored.peek(6)?) {
        StoredForm::Plain => Box::new(stored),
        StoredForm::Gzip => Box::new(Gzip(Some(GzDecoder::new(stored)))),
        StoredForm::Zstd => Box::new(Zstd::new(stored)?),
        StoredForm::Bzip2 => {
            Box::new(Drained { decoder: bzip2::bufread::MultiBzDecoder::new(stored), done: false })
        }
        StoredForm::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                MAX_XZ_MEMORY_BYTES,
                liblzma::stream::CONCATENATED,
            )
            .map_err(io::Error::other)?;
            let decoder = liblzma::bufread::XzDecoder::new_stream(stored, stream);
            Box::new(Drained { decoder, done: false })
        }
    })
}

/// A buffered reader that can look ahead some bytes, also across the end of its buffer.
struct Buffered<R> {
    inner: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: Read> Buffered<R> {
    fn new(inner: R) -> Self {
        Self { inner, buffer: vec![0; READ_BUFFER_BYTES].into_boxed_slice(), start: 0, end: 0 }
    }

    fn held(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The next `count` bytes, or fewer at the end.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.start < count {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < count {
                let room = self.buffer.get_mut(self.end..).unwrap_or_default();
                match self.inner.read(room) {
                    Ok(0) => break,
                    Ok(got) => self.end += got,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let held = self.held();
        Ok(held.get(..count).unwrap_or(held))
    }

    /// The error to report where decompression fails: of bytes that are not the right ones, that, else
    /// what the decoder says. Decoders disagree on the kind.
    fn blame(&mut self, error: io::Error) -> io::Error {
        if let Err(first_cause) = self.drain() {
            return first_cause;
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::OutOfMemory => error,
            _ => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }

    fn drain(&mut self) -> io::Result<()> {
        loop {
            match self.fill_buf()?.len() {
                0 => return Ok(()),
                held => self.consume(held),
            }
        }
    }
}

impl<R: Read> BufRead for Buffered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.end = self.inner.read(&mut self.buffer)?;
        }
        Ok(self.held())
    }

    fn consume(&mut self, amount: usize) {
        self.start = (self.start + amount).min(self.end);
    }
}

impl<R: Read> Read for Buffered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && buf.len() >= self.buffer.len() {
            return self.inner.read(buf);
        }
        let got = self.fill_buf()?.read(buf)?;
        self.consume(got);
        Ok(got)
    }
}

/// Member after member. `None` after the last.
struct Gzip<R: Read>(Option<GzDecoder<Buffered<R>>>);

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while let Some(decoder) = &mut self.0 {
            match decoder.read(buf) {
                Ok(0) => {}
                Err(error) => return Err(decoder.get_mut().blame(error)),
                got => return got,
            }
            let Some(ended) = self.0.take() else { break };
            let mut stored = ended.into_inner();
            if sniff(stored.peek(2)?) == StoredForm::Gzip {
                self.0 = Some(GzDecoder::new(stored));
            } else {
                stored.drain()?;
            }
        }
        Ok(0)
    }
}

/// Frame after frame, with one context: `zstd:chunked` layers have a frame per file.
struct Zstd<R> {
    stored: Buffered<R>,
    decoder: RawZstd<'static>,
    /// Whether a frame has begun and not ended.
    in_frame: bool,
    /// Whether the decoder may hold output that it had no room for.
    pending: bool,
    done: bool,
}

impl<R: Read> Zstd<R> {
    fn new(stored: Buffered<R>) -> io::Result<Self> {
        let mut decoder = RawZstd::new()?;
        decoder.set_parameter(zstd::stream::raw::DParameter::WindowLogMax(MAX_ZSTD_WINDOW_LOG))?;
        Ok(Self { stored, decoder, in_frame: false, pending: false, done: false })
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while !self.done {
            if !self.in_frame {
                if !is_zstd_frame(self.stored.peek(4)?) {
                    self.done = true;
                    self.stored.drain()?;
                    break;
                }
                self.decoder.reinit()?;
                self.in_frame = true;
            }
            let input = self.stored.fill_buf()?;
            if input.is_empty() && !self.pending {
                let message = "the zstd stream ends within a frame";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
            let mut source = InBuffer::around(input);
            let mut target = OutBuffer::around(&mut *buf);
            let hint = match self.decoder.run(&mut source, &mut target) {
                Ok(hint) => hint,
                Err(error) => return Err(self.stored.blame(error)),
            };
            let (used, made) = (source.pos(), target.pos());
            self.stored.consume(used);
            self.in_frame = hint != 0;
            self.pending = made == buf.len();
            if made > 0 {
                return Ok(made);
            }
        }
        Ok(0)
    }
}

/// A decoder whose input is read to its end once its output has ended.
struct Drained<D> {
    decoder: D,
    done: bool,
}

trait InnerStream {
    type Stored: Read;

    fn stored(&mut self) -> &mut Buffered<Self::Stored>;
}

impl<R: Read> InnerStream for bzip2::bufread::MultiBzDecoder<Buffered<R>> {
    type Stored = R;

    fn stored(&mut self) -> &mut Buffered<R> {
        self.get_mut()
    }
}

impl<R: Read> InnerStream for liblzma::bufread::XzDecoder<Buffered<R>> {
    type Stored = R;

    fn stored(&mut self) -> &mut Buffered<R> {
        self.get_mut()
    }
}

impl<D: Read + InnerStream> Read for Drained<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.done || buf.is_empty() {
            return Ok(0);
        }
        let got = match self.decoder.read(buf) {
            Ok(got) => got,
            Err(error) => return Err(self.decoder.stored().blame(error)),
        };
        if got == 0 {
            self.done = true;
            self.decoder.stored().drain()?;
        }
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use plimsoll_model::LayerDesc;
    use proptest::prelude::*;

    use super::*;
    use crate::bare_layer;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    fn read(stored: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        decompress(io::Cursor::new(stored))?.read_to_end(&mut out)?;
        Ok(out)
    }

    fn known(stored: &[u8]) -> LayerDesc {
        LayerDesc { blob: Some(sha256(stored)), size: Some(stored.len() as u64), ..bare_layer(0) }
    }

    fn text() -> Vec<u8> {
        (0..200_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
    }

    #[test]
    fn every_form_gives_the_same_bytes() {
        let text = text();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&text).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&text).unwrap();
        for stored in
            [text.clone(), gzip(&text), zstd(&text), bzip2.finish().unwrap(), xz.finish().unwrap()]
        {
            assert!(read(stored).unwrap() == text);
        }
    }

    #[test]
    fn members_and_frames_follow_each_other_and_garbage_is_skipped() {
        let text = text();
        let (front, back) = text.split_at(300_001);
        for pack in [gzip, zstd] {
            let mut stored = [pack(front), pack(&[]), pack(back)].concat();
            assert!(read(stored.clone()).unwrap() == text);
            stored.extend_from_slice(&[0; 1000]);
            assert!(read(stored.clone()).unwrap() == text);
        }
        // A skippable frame, as zstd:chunked ends with.
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"toc"].concat();
        let stored = [skippable.clone(), zstd(&text), skippable].concat();
        assert!(read(stored).unwrap() == text);
    }

    #[test]
    fn small_reads_get_everything() {
        let text = text();
        for stored in [gzip(&text), zstd(&text), text.clone()] {
            let mut stream = decompress(io::Cursor::new(stored)).unwrap();
            let (mut out, mut buffer) = (Vec::new(), [0; 7]);
            loop {
                match stream.read(&mut buffer).unwrap() {
                    0 => break,
                    got => out.extend_from_slice(&buffer[..got]),
                }
            }
            assert!(out == text);
        }
    }

    #[test]
    fn a_blob_is_verified_to_its_very_end() {
        let text = text();
        for stored in [text.clone(), gzip(&text), zstd(&text)] {
            let layer = known(&stored);
            let all = |stored: Vec<u8>, layer: &LayerDesc| {
                let mut out = Vec::new();
                layer_stream(io::Cursor::new(stored), layer)?.read_to_end(&mut out).map(|_| out)
            };
            assert!(all(stored.clone(), &layer).unwrap() == text);

            let mut longer = stored.clone();
            longer.push(0);
            let error = all(longer.clone(), &layer).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(error.to_string().contains("longer"), "{error}");
            // Garbage after the stream counts for the digest although no byte of it comes out.
            let unsized_layer = LayerDesc { size: None, ..layer.clone() };
            let error = all(longer, &unsized_layer).unwrap_err();
            assert!(error.to_string().contains("digest"), "{error}");

            let mut shorter = stored.clone();
            shorter.truncate(stored.len() - 9);
            let error = all(shorter, &layer).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");

            let other = LayerDesc { blob: Some(sha256(b"other")), ..layer };
            let error = all(stored, &other).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(error.to_string().contains("digest is"), "{error}");
        }
    }

    #[test]
    fn a_truncated_stream_is_no_end() {
        let text = text();
        for stored in [gzip(&text), zstd(&text)] {
            for cut in [stored.len() - 1, stored.len() / 2, 20] {
                let error = read(stored[..cut].to_vec()).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
            }
        }
    }

    #[test]
    fn a_window_that_would_need_too_much_memory_is_refused() {
        // Magic, descriptor without single segment, window exponent 31 (RFC 8878, 3.1.1.1.2): 2 TiB.
        let stored = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00];
        assert_eq!(read(stored).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(magic in 0..6usize, tail: Vec<u8>) {
            let magics: [&[u8]; 6] = [
                b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18",
                b"BZh91AY&SY", b"\xfd7zXZ\0",
            ];
            let stored = [magics[magic], &tail].concat();
            if let Ok(stream) = decompress(io::Cursor::new(stored)) {
                let _ = io::copy(&mut stream.take(1 << 20), &mut io::sink());
            }
        }
    }
}
