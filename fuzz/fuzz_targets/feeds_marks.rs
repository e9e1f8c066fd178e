//! The feeds that only mark or rate flaws: KEV, EPSS and the NVD (its records and the table of its ratings); and lists of
//! malware's digests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::Collector;
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    run(|into| drop(plimsoll_feeds::cisa_kev::read("kev", bytes, into)));
    run(|into| drop(plimsoll_feeds::epss::read("epss", &mut &*bytes, into)));
    run(|into| drop(plimsoll_feeds::malware_hashes::read("hashes", &mut &*bytes, into)));
    run(|into| drop(plimsoll_feeds::nvd::read("nvd", &mut &*bytes, into)));
    run(|into| drop(plimsoll_feeds::nvd_scores::read("nvd", &mut &*bytes, into)));
});

fn run(parse: impl FnOnce(&mut Collector<'_>)) {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    parse(&mut Collector::new("fuzz", &mut out));
}
