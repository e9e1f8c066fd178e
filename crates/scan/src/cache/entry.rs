//! The bytes of a cache entry: a header, then postcard compressed with Zstandard.
//!
//! The header holds a magic, the key that the entry was written for, the size of the content and a SHA-256 over
//! everything else: it finds damage and misplaced files. (Whoever can write into the cache folder can
//! forge entries; the folder is the user's own.)

use plimsoll_model::{Digest, LAYER_FACTS_SCHEMA, read_capped};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::limits::{MAX_CACHE_ENTRY, MAX_CACHE_ENTRY_DECODED};

/// Raised with the last character when the layout of an entry changes.
const MAGIC: &[u8; 8] = b"PLIMFCT1";
const SUM: usize = 8;
const KEY: usize = SUM + 32;
const SIZE: usize = KEY + 32;
const BODY: usize = SIZE + 8;

/// Level 1 loads as fast as higher ones, and writing is part of every cold scan.
const LEVEL: i32 = 1;

/// Why an entry is not believed.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not one of ours, or cut.
    #[error("it is no cache entry")]
    Foreign,
    /// Its checksum is wrong.
    #[error("its checksum is wrong")]
    Damaged,
    /// It was written for another layer or other analysers.
    #[error("it belongs to something else")]
    Misplaced,
    /// It is over a limit.
    #[error("it is over the size limit")]
    TooLarge,
    /// Its content cannot be read or written.
    #[error("its content cannot be coded: {0}")]
    Content(String),
}

/// The key of a layer's facts.
pub(crate) fn layer_key(fingerprint: &Digest, diff_id: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update(LAYER_FACTS_SCHEMA.to_le_bytes());
    hash.update(fingerprint.as_bytes());
    hash.update(diff_id.as_bytes());
    Digest::from_bytes(hash.finalize().into())
}

/// An entry that holds `value` for `key`.
///
/// # Errors
/// Where it would be over a limit.
pub fn encode<T: Serialize>(value: &T, key: &Digest) -> Result<Vec<u8>, EntryError> {
    let content = |error: &dyn std::fmt::Display| EntryError::Content(error.to_string());
    let plain = postcard::to_allocvec(value).map_err(|e| content(&e))?;
    let packed = zstd::bulk::compress(&plain, LEVEL).map_err(|e| content(&e))?;
    if plain.len() as u64 > MAX_CACHE_ENTRY_DECODED
        || (packed.len() + BODY) as u64 > MAX_CACHE_ENTRY
    {
        return Err(EntryError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(BODY + packed.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 32]);
    bytes.extend_from_slice(key.as_bytes());
    bytes.extend_from_slice(&(plain.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&packed);
    let sum = Sha256::digest(&bytes[KEY..]);
    bytes[SUM..KEY].copy_from_slice(&sum);
    Ok(bytes)
}

/// The value of an entry that was written for `key`. Any bytes may come in.
///
/// # Errors
/// Where the entry is not to be believed.
pub fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8], key: &Digest) -> Result<T, EntryError> {
    let body = bytes.get(BODY..).ok_or(EntryError::Foreign)?;
    if !bytes.starts_with(MAGIC) {
        return Err(EntryError::Foreign);
    }
    if Sha256::digest(&bytes[KEY..])[..] != bytes[SUM..KEY] {
        return Err(EntryError::Damaged);
    }
    if &bytes[KEY..SIZE] != key.as_bytes() {
        return Err(EntryError::Misplaced);
    }
    decode_body(body, &bytes[SIZE..BODY])
}

fn decode_body<T: for<'de> Deserialize<'de>>(body: &[u8], size: &[u8]) -> Result<T, EntryError> {
    let content = |error: &dyn std::fmt::Display| EntryError::Content(error.to_string());
    let size = size.try_into().map(u64::from_le_bytes).map_err(|_| EntryError::Foreign)?;
    if size > MAX_CACHE_ENTRY_DECODED {
        return Err(EntryError::TooLarge);
    }
    let reader = zstd::stream::read::Decoder::with_buffer(body).map_err(|e| content(&e))?;
    let plain = read_capped(reader, size).map_err(|e| content(&e))?;
    if plain.len() as u64 != size {
        return Err(EntryError::Damaged);
    }
    let (value, rest) = postcard::take_from_bytes(&plain).map_err(|e| content(&e))?;
    if rest.is_empty() { Ok(value) } else { Err(EntryError::Damaged) }
}
