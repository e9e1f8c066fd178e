//! CSAF, CVRF and OpenVEX documents as every publisher means them, notices, and the lists of changed documents.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{Collector, fetch};
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    run(|into| plimsoll_feeds::redhat_csaf_vex::read("cve-2024-0001.json", &mut &*bytes, into));
    run(|into| plimsoll_feeds::csaf::read_any("x.json", &mut &*bytes, into));
    run(|into| plimsoll_feeds::openeuler_csaf::read("x.json", &mut &*bytes, into));
    run(|into| plimsoll_feeds::suse_csaf::read("x.json", &mut &*bytes, into));
    run(|into| plimsoll_feeds::suse_cvrf::read("x.xml", &mut &*bytes, into));
    run(|into| plimsoll_feeds::ubuntu_usn::read("x.json", bytes, into));
    run(|into| plimsoll_feeds::ubuntu_vex::read("x.json", &mut &*bytes, into));
    if let Ok(listed) = fetch::listed(bytes) {
        assert!(listed.iter().all(|(path, _)| !path.contains("..") && !path.starts_with('/')));
    }
});

fn run(parse: impl FnOnce(&mut Collector<'_>)) {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    parse(&mut Collector::new("fuzz", &mut out));
}
