//! UTF-16, which Windows' tools write: rules look at bytes of ASCII.

use std::io::{self, Read};

/// Byte orders of UTF-16.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Utf16 {
    Little,
    Big,
}

/// Bytes that are looked at to guess.
const SAMPLE: usize = 512;

/// Whether a text that begins with `head` is UTF-16: by its mark, or because every other byte is zero as in ASCII.
pub(super) fn utf16(head: &[u8]) -> Option<Utf16> {
    if head.starts_with(b"\xff\xfe") && !head.starts_with(b"\xff\xfe\0\0") {
        return Some(Utf16::Little);
    }
    if head.starts_with(b"\xfe\xff") {
        return Some(Utf16::Big);
    }
    let head = &head[..head.len().min(SAMPLE) & !1];
    if head.len() < 16 {
        return None;
    }
    let text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..0x7f);
    let share = |zero: usize| {
        let pairs = head.as_chunks::<2>().0;
        pairs.iter().filter(|pair| pair[zero] == 0 && text(pair[1 - zero])).count() * 2
    };
    // Seven in ten: other alphabets have their own high bytes.
    if share(1) * 10 >= head.len() * 7 {
        Some(Utf16::Little)
    } else if share(0) * 10 >= head.len() * 7 {
        Some(Utf16::Big)
    } else {
        None
    }
}

/// As UTF-8; what is no text becomes U+FFFD.
pub(super) fn to_utf8(bytes: &[u8], order: Utf16) -> Vec<u8> {
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| match order {
        Utf16::Little => u16::from_le_bytes(pair),
        Utf16::Big => u16::from_be_bytes(pair),
    });
    let mut out = String::with_capacity(bytes.len() / 2);
    out.extend(
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .filter(|&c| c != '\u{feff}'),
    );
    out.into_bytes()
}

/// Reads UTF-16 as UTF-8.
#[derive(Debug)]
pub(super) struct Transcoder<R> {
    inner: R,
    order: Utf16,
    raw: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
}

/// Bytes that a [`Transcoder`] reads at once.
const BLOCK: usize = 32 << 10;

impl<R: Read> Transcoder<R> {
    pub(super) fn new(inner: R, order: Utf16) -> Self {
        Self { inner, order, raw: Vec::new(), ready: Vec::new(), at: 0 }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.ready.len() {
            let room = (BLOCK - self.raw.len()) as u64;
            if self.inner.by_ref().take(room).read_to_end(&mut self.raw)? == 0 {
                return Ok(0);
            }
            let even = self.raw.len() & !1;
            self.ready = to_utf8(&self.raw[..even], self.order);
            self.at = 0;
            self.raw.drain(..even);
        }
        let count = buf.len().min(self.ready.len() - self.at);
        buf[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_and_reads_utf16() {
        let text = "password = \"hunter2\"\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf16(&little), Some(Utf16::Little));
        assert_eq!(utf16(&big), Some(Utf16::Big));
        assert_eq!(to_utf8(&little, Utf16::Little), text.as_bytes());
        assert_eq!(to_utf8(&[b"\xfe\xff", &big[..]].concat(), Utf16::Big), text.as_bytes());
        assert_eq!(utf16(text.as_bytes()), None);
        assert_eq!(utf16(&[0; 64]), None);
    }
}
