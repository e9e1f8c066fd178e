//! The dpkg status file, and the other texts of dpkg.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::Collector;
use plimsoll_ecosystems::pkgdb::dpkg::{parse_copyright, parse_list, parse_md5sums, parse_status};

fuzz_target!(|bytes: &[u8]| {
    let (packages, _) = parse_status(bytes).into_parts();
    assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
    let mut collector = Collector::default();
    let _ = parse_list(bytes, &mut collector);
    let _ = parse_md5sums(bytes, &mut collector);
    let _ = parse_copyright(bytes);
});
