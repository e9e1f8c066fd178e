#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_distribution::DbManifest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = DbManifest::parse("fuzz", bytes) else { return };
    for delta in &manifest.deltas {
        if let Some(path) = manifest.path_from(&delta.from) {
            assert!(path.len() <= manifest.deltas.len());
        }
    }
    // What is read can be published, and is then read as the same.
    let again = DbManifest::parse("fuzz", &manifest.to_bytes()).unwrap();
    assert_eq!((again.digest, again.built, again.schema), (manifest.digest, manifest.built, manifest.schema));
});
