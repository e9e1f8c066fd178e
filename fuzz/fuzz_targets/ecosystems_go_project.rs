//! `go.mod` and `go.sum`.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::lang::go::{parse_go_mod, parse_go_sum};

fuzz_target!(|bytes: &[u8]| {
    for collector in [parse_go_mod(bytes), parse_go_sum(bytes)] {
        let (packages, _) = collector.into_parts();
        assert!(packages.iter().all(|p| !p.name.is_empty()));
    }
});
