//! The installed database of apk.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::apk::parse_installed;

fuzz_target!(|bytes: &[u8]| {
    let (packages, _) = parse_installed(bytes).into_parts();
    assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
});
