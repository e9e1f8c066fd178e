//! One package header, as every RPM database stores it.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::Collector;
use plimsoll_ecosystems::pkgdb::rpm::add_header;

fuzz_target!(|bytes: &[u8]| {
    let mut collector = Collector::default();
    add_header(bytes, &mut collector);
    assert!(collector.packages().len() <= 1);
});
