//! Bottlerocket's inventory of its image.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::bottlerocket::parse_inventory;

fuzz_target!(|bytes: &[u8]| {
    let (packages, _) = parse_inventory(bytes).into_parts();
    assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
});
