//! The lists of Arch's and Photon's trackers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{Collector, arch_security, photon_cve};
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    let mut into = Collector::new("fuzz", &mut out);
    let _ = arch_security::read("x", &mut &*bytes, &mut into);
    let _ = photon_cve::read("cve_data_photon3.0.json", &mut &*bytes, &mut into);
});
