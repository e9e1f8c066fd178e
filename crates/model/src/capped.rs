//! Readers that stop at a limit instead of trusting a size that an attacker wrote.

use std::io::{self, Read};

/// Reads at most `limit` bytes; one byte more is an error, never a silent cut.
#[derive(Debug)]
pub struct CappedReader<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> CappedReader<R> {
    /// Caps `inner` at `limit` bytes.
    pub fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<R: Read> Read for CappedReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let mut probe = [0u8; 1];
            return match self.inner.read(&mut probe)? {
                0 => Ok(0),
                _ => Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("more than the limit of {} bytes", self.limit),
                )),
            };
        }
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let got = self.inner.read(&mut buf[..want])?;
        self.left -= got as u64;
        Ok(got)
    }
}

/// Reads all of `reader`, or fails with [`io::ErrorKind::FileTooLarge`] past `limit` bytes.
///
/// # Errors
/// Those of the reader, and the one named above.
pub fn read_capped(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    CappedReader::new(reader, limit).read_to_end(&mut out)?;
    Ok(out)
}

/// A text from outside cut to a length that is safe to store and print.
#[derive(Clone, Copy, Debug)]
pub struct CappedText<'a>(pub &'a [u8], pub usize);

impl std::fmt::Display for CappedText<'_> {
    /// Lossy UTF-8, control characters replaced, `…` where it was cut.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = &self.0[..self.0.len().min(self.1)];
        for c in String::from_utf8_lossy(cut).chars() {
            write!(f, "{}", if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })?;
        }
        if self.0.len() > self.1 { f.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_fits_and_one_more_does_not() {
        assert_eq!(read_capped(&b"abcd"[..], 4).unwrap(), b"abcd");
        let error = read_capped(&b"abcde"[..], 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn text_is_cut_and_made_printable() {
        assert_eq!(CappedText(b"a\x1b[31mb", 3).to_string(), "a\u{fffd}[…");
    }
}
