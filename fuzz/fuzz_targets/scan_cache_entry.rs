//! Any bytes as a cache entry, and any content behind a right checksum: refused or sound, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_model::{Digest, LayerFacts};
use plimsoll_scan::cache::{decode, encode};

/// Content that is written as it stands.
struct Raw<'a>(&'a [u8]);

impl serde::Serialize for Raw<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for byte in self.0 {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let key = Digest::from_bytes([0; 32]);
    let _ = decode::<LayerFacts>(bytes, &key);
    if let Ok(entry) = encode(&Raw(bytes), &key)
        && let Ok(facts) = decode::<LayerFacts>(&entry, &key)
    {
        let _ = facts.paths.is_sound();
        let _ = facts.paths.iter().count();
    }
});
