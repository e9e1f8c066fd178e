//! What servers say of their files: tables of contents, manifests, lists and listings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_feeds::fetch::{is_plain_path, listing, manifest, repomd};

fuzz_target!(|bytes: &[u8]| {
    let _ = repomd::read(bytes);
    let text = String::from_utf8_lossy(bytes);
    for all in [manifest::pulp(&text), manifest::sha256sums(&text), manifest::paths(&text)] {
        assert!(all.unwrap_or_default().iter().all(|listed| is_plain_path(&listed.path)));
    }
    assert!(listing::names(&text).iter().all(|name| is_plain_path(name)));
});
