//! A block: entries in the order of their keys, each key stored as what differs from the one before.

use crate::codec::{Corrupt, Reader, Writer};

/// Collects entries for one block.
#[derive(Debug, Default)]
pub(crate) struct BlockBuilder {
    out: Writer,
    last: Vec<u8>,
}

impl BlockBuilder {
    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) {
        let same = if self.out.0.is_empty() {
            0
        } else {
            self.last.iter().zip(key).take_while(|(a, b)| a == b).count()
        };
        self.out.len(same);
        self.out.bytes(key.get(same..).unwrap_or_default());
        self.out.bytes(value);
        self.last = key.to_vec();
    }

    pub(crate) fn len(&self) -> usize {
        self.out.0.len()
    }

    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out.0)
    }
}

/// Key and value.
type BlockEntry<'k, 'a> = (&'k [u8], &'a [u8]);

/// Walks the entries of an uncompressed block.
#[derive(Debug)]
pub(crate) struct BlockIter<'a> {
    reader: Reader<'a>,
    key: Vec<u8>,
}

impl<'a> BlockIter<'a> {
    pub(crate) fn new(block: &'a [u8]) -> Self {
        Self { reader: Reader::new(block), key: Vec::new() }
    }

    /// The next entry; its key is borrowed until the one after.
    pub(crate) fn next(&mut self) -> Result<Option<BlockEntry<'_, 'a>>, Corrupt> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let same = self.reader.size()?;
        if same > self.key.len() {
            return Err(Corrupt);
        }
        let rest = self.reader.bytes()?;
        self.key.truncate(same);
        self.key.extend_from_slice(rest);
        let value = self.reader.bytes()?;
        Ok(Some((&self.key, value)))
    }

    /// The value under `key`, if the block has it.
    pub(crate) fn find(block: &'a [u8], key: &[u8]) -> Result<Option<&'a [u8]>, Corrupt> {
        let mut entries = Self::new(block);
        while let Some((found, value)) = entries.next()? {
            match found.cmp(key) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Ok(Some(value)),
                std::cmp::Ordering::Greater => break,
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_are_found(entries: BTreeMap<Vec<u8>, Vec<u8>>, other: Vec<u8>) {
            let mut block = BlockBuilder::default();
            entries.iter().for_each(|(k, v)| block.push(k, v));
            let block = block.finish();
            for (key, value) in &entries {
                prop_assert_eq!(BlockIter::find(&block, key), Ok(Some(&value[..])));
            }
            let expected = entries.get(&other).map(|v| &v[..]);
            prop_assert_eq!(BlockIter::find(&block, &other), Ok(expected));
        }

        #[test]
        fn any_bytes_walk_or_fail(block: Vec<u8>) {
            let mut entries = BlockIter::new(&block);
            while let Ok(Some(_)) = entries.next() {}
        }
    }
}
