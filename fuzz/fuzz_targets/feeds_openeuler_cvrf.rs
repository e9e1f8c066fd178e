//! An advisory of openEuler.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{Collector, openeuler_cvrf};
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty() && !advisory.flaws.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    openeuler_cvrf::read("x", bytes, &mut Collector::new("fuzz", &mut out));
});
