//! An updateinfo as each distribution writes it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::{
    Collector, amazon_alas, bottlerocket_updateinfo, centos_updateinfo, fedora_updateinfo,
    rocky_updateinfo, updateinfo,
};
use plimsoll_model::Advisory;

fuzz_target!(|bytes: &[u8]| {
    for dialect in [
        amazon_alas::DIALECT,
        bottlerocket_updateinfo::DIALECT,
        centos_updateinfo::DIALECT,
        fedora_updateinfo::DIALECT,
        rocky_updateinfo::DIALECT,
    ] {
        let mut out = |advisory: Advisory| {
            assert!(!advisory.id.is_empty());
            assert!(advisory.affected.iter().all(|a| !a.package.is_empty()));
            assert!(!advisory.affected.is_empty());
        };
        let mut into = Collector::new("fuzz", &mut out);
        let _ = updateinfo::read("x", &mut &*bytes, &dialect, &mut into);
    }
});
