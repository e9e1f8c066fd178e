//! A file of Ubuntu's CVE tracker.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::Collector;
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    run(|into| plimsoll_feeds::ubuntu_cve_tracker::read("CVE", bytes, into));
});

fn run(parse: impl FnOnce(&mut Collector<'_>)) {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    parse(&mut Collector::new("fuzz", &mut out));
}
