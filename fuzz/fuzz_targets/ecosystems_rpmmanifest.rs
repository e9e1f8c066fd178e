//! The package lists of distroless CBL-Mariner and Azure Linux images.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::rpm::{parse_manifest, parse_names};

fuzz_target!(|bytes: &[u8]| {
    for (packages, _) in [parse_manifest(bytes).into_parts(), parse_names(bytes).into_parts()] {
        assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
    }
});
