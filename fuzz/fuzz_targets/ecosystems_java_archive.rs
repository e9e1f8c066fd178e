//! Java archives, nested ones too.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::lang::java::{parse_archive, parse_archive_stream};

fuzz_target!(|bytes: &[u8]| {
    let (packages, _) = parse_archive(bytes, "app-1.0.jar").into_parts();
    let _ = parse_archive_stream(&mut &bytes[..], "app-1.0.jar");
    assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
});
