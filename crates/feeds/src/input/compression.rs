//! Recognises compression by the first bytes, never by the name: mirrors rename files.

use std::io::{self, BufReader, Chain, Cursor, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::{
    bufread::XzDecoder,
    stream::{CONCATENATED, Stream},
};

/// Most memory that an XZ stream may ask for, in bytes (`xz -9` needs 65 MB).
const XZ_MEMORY: u64 = 256 << 20;

/// Largest zstd window, as a power of two (`zstd --ultra -22` uses 27).
const ZSTD_WINDOW_LOG: u32 = 27;

/// Bytes of a stream that tell its compression.
const MAGIC: usize = 6;

const ENDINGS: [&str; 5] = [".gz", ".xz", ".bz2", ".zst", ".zstd"];

/// The name without the ending of a compression format.
pub(super) fn without_ending(name: &str) -> &str {
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The decompressed bytes of a stream.
pub(super) fn open<'a>(reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let (head, reader) = peek(reader, MAGIC)?;
    let reader = BufReader::with_capacity(super::BUFFER, reader);
    Ok(match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(reader)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(XzDecoder::new_stream(
            reader,
            Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?,
        )),
        // The byte after the block size starts either a block or the end of an empty stream.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Box::new(MultiBzDecoder::new(reader)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        _ => Box::new(reader),
    })
}

/// A stream with its first bytes put back.
pub(super) type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// The first `count` bytes of a stream (fewer where it is shorter), and the whole stream.
pub(super) fn peek<R: Read>(mut reader: R, count: usize) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::with_capacity(count);
    reader.by_ref().take(count as u64).read_to_end(&mut head)?;
    let whole = Cursor::new(head.clone()).chain(reader);
    Ok((head, whole))
}
