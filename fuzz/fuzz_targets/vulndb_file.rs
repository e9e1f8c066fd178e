#![no_main]
//! Any file taken for an advisory database, and any bytes taken for what its blocks hold.

use libfuzzer_sys::fuzz_target;
use plimsoll_model::{NameKind, Namespace};
use plimsoll_vulndb::{VulnDb, decode_parts};

fuzz_target!(|data: &[u8]| {
    let _ = decode_parts(data);
    let Ok(db) = VulnDb::from_bytes(data) else { return };
    let _ = db.verify();
    let _ = db.flaw("CVE-2019-0001");
    for namespace in db.meta().namespaces.iter().map(|info| &info.namespace).take(4) {
        let _ = db.lookup(namespace, NameKind::Source, "openssl");
        let _ = db.lookup(namespace, NameKind::Binary, "openssl");
    }
    let _ = db.lookup(&Namespace::new("debian", "12"), NameKind::Source, "package-1");
});
