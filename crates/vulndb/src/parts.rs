//! The decoders of a block's content, reachable without a frame whose checksums no fuzzer can guess.

use crate::{FlawRecord, Meta, block::BlockIter, epss, row::Entry};

/// Takes bytes for a block, for an entry, for a flaw's record and for a meta section, and for the entries
/// of a block in turn. Says how many rows came out of all that.
#[must_use]
pub fn decode_parts(bytes: &[u8]) -> u64 {
    let rows = |bytes| Entry::decode(bytes).map_or(0, |entry| entry.rows().len() as u64);
    let mut count = rows(bytes);
    let _ = FlawRecord::decode("CVE-2019-0001", bytes);
    let _ = Meta::decode(bytes);
    let _ = epss::check(bytes);
    let mut entries = BlockIter::new(bytes);
    while let Ok(Some((_, value))) = entries.next() {
        count += rows(value);
        let _ = FlawRecord::decode("CVE-2019-0001", value);
    }
    count
}

/// Takes bytes for the inside of a delta to a database. Says whether they were one that gives something else
/// than nothing.
#[must_use]
pub fn apply_parts(old: &crate::VulnDb, bytes: &[u8]) -> bool {
    crate::delta::apply_unframed(old, bytes)
}
