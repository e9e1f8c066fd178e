//! Where the bytes of a database come from.
//!
//! Positioned reads, not a memory map: a mapped file that another process truncates kills the reader with
//! SIGBUS, which no safe code can catch (that is why every mapping crate's constructor is `unsafe`), while
//! a positioned read of the same file is an ordinary error. The page cache is shared between processes
//! either way, and one look-up costs one read of one block of a few kilobytes.

use std::{borrow::Cow, fs::File, io, os::unix::fs::FileExt, sync::Arc};

/// A file or memory.
#[derive(Debug)]
pub(crate) enum Source {
    File(File, u64),
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
}

impl Source {
    pub(crate) fn file(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Source::File(file, len))
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Source::File(_, len) => *len,
            Source::Static(bytes) => bytes.len() as u64,
            Source::Shared(bytes) => bytes.len() as u64,
        }
    }

    /// Exactly `len` bytes at `offset`. The caller has checked both against [`Source::len`], so a wrong
    /// length in the file cannot make this allocate more than the file holds.
    pub(crate) fn read(&self, offset: u64, len: usize) -> io::Result<Cow<'_, [u8]>> {
        let end = offset.checked_add(len as u64).filter(|end| *end <= self.len());
        let Some(end) = end else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let slice = |bytes| slice(bytes, offset, end).ok_or(io::ErrorKind::UnexpectedEof.into());
        match self {
            Source::Static(bytes) => slice(bytes).map(Cow::Borrowed),
            Source::Shared(bytes) => slice(bytes).map(Cow::Borrowed),
            Source::File(file, _) => {
                let mut out = vec![0; len];
                file.read_exact_at(&mut out, offset)?;
                Ok(Cow::Owned(out))
            }
        }
    }
}

fn slice(bytes: &[u8], offset: u64, end: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(offset).ok()?..usize::try_from(end).ok()?)
}
