//! Read-only view of a bbolt file, which containerd keeps its metadata in.
//!
//! Works on a copy in memory, because containerd holds the file's lock for as long as it runs. Nothing
//! is believed: every offset is checked, no page is visited twice in one walk, and there is no
//! recursion. Format: go.etcd.io/bbolt, `internal/common` (page, meta, leaf and branch elements).

use std::collections::BTreeSet;

/// Largest metadata file that is read.
pub const MAX_BOLT_BYTES: u64 = 512 << 20;

/// Most keys of one bucket that are looked at.
const MAX_KEYS: usize = 1 << 20;

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
const PAGE_HEADER_BYTES: usize = 16;
const META_BYTES: usize = 64;
const ELEMENT_BYTES: usize = 16;
const BUCKET_HEADER_BYTES: usize = 16;
const BRANCH_PAGE: u16 = 1;
const LEAF_PAGE: u16 = 2;
const BUCKET_LEAF: u32 = 1;

/// Page sizes that a writer may have used: that of its machine's memory.
const PAGE_SIZES: [usize; 7] = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/// Why bytes are no such file, or a damaged one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BoltError {
    /// No valid meta page.
    #[error("not a bbolt file (no valid meta page)")]
    NotBolt,
    /// An offset or page that lies outside, or a page that is part of itself.
    #[error("the bbolt file is damaged")]
    Damaged,
    /// More keys than are looked at.
    #[error("more than {MAX_KEYS} keys in one bucket of the bbolt file")]
    TooMany,
}

/// A whole file.
#[derive(Clone, Debug)]
pub struct Bolt<'a> {
    bytes: &'a [u8],
    page_size: usize,
    root: u64,
    transaction: u64,
}

/// A bucket: sorted keys with values or further buckets.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<'a> {
    bytes: &'a [u8],
    page_size: usize,
    place: Place<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    Page(u64),
    /// A small bucket lies as one page inside of the value that stands for it.
    Inline(&'a [u8]),
}

/// What a key stands for.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// Bytes.
    Value(&'a [u8]),
    /// A bucket.
    Bucket(Bucket<'a>),
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

impl<'a> Bolt<'a> {
    /// Finds the newer of the two meta pages.
    ///
    /// # Errors
    /// [`BoltError::NotBolt`] where neither is valid.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BoltError> {
        let first = Self::meta(bytes, 0).into_iter();
        let second = PAGE_SIZES
            .iter()
            .filter_map(|&size| Self::meta(bytes, size).filter(|meta| meta.page_size == size));
        first.chain(second).max_by_key(|meta| meta.transaction).ok_or(BoltError::NotBolt)
    }

    fn meta(bytes: &'a [u8], at: usize) -> Option<Self> {
        let meta = bytes.get(at.checked_add(PAGE_HEADER_BYTES)?..)?.get(..META_BYTES)?;
        let page_size = usize::try_from(u32_at(meta, 8)?).ok()?;
        let (body, sum) = (meta.get(..META_BYTES - 8)?, u64_at(meta, META_BYTES - 8)?);
        let valid = u32_at(meta, 0)? == MAGIC
            && u32_at(meta, 4)? == VERSION
            && PAGE_SIZES.contains(&page_size)
            && fnv64a(body) == sum;
        valid.then_some(Self {
            bytes,
            page_size,
            root: u64_at(meta, 16)?,
            transaction: u64_at(meta, 48)?,
        })
    }

    /// Number of the transaction that wrote what is seen; two looks at a file in use that see the same
    /// number saw the same content.
    #[must_use]
    pub fn transaction(&self) -> u64 {
        self.transaction
    }

    /// The bucket that holds all others.
    #[must_use]
    pub fn root(&self) -> Bucket<'a> {
        Bucket { bytes: self.bytes, page_size: self.page_size, place: Place::Page(self.root) }
    }
}

impl<'a> Bucket<'a> {
    /// Everything in this bucket, in the order of its keys.
    ///
    /// # Errors
    /// Where the file is damaged, or a bucket holds more than the limit.
    pub fn items(&self) -> Result<Vec<(&'a [u8], Item<'a>)>, BoltError> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        let mut stack = Vec::new();
        match self.place {
            Place::Inline(page) => {
                if self.page(page, &mut out)?.is_some() {
                    return Err(BoltError::Damaged);
                }
            }
            Place::Page(id) => stack.push(id),
        }
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                return Err(BoltError::Damaged);
            }
            let page = self.page_bytes(id).ok_or(BoltError::Damaged)?;
            if let Some(children) = self.page(page, &mut out)? {
                stack.extend(children.into_iter().rev());
            }
        }
        Ok(out)
    }

    /// What `key` stands for.
    ///
    /// # Errors
    /// As [`Bucket::items`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Item<'a>>, BoltError> {
        Ok(self.items()?.into_iter().find(|(found, _)| *found == key).map(|(_, item)| item))
    }

    /// The bucket that `key` stands for.
    ///
    /// # Errors
    /// As [`Bucket::items`].
    pub fn bucket(&self, key: &[u8]) -> Result<Option<Bucket<'a>>, BoltError> {
        Ok(match self.get(key)? {
            Some(Item::Bucket(bucket)) => Some(bucket),
            _ => None,
        })
    }

    /// The value that `key` stands for.
    ///
    /// # Errors
    /// As [`Bucket::items`].
    pub fn value(&self, key: &[u8]) -> Result<Option<&'a [u8]>, BoltError> {
        Ok(match self.get(key)? {
            Some(Item::Value(value)) => Some(value),
            _ => None,
        })
    }

    /// A page with the pages that it runs over into.
    fn page_bytes(&self, id: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(id).ok()?.checked_mul(self.page_size)?;
        let head = self.bytes.get(start..)?.get(..PAGE_HEADER_BYTES)?;
        if u64_at(head, 0)? != id {
            return None;
        }
        let pages = usize::try_from(u32_at(head, 12)?).ok()?.checked_add(1)?;
        let end = start.checked_add(pages.checked_mul(self.page_size)?)?;
        self.bytes.get(start..end.min(self.bytes.len()))
    }

    /// Adds a leaf page's items, or gives a branch page's children.
    fn page(
        &self,
        page: &'a [u8],
        out: &mut Vec<(&'a [u8], Item<'a>)>,
    ) -> Result<Option<Vec<u64>>, BoltError> {
        let flags = u16_at(page, 8).ok_or(BoltError::Damaged)?;
        let count = usize::from(u16_at(page, 10).ok_or(BoltError::Damaged)?);
        let elements = (0..count).map(|at| PAGE_HEADER_BYTES + at * ELEMENT_BYTES);
        match flags {
            BRANCH_PAGE => elements
                .map(|at| u64_at(page, at + 8))
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or(BoltError::Damaged),
            LEAF_PAGE => {
                for at in elements {
                    if out.len() >= MAX_KEYS {
                        return Err(BoltError::TooMany);
                    }
                    out.push(self.leaf(page, at).ok_or(BoltError::Damaged)?);
                }
                Ok(None)
            }
            _ => Err(BoltError::Damaged),
        }
    }

    fn leaf(&self, page: &'a [u8], at: usize) -> Option<(&'a [u8], Item<'a>)> {
        let number = |offset: usize| usize::try_from(u32_at(page, at.checked_add(offset)?)?).ok();
        let key_at = at.checked_add(number(4)?)?;
        let value_at = key_at.checked_add(number(8)?)?;
        let key = page.get(key_at..value_at)?;
        let value = page.get(value_at..value_at.checked_add(number(12)?)?)?;
        if u32_at(page, at)? & BUCKET_LEAF == 0 {
            return Some((key, Item::Value(value)));
        }
        let place = match u64_at(value, 0)? {
            0 => Place::Inline(value.get(BUCKET_HEADER_BYTES..)?),
            id => Place::Page(id),
        };
        Some((key, Item::Bucket(Bucket { bytes: self.bytes, page_size: self.page_size, place })))
    }
}

/// FNV-1a with 64 bits, which guards a meta page.
fn fnv64a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file of four pages: two metas, an empty free list, one leaf with `x` = `y` and an inline
    /// bucket `b` that holds `k` = `v`.
    fn file() -> Vec<u8> {
        let mut bytes = vec![0u8; 4096 * 4];
        let page = |id: u64, flags: u16, count: u16| {
            let mut head = id.to_le_bytes().to_vec();
            head.extend(flags.to_le_bytes());
            head.extend(count.to_le_bytes());
            head.extend([0; 4]);
            head
        };
        for id in 0..2u64 {
            let mut meta = Vec::new();
            for number in [MAGIC, VERSION, 4096, 0] {
                meta.extend(number.to_le_bytes());
            }
            // Root page and sequence, free list, high-water mark, transaction.
            for number in [3, 0, 2, 4, id] {
                meta.extend(u64::to_le_bytes(number));
            }
            let sum = fnv64a(&meta);
            let at = id as usize * 4096;
            let all = [page(id, 4, 0), meta, sum.to_le_bytes().to_vec()].concat();
            bytes[at..at + all.len()].copy_from_slice(&all);
        }
        let element = |flags: u32, offset: u32, key: u32, value: u32| {
            [flags, offset, key, value].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>()
        };
        let inline =
            [vec![0; 16], page(0, LEAF_PAGE, 1), element(0, 16, 1, 1), b"kv".to_vec()].concat();
        let leaf = [
            page(3, LEAF_PAGE, 2),
            element(BUCKET_LEAF, 32, 1, inline.len() as u32),
            element(0, 16 + 1 + inline.len() as u32, 1, 1),
            b"b".to_vec(),
            inline,
            b"xy".to_vec(),
        ]
        .concat();
        bytes[3 * 4096..3 * 4096 + leaf.len()].copy_from_slice(&leaf);
        bytes
    }

    #[test]
    fn reads_values_and_inline_buckets_of_the_newer_meta() {
        let bytes = file();
        let bolt = Bolt::new(&bytes).unwrap();
        assert_eq!(bolt.transaction(), 1);
        assert_eq!(bolt.root().value(b"x").unwrap(), Some(&b"y"[..]));
        let inner = bolt.root().bucket(b"b").unwrap().unwrap();
        assert_eq!(inner.value(b"k").unwrap(), Some(&b"v"[..]));
        assert!(bolt.root().bucket(b"x").unwrap().is_none());
        assert!(bolt.root().value(b"z").unwrap().is_none());
    }

    #[test]
    fn a_damaged_newer_meta_leaves_the_older() {
        let mut bytes = file();
        bytes[4096 + 20] ^= 1;
        assert_eq!(Bolt::new(&bytes).unwrap().transaction(), 0);
        bytes[20] ^= 1;
        assert_eq!(Bolt::new(&bytes).unwrap_err(), BoltError::NotBolt);
    }

    #[test]
    fn a_branch_that_holds_itself_is_damaged() {
        let mut bytes = file();
        bytes[3 * 4096 + 8] = BRANCH_PAGE as u8;
        bytes[3 * 4096 + 10] = 1;
        bytes[3 * 4096 + 24..3 * 4096 + 32].copy_from_slice(&3u64.to_le_bytes());
        let bolt = Bolt::new(&bytes).unwrap();
        assert_eq!(bolt.root().items().unwrap_err(), BoltError::Damaged);
    }

    fn walk(bytes: &[u8]) {
        let Ok(bolt) = Bolt::new(bytes) else { return };
        let mut left = 100;
        let mut stack = vec![bolt.root()];
        while let Some(bucket) = stack.pop() {
            for (_, item) in bucket.items().unwrap_or_default() {
                if let (Item::Bucket(inner), 1..) = (item, left) {
                    left -= 1;
                    stack.push(inner);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            walk(&bytes);
        }

        #[test]
        fn any_damage_never_panics(damage in prop::collection::vec((3 * 4096..3 * 4096 + 200usize, any::<u8>()), 1..20)) {
            let mut bytes = file();
            for (at, byte) in damage {
                bytes[at] = byte;
            }
            walk(&bytes);
        }
    }
}
