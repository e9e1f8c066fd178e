//! Project files, lock files and `release` files of Java; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::lang::java::{parse_lockfile, parse_project, parse_release};

fuzz_target!(|bytes: &[u8]| {
    let [which, text @ ..] = bytes else { return };
    let collector = match which % 3 {
        0 => parse_lockfile(text),
        1 => parse_release(text),
        _ => match parse_project(text) {
            Ok(collector) => collector,
            Err(()) => return,
        },
    };
    let (packages, _) = collector.into_parts();
    assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
});
