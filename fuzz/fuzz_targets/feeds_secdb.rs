//! A security database of Alpine's format, JSON or YAML, and the names in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::Collector;
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Some(names) = plimsoll_feeds::secdb::names(text) {
            assert!(!names.id.is_empty());
        }
    }
    run(|into| drop(plimsoll_feeds::secdb::read("alpine", "v3.9/main.yaml", bytes, into)));
});

fn run(parse: impl FnOnce(&mut Collector<'_>)) {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    parse(&mut Collector::new("fuzz", &mut out));
}
