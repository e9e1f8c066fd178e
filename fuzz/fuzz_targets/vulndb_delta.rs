#![no_main]
//! Any bytes taken for a delta's header, and for its instructions and batches.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use plimsoll_vulndb::{VulnDb, apply_parts, delta::Header};

static OLD: LazyLock<VulnDb> = LazyLock::new(|| {
    VulnDb::from_bytes(&include_bytes!("../corpus/vulndb_file/sample")[..]).expect("the sample opens")
});

fuzz_target!(|data: &[u8]| {
    let _ = Header::from_bytes(data);
    let _ = apply_parts(&OLD, data);
});
