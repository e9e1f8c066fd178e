//! Compressed files and archives as a feed's input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{
    FeedError,
    input::{Entry, Visitor, walk_bytes},
};

struct Reader;

impl Visitor for Reader {
    fn wants(&self, name: &str) -> bool {
        !name.is_empty()
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        // A small cap: a bomb is a slow unit here, not a finding.
        let capped = plimsoll_model::read_capped(entry.reader(), 1 << 20);
        capped.map(drop).map_err(|e| FeedError::io("entry", e))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let _ = walk_bytes("input", bytes, &mut Reader);
});
