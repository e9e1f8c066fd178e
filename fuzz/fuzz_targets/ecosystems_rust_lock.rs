//! `Cargo.lock`.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::lang::rust::parse_cargo_lock;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(collector) = parse_cargo_lock(bytes) {
        let (packages, _) = collector.into_parts();
        assert!(packages.iter().all(|p| !p.name.is_empty()));
    }
});
