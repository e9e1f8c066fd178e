//! Programs: what Go's linker and `cargo auditable` leave in them.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::lang::{go, rust};

fuzz_target!(|bytes: &[u8]| {
    for collector in [go::parse_program(bytes), rust::parse_program(bytes)].into_iter().flatten() {
        let (packages, _) = collector.into_parts();
        assert!(packages.iter().all(|p| !p.name.is_empty()));
    }
});
