//! A description of pacman's local database.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::pacman::parse_desc;

fuzz_target!(|bytes: &[u8]| {
    let (packages, _) = parse_desc(bytes).into_parts();
    assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
});
