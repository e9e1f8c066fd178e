//! An RPM database in Berkeley DB hash or btree form.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::Collector;
use plimsoll_ecosystems::pkgdb::rpm::bdb;

fuzz_target!(|bytes: &[u8]| {
    let _ = bdb::read(bytes, &mut Collector::default());
});
