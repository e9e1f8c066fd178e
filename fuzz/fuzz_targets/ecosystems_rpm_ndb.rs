//! An RPM database in the NDB format.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::Collector;
use plimsoll_ecosystems::pkgdb::rpm::ndb;

fuzz_target!(|bytes: &[u8]| {
    let _ = ndb::read(bytes, &mut Collector::default());
});
