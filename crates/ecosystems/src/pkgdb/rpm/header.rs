//! The header structure that every RPM database stores for each package: an index of 16-byte entries
//! and a data store, all big-endian (rpm's `docs/manual/format_header.md`). Nothing here is trusted:
//! counts, offsets and types are checked where they are used, and an entry that points outside yields
//! fewer values than it claims.

/// Most index entries of one header (rpm's own limit up to 4.14).
pub const MAX_ENTRIES: usize = 0xffff;

const INTRO: usize = 8;
const ENTRY: usize = 16;

/// Why bytes are no header.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HeaderError {
    /// Shorter than the smallest header.
    #[error("a header of {0} bytes")]
    TooShort(usize),
    /// The index or the data store does not fit.
    #[error("a header that claims {entries} entries and {data} bytes of data in {len} bytes")]
    DoesNotFit {
        /// Entries claimed.
        entries: u32,
        /// Bytes of data claimed.
        data: u32,
        /// Bytes there are.
        len: usize,
    },
}

/// Numbers of the tags that are read (rpm's `include/rpm/rpmtag.h`).
pub mod tag {
    /// Name.
    pub const NAME: u32 = 1000;
    /// Version.
    pub const VERSION: u32 = 1001;
    /// Release.
    pub const RELEASE: u32 = 1002;
    /// Epoch.
    pub const EPOCH: u32 = 1003;
    /// Vendor.
    pub const VENDOR: u32 = 1011;
    /// Licence.
    pub const LICENSE: u32 = 1014;
    /// Architecture.
    pub const ARCH: u32 = 1022;
    /// Whole paths, before rpm 4.
    pub const OLD_FILE_NAMES: u32 = 1027;
    /// For each file whether it is installed; what installing adds.
    pub const FILE_STATES: u32 = 1029;
    /// File modes.
    pub const FILE_MODES: u32 = 1030;
    /// Digests of files (`RPMTAG_FILEDIGESTS`, once `FILEMD5S`); empty for what has none.
    pub const FILE_DIGESTS: u32 = 1035;
    /// File flags.
    pub const FILE_FLAGS: u32 = 1037;
    /// What is to be verified of files.
    pub const FILE_VERIFY_FLAGS: u32 = 1045;
    /// File name of the source package.
    pub const SOURCE_RPM: u32 = 1044;
    /// What it needs.
    pub const REQUIRE_NAME: u32 = 1049;
    /// For each file the index of its directory.
    pub const DIR_INDEXES: u32 = 1116;
    /// For each file its name.
    pub const BASE_NAMES: u32 = 1117;
    /// Directories, with a slash at the end.
    pub const DIR_NAMES: u32 = 1118;
    /// Number of the algorithm of the files' digests.
    pub const FILE_DIGEST_ALGO: u32 = 5011;
    /// `name:stream:version:context` of the module.
    pub const MODULARITY_LABEL: u32 = 5096;
}

/// Types of values (`rpmTagType`).
mod kind {
    pub(super) const CHAR: u32 = 1;
    pub(super) const INT8: u32 = 2;
    pub(super) const INT16: u32 = 3;
    pub(super) const INT32: u32 = 4;
    pub(super) const INT64: u32 = 5;
    pub(super) const STRING: u32 = 6;
    pub(super) const STRING_ARRAY: u32 = 8;
    pub(super) const I18N_STRING: u32 = 9;
}

/// A header, borrowed from the database.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    index: &'a [u8],
    store: &'a [u8],
}

#[derive(Clone, Copy)]
struct Entry<'a> {
    kind: u32,
    count: u32,
    /// The store from the entry's offset on.
    data: &'a [u8],
}

impl<'a> Header<'a> {
    /// Splits `blob` into index and store. Bytes behind the store are ignored.
    ///
    /// # Errors
    /// Where they do not fit.
    pub fn parse(blob: &'a [u8]) -> Result<Self, HeaderError> {
        let (Some(entries), Some(data)) = (be32(blob, 0), be32(blob, 4)) else {
            return Err(HeaderError::TooShort(blob.len()));
        };
        let error = HeaderError::DoesNotFit { entries, data, len: blob.len() };
        let count =
            usize::try_from(entries).ok().filter(|&count| (1..=MAX_ENTRIES).contains(&count));
        let index_end = INTRO + count.ok_or(error)? * ENTRY;
        let end =
            usize::try_from(data).ok().and_then(|data| index_end.checked_add(data)).ok_or(error)?;
        match (blob.get(INTRO..index_end), blob.get(index_end..end)) {
            (Some(index), Some(store)) => Ok(Self { index, store }),
            _ => Err(error),
        }
    }

    /// The last entry of a tag: what rpm adds when it installs ("dribbles") stands behind the immutable
    /// region and replaces entries of the same tag in it.
    fn entry(&self, tag: u32) -> Option<Entry<'a>> {
        let entry = self.index.chunks_exact(ENTRY).rev().find(|e| be32(e, 0) == Some(tag))?;
        let (kind, offset, count) = (be32(entry, 4)?, be32(entry, 8)?, be32(entry, 12)?);
        let data = self.store.get(usize::try_from(offset).ok()?..).unwrap_or_default();
        Some(Entry { kind, count, data })
    }

    /// Whether there is an entry of this tag.
    #[must_use]
    pub fn has(&self, tag: u32) -> bool {
        self.entry(tag).is_some()
    }

    /// The first string of a tag: for a translated one that of the C locale.
    #[must_use]
    pub fn string(&self, tag: u32) -> Option<&'a [u8]> {
        self.strings(tag).next()
    }

    /// All strings of a tag.
    #[must_use]
    pub fn strings(&self, tag: u32) -> Strings<'a> {
        match self.entry(tag) {
            Some(Entry { kind: kind::STRING, data, .. }) => Strings { left: 1, data },
            Some(Entry { kind: kind::STRING_ARRAY | kind::I18N_STRING, count, data }) => {
                Strings { left: count, data }
            }
            Some(Entry { .. }) => Strings { left: 1, data: &[] },
            None => Strings { left: 0, data: &[] },
        }
    }

    /// All whole numbers of a tag, whatever their width.
    #[must_use]
    pub fn ints(&self, tag: u32) -> Ints<'a> {
        let Some(entry) = self.entry(tag) else { return Ints { left: 0, width: 1, data: &[] } };
        let width = match entry.kind {
            kind::CHAR | kind::INT8 => 1,
            kind::INT16 => 2,
            kind::INT32 => 4,
            kind::INT64 => 8,
            _ => return Ints { left: 1, width: 1, data: &[] },
        };
        Ints { left: entry.count, width, data: entry.data }
    }
}

/// Iterator over the strings of an entry; ends early where the store does.
#[derive(Clone, Debug)]
pub struct Strings<'a> {
    left: u32,
    data: &'a [u8],
}

impl Strings<'_> {
    /// How many strings the entry claims beyond those yielded: not 0 at the end means damage.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.left
    }
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.left == 0 {
            return None;
        }
        let end = self.data.iter().position(|&b| b == 0)?;
        let (text, rest) = self.data.split_at(end);
        self.left -= 1;
        self.data = &rest[1..];
        Some(text)
    }
}

/// Iterator over the numbers of an entry; ends early where the store does.
#[derive(Clone, Debug)]
pub struct Ints<'a> {
    left: u32,
    width: usize,
    data: &'a [u8],
}

impl Ints<'_> {
    /// How many numbers the entry claims beyond those yielded: not 0 at the end means damage.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.left
    }
}

impl Iterator for Ints<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.left == 0 {
            return None;
        }
        let (number, rest) = self.data.split_at_checked(self.width)?;
        self.left -= 1;
        self.data = rest;
        Some(number.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkgdb::rpm::fixture::{Value, header};

    #[test]
    fn values_of_every_width() {
        let blob = header(&[
            (tag::NAME, Value::Text("bash")),
            (tag::EPOCH, Value::Int32(vec![7])),
            (tag::FILE_MODES, Value::Int16(vec![0o100_644, 0o40_755])),
            (tag::BASE_NAMES, Value::Texts(vec!["a", "", "c"])),
            (1004, Value::Translated(vec!["summary", "Zusammenfassung"])),
        ]);
        let header = Header::parse(&blob).unwrap();
        assert_eq!(header.string(tag::NAME), Some(&b"bash"[..]));
        assert_eq!(header.ints(tag::EPOCH).collect::<Vec<_>>(), [7]);
        assert_eq!(header.ints(tag::FILE_MODES).collect::<Vec<_>>(), [0o100_644, 0o40_755]);
        assert_eq!(header.strings(tag::BASE_NAMES).collect::<Vec<_>>(), [&b"a"[..], b"", b"c"]);
        assert_eq!(header.string(1004), Some(&b"summary"[..]));
        assert_eq!(header.string(tag::VERSION), None);
        assert!(!header.has(tag::VERSION));
    }

    #[test]
    fn an_entry_that_lies_yields_what_there_is() {
        let mut blob = header(&[(tag::BASE_NAMES, Value::Texts(vec!["a", "b"]))]);
        blob[8 + 12..8 + 16].copy_from_slice(&u32::MAX.to_be_bytes());
        let header = Header::parse(&blob).unwrap();
        let mut names = header.strings(tag::BASE_NAMES);
        assert_eq!(names.by_ref().count(), 2);
        assert_eq!(names.missing(), u32::MAX - 2);

        blob[8 + 8..8 + 12].copy_from_slice(&u32::MAX.to_be_bytes());
        let header = Header::parse(&blob).unwrap();
        assert_eq!(header.strings(tag::BASE_NAMES).count(), 0);
        assert_eq!(header.ints(tag::BASE_NAMES).missing(), 1);
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        let blob = header(&[(tag::NAME, Value::Text("bash"))]);
        assert!(Header::parse(&blob[..blob.len() - 1]).is_err());
        assert_eq!(Header::parse(&[0; 7]).unwrap_err(), HeaderError::TooShort(7));
        assert!(Header::parse(&[0xff; 64]).is_err());
        assert!(Header::parse(&[0; 64]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, entries in 0u8..4) {
            let mut bytes = bytes;
            if let Some(intro) = bytes.get_mut(..8) {
                intro.copy_from_slice(&[0, 0, 0, entries, 0, 0, 0, 8]);
            }
            if let Ok(header) = Header::parse(&bytes) {
                let tag = be32(header.index, 0).unwrap();
                let _ = header.strings(tag).count() + header.ints(tag).count();
            }
        }
    }
}
