//! Any bytes as the uncompressed stream of a layer, with the real analysers: no panic, sound facts, and the
//! same facts whatever the chunks.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use plimsoll_scan::{AnalyzerSet, walk_bytes};

static ANALYZERS: LazyLock<AnalyzerSet> = LazyLock::new(AnalyzerSet::all);

fuzz_target!(|bytes: &[u8]| {
    let step = bytes.first().map_or(1, |&b| usize::from(b) * 16 + 1);
    let facts = walk_bytes(bytes, step, &ANALYZERS);
    assert!(facts.paths.is_sound());
    assert_eq!(facts, walk_bytes(bytes, usize::MAX, &ANALYZERS));
});
