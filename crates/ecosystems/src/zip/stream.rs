//! Reads a zip archive from front to back, by the headers before each entry: for archives that are too large
//! to be held. Where these headers differ from the directory at the end, the directory is what Java
//! believes, so this way is only taken where the other cannot be.

use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};

use super::{BOMB_FLOOR, BOMB_RATIO, Budget, LOCAL, STEP, ZipError, u16_at, u32_at, u64_at};

/// Longest start script before the first entry.
const MAX_PREFIX: usize = 1 << 20;

/// Size of a field that stands in the zip64 extra field or behind the data.
const FULL: u64 = u32::MAX as u64;

/// A reader that can look ahead.
struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Input<R> {
    /// At least `n` bytes, without consuming them; fewer at the end.
    fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.at < n && !self.ended {
            self.buffer.drain(..self.at);
            self.at = 0;
            let len = self.buffer.len();
            self.buffer.resize(len + STEP.max(n), 0);
            let read = self.reader.read(&mut self.buffer[len..]);
            self.buffer.truncate(len + read.as_ref().map_or(0, |read| *read));
            self.ended = read? == 0;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }

    fn skip(&mut self, n: u64) -> io::Result<bool> {
        let mut left = n;
        while left > 0 {
            let ready = self.peek(1)?.len();
            if ready == 0 {
                return Ok(false);
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(ready);
            self.consume(step);
            left -= step as u64;
        }
        Ok(true)
    }
}

/// An entry whose content comes next.
#[derive(Clone, Debug)]
pub(crate) struct StreamEntry {
    /// Its name, as it stands there.
    pub(crate) name: Vec<u8>,
    method: u16,
    /// `None` where the size stands behind the data.
    compressed: Option<u64>,
    encrypted: bool,
}

/// Reads the entries of an archive one after the other.
pub(crate) struct StreamReader<R> {
    input: Input<R>,
    entries: u64,
}

impl<R: Read> StreamReader<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { input: Input { reader, buffer: Vec::new(), at: 0, ended: false }, entries: 0 }
    }

    /// The next entry; `None` where the directory begins. The content of the entry before must have been
    /// read or skipped.
    pub(crate) fn next(&mut self) -> Result<Option<StreamEntry>, ZipError> {
        if self.entries == 0 {
            self.find_first()?;
        }
        let damaged = ZipError::BadDirectory(self.entries);
        let header = self.input.peek(LOCAL).map_err(|_| ZipError::NoDirectory)?;
        match header.get(..4) {
            Some(b"PK\x03\x04") => {}
            Some(b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06" | b"PK\x06\x08") => return Ok(None),
            Some(_) => return Err(damaged),
            None => return Err(ZipError::NoDirectory),
        }
        let field = |at| u16_at(header, at).ok_or(damaged);
        let (flags, method) = (field(6)?, field(8)?);
        let (name_len, extra_len) = (usize::from(field(26)?), usize::from(field(28)?));
        let mut compressed = u64::from(u32_at(header, 18).ok_or(damaged)?);
        let size = u64::from(u32_at(header, 22).ok_or(damaged)?);
        self.input.consume(LOCAL);
        let rest = self.input.peek(name_len + extra_len).map_err(|_| damaged)?;
        let name = rest.get(..name_len).ok_or(damaged)?.to_vec();
        let extra = rest.get(name_len..name_len + extra_len).ok_or(damaged)?;
        if compressed == FULL {
            compressed = wide_compressed(extra, size == FULL).ok_or(damaged)?;
        }
        self.input.consume(name_len + extra_len);
        self.entries += 1;
        let known = flags & 8 == 0 || compressed != 0;
        Ok(Some(StreamEntry {
            name,
            method,
            compressed: known.then_some(compressed),
            encrypted: flags & 1 != 0,
        }))
    }

    /// Steps over what lies before the first entry.
    fn find_first(&mut self) -> Result<(), ZipError> {
        let mut passed = 0;
        loop {
            let ready = self.input.peek(4).map_err(|_| ZipError::NoDirectory)?;
            let found =
                ready.windows(4).position(|four| four == b"PK\x03\x04" || four == b"PK\x05\x06");
            let step = found.unwrap_or_else(|| ready.len().saturating_sub(3));
            self.input.consume(step);
            passed += step;
            match found {
                Some(_) if passed <= MAX_PREFIX => return Ok(()),
                None if step > 0 && passed <= MAX_PREFIX => {}
                _ => return Err(ZipError::NoDirectory),
            }
        }
    }

    /// Steps over the content of `entry`.
    pub(crate) fn skip(&mut self, entry: &StreamEntry) -> Result<(), ZipError> {
        match entry.compressed {
            Some(compressed) => match self.input.skip(compressed) {
                Ok(true) => self.descriptor(true),
                _ => Err(ZipError::OutOfBounds),
            },
            None => {
                let mut endless = Budget::new(u64::MAX);
                self.inflate(entry, 0, &mut endless, true).map(drop)
            }
        }
    }

    /// The content of `entry`. `most` caps it, `budget` all that is read with it. After an error of one of
    /// these limits the next entry can still be read.
    pub(crate) fn read(
        &mut self,
        entry: &StreamEntry,
        most: usize,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, ZipError> {
        match (entry.method, entry.compressed) {
            _ if entry.encrypted => {
                self.skip(entry)?;
                Err(ZipError::Unsupported(entry.method))
            }
            (0, Some(size)) if size > most as u64 => {
                self.skip(entry)?;
                Err(ZipError::TooLarge("one entry"))
            }
            (0, Some(size)) => {
                let size = size as usize;
                budget.charge(size)?;
                let mut out = Vec::new();
                while out.len() < size {
                    let ready = self.input.peek(1).map_err(|_| ZipError::OutOfBounds)?;
                    if ready.is_empty() {
                        return Err(ZipError::OutOfBounds);
                    }
                    let step = ready.len().min(size - out.len());
                    out.extend_from_slice(&ready[..step]);
                    self.input.consume(step);
                }
                self.descriptor(true)?;
                Ok(out)
            }
            (8, _) => self.inflate(entry, most, budget, false),
            (method, _) => {
                self.skip(entry)?;
                Err(ZipError::Unsupported(method))
            }
        }
    }

    /// Decompresses to the end of the data, keeping at most `most` bytes.
    fn inflate(
        &mut self,
        entry: &StreamEntry,
        most: usize,
        budget: &mut Budget,
        discard: bool,
    ) -> Result<Vec<u8>, ZipError> {
        // What is stored without a size ends nowhere.
        if entry.method != 8 {
            return Err(ZipError::Unsupported(entry.method));
        }
        let mut stream = Decompress::new(false);
        let mut out = Vec::new();
        let mut window = vec![0; STEP];
        let mut error = None;
        loop {
            let left = entry.compressed.map(|all| all.saturating_sub(stream.total_in()));
            let ready = self.input.peek(1).map_err(|_| ZipError::Damaged)?;
            let take = left.map_or(ready.len(), |left| ready.len().min(left as usize));
            let (before_in, before_out) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(&ready[..take], &mut window, FlushDecompress::None);
            let used = (stream.total_in() - before_in) as usize;
            let grown = (stream.total_out() - before_out) as usize;
            self.input.consume(used);
            let status = status.map_err(|_| ZipError::Damaged)?;
            let expanded = stream.total_out();
            let is_bomb =
                expanded > BOMB_FLOOR && expanded > stream.total_in().saturating_mul(BOMB_RATIO);
            if is_bomb && entry.compressed.is_none() {
                // Where it ends is known only to who decompresses all of it.
                return Err(ZipError::TooLarge("the compression ratio"));
            }
            if !discard && error.is_none() {
                error = budget.charge(grown).err();
                if out.len() + grown > most {
                    error = Some(ZipError::TooLarge("one entry"));
                } else if is_bomb {
                    error = Some(ZipError::TooLarge("the compression ratio"));
                }
                if error.is_none() {
                    out.extend_from_slice(&window[..grown]);
                } else {
                    out = Vec::new();
                    // Where the size is known, the rest need not be decompressed.
                    if let Some(all) = entry.compressed {
                        let rest = all.saturating_sub(stream.total_in());
                        if !self.input.skip(rest).unwrap_or(false) {
                            return Err(ZipError::OutOfBounds);
                        }
                        break;
                    }
                }
            }
            if status == Status::StreamEnd {
                if let Some(all) = entry.compressed {
                    let rest = all.saturating_sub(stream.total_in());
                    self.input.skip(rest).map_err(|_| ZipError::OutOfBounds)?;
                }
                break;
            }
            if used == 0 && grown == 0 {
                return Err(ZipError::Damaged);
            }
        }
        self.descriptor(entry.compressed.is_some())?;
        error.map_or(Ok(out), Err)
    }

    /// Steps over the sizes behind the data: 12 or 20 bytes, with or without a signature before them; none
    /// where the header had them.
    fn descriptor(&mut self, may_lack: bool) -> Result<(), ZipError> {
        let ready = self.input.peek(28).map_err(|_| ZipError::OutOfBounds)?;
        let begins = |at: usize| {
            matches!(
                ready.get(at..at + 4),
                Some(b"PK\x03\x04" | b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06")
            )
        };
        let lengths: &[usize] =
            if ready.starts_with(b"PK\x07\x08") { &[16, 24] } else { &[0, 12, 20] };
        let Some(&len) = lengths.iter().find(|&&len| begins(len) && (len > 0 || may_lack)) else {
            return Err(ZipError::BadDirectory(self.entries));
        };
        self.input.consume(len);
        Ok(())
    }
}

/// The compressed size in the zip64 extra field, where it follows the uncompressed one if that is there.
fn wide_compressed(mut extra: &[u8], has_size: bool) -> Option<u64> {
    while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(len);
        if id == 1 {
            return u64_at(extra.get(4..end)?, if has_size { 8 } else { 0 });
        }
        extra = extra.get(end..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zip::CompressionMethod::{Deflated, Stored};

    use super::*;
    use crate::zip::tests::pack;

    fn all(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ZipError> {
        let mut reader = StreamReader::new(bytes);
        let mut budget = Budget::new(1 << 30);
        let mut found = Vec::new();
        while let Some(entry) = reader.next()? {
            if entry.name.starts_with(b"skip") {
                reader.skip(&entry)?;
                continue;
            }
            let content = reader.read(&entry, 1 << 20, &mut budget)?;
            found.push((String::from_utf8_lossy(&entry.name).into_owned(), content));
        }
        Ok(found)
    }

    const THREE: &[(&str, &[u8])] =
        &[("a", b"alpha"), ("skip", &[7; 90_000]), ("b/c", &[b'x'; 5000])];

    fn expected() -> Vec<(String, Vec<u8>)> {
        vec![("a".into(), b"alpha".to_vec()), ("b/c".into(), vec![b'x'; 5000])]
    }

    #[test]
    fn reads_what_another_program_wrote() {
        for method in [Stored, Deflated] {
            let packed = pack(THREE, method);
            assert_eq!(all(&packed).unwrap(), expected());
            let script = [b"#!/bin/sh\nexit\n".as_slice(), &packed].concat();
            assert_eq!(all(&script).unwrap(), expected());
            assert!(all(&packed[..packed.len() / 2]).is_err());
        }
        assert_eq!(all(b"no archive").unwrap_err(), ZipError::NoDirectory);
    }

    /// As Java writes it: sizes behind the data.
    #[test]
    fn sizes_behind_the_data_are_passed_over() {
        for (signature, wide) in [(true, false), (false, false), (true, true), (false, true)] {
            let packed = pack(&THREE[..1], Deflated);
            let at = packed.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
            let mut out = packed[..at].to_vec();
            let sizes = out[14..26].to_vec();
            out[6] |= 8;
            out[14..26].fill(0);
            if signature {
                out.extend(b"PK\x07\x08");
            }
            out.extend(&sizes[..4]);
            for size in [&sizes[4..8], &sizes[8..12]] {
                out.extend(size);
                out.extend(if wide { &[0u8; 4][..] } else { &[] });
            }
            out.extend(&packed[at..]);
            assert_eq!(all(&out).unwrap(), expected()[..1], "{signature} {wide}");
        }
    }

    #[test]
    fn a_bomb_does_not_stop_the_reading() {
        let zeros = vec![0u8; 32 << 20];
        let packed = pack(&[("zeros", &zeros), ("a", b"alpha")], Deflated);
        let mut reader = StreamReader::new(&packed[..]);
        let mut budget = Budget::new(1 << 30);
        let bomb = reader.next().unwrap().unwrap();
        let error = reader.read(&bomb, 1 << 30, &mut budget).unwrap_err();
        assert_eq!(error, ZipError::TooLarge("the compression ratio"));
        let next = reader.next().unwrap().unwrap();
        assert_eq!(reader.read(&next, 100, &mut budget).unwrap(), b"alpha");
        assert!(reader.next().unwrap().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = all(&bytes);
            let _ = all(&[b"PK\x03\x04", &bytes[..]].concat());
        }

        #[test]
        fn a_damaged_archive_never_panics(at in 0usize..400, value: u8, deflated: bool) {
            let method = if deflated { Deflated } else { Stored };
            let mut packed = pack(&[("a", b"alpha"), ("b/c", &[b'x'; 50])], method);
            let at = at % packed.len();
            packed[at] = value;
            let _ = all(&packed);
        }
    }
}
