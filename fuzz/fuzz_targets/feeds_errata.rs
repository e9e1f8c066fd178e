//! AlmaLinux's errata, Alpine's tracker, Debian's list of flaws and ends of life.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{Collector, almalinux_errata, alpine_unfixed, debian_cve_list, eol_dates};
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    let mut out = |advisory: Advisory| {
        assert!(!advisory.id.is_empty());
        assert!(!advisory.affected.is_empty());
        assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
    };
    let mut into = Collector::new("fuzz", &mut out);
    let _ = almalinux_errata::read("x", &mut &*bytes, &mut into);
    alpine_unfixed::read("x", bytes, None, &mut into);
    let _ = debian_cve_list::read("x", &mut &*bytes, &mut into);
    let _ = eol_dates::read("x", bytes);
});
