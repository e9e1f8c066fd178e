//! A list of Debian's security advisories.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::Collector;
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    run(|into| drop(plimsoll_feeds::debian_lists::read("list", &mut &*bytes, into)));
});

fn run(parse: impl FnOnce(&mut Collector<'_>)) {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    parse(&mut Collector::new("fuzz", &mut out));
}
