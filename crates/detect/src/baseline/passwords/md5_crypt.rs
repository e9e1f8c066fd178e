//! MD5-crypt (`$1$`), the scheme that Poul-Henning Kamp wrote for FreeBSD in 1994: a thousand rounds of MD5 over
//! password, salt and the digest before.

use md5::{Digest, Md5};

const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether the word is the password of a `$1$salt$digest` hash.
pub(super) fn verify(hash: &str, word: &str) -> bool {
    let mut parts = hash.split('$').skip(2);
    let (Some(salt), Some(digest), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let salt = salt.as_bytes();
    encode(&md5_crypt(word.as_bytes(), &salt[..salt.len().min(8)])) == digest
}

fn md5_crypt(word: &[u8], salt: &[u8]) -> [u8; 16] {
    let inner: [u8; 16] =
        Md5::new().chain_update(word).chain_update(salt).chain_update(word).finalize().into();
    let mut first = Md5::new().chain_update(word).chain_update(b"$1$").chain_update(salt);
    let mut left = word.len();
    while left > 0 {
        first.update(&inner[..left.min(16)]);
        left = left.saturating_sub(16);
    }
    // The scheme takes a zero byte for every set bit of the length: an accident of the original that stayed.
    let mut bits = word.len();
    while bits > 0 {
        if bits & 1 == 1 {
            first.update([0u8]);
        } else {
            first.update(&word[..1]);
        }
        bits >>= 1;
    }
    let mut digest: [u8; 16] = first.finalize().into();
    for round in 0..1_000 {
        let mut next = Md5::new();
        if round % 2 == 1 {
            next.update(word)
        } else {
            next.update(digest)
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(word);
        }
        if round % 2 == 1 {
            next.update(digest)
        } else {
            next.update(word)
        }
        digest = next.finalize().into();
    }
    digest
}

fn encode(digest: &[u8; 16]) -> String {
    let mut out = String::with_capacity(22);
    let mut put = |mut value: u32, digits: usize| {
        for _ in 0..digits {
            out.push(char::from(DIGITS[(value & 63) as usize]));
            value >>= 6;
        }
    };
    let byte = |at: usize| u32::from(digest[at]);
    for (a, b, c) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        put(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
    }
    put(byte(11), 2);
    out
}
