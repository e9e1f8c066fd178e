//! Files that hold keys: which of them hold private ones. Stores of trusted certificates are in every image with Java.

use memchr::memmem;
use plimsoll_model::Confidence;

use super::{Candidate, Verdict};

/// Object identifiers of PKCS#12's bags with a private key (RFC 7292, appendix D), in DER.
const SHROUDED_KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
const KEY_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";

/// Most entries of a Java key store that are walked.
const MAX_ENTRIES: u32 = 10_000;

/// Java's own key store (`feedfeed`, and `cececece` of JCEKS): one with a private or secret key.
pub(super) fn jks(candidate: &Candidate<'_>) -> Option<Verdict> {
    let bytes = candidate.secret;
    if !bytes.starts_with(b"\xfe\xed\xfe\xed") && !bytes.starts_with(b"\xce\xce\xce\xce") {
        return None;
    }
    match has_key(bytes) {
        Some(true) => Verdict::encrypted(),
        Some(false) => None,
        // Cut or damaged: it cannot be said that it holds no key.
        None => Some(Verdict { no_surer: Some(Confidence::Low), ..Verdict::default() }),
    }
}

fn has_key(bytes: &[u8]) -> Option<bool> {
    let u32_at = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
    };
    let after_text = |at: usize| -> Option<usize> {
        let length = u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?);
        Some(at + 2 + usize::from(length))
    };
    let version = u32_at(4)?;
    let mut at = 12;
    for _ in 0..u32_at(8)?.min(MAX_ENTRIES) {
        // 1: private key, 2: trusted certificate, 3: secret key.
        if u32_at(at)? != 2 {
            return Some(true);
        }
        at = after_text(at + 4)? + 8;
        if version == 2 {
            at = after_text(at)?;
        }
        at = at.checked_add(4)?.checked_add(u32_at(at)? as usize)?;
    }
    Some(false)
}

/// PKCS#12: a SEQUENCE that begins with version 3.
pub(super) fn pkcs12(candidate: &Candidate<'_>) -> Option<Verdict> {
    let bytes = candidate.secret;
    let body = match bytes.get(..2)? {
        [0x30, 0x80] => bytes.get(2..)?,
        [0x30, length @ 0x81..=0x84] => bytes.get(2 + usize::from(length & 0x7f)..)?,
        _ => return None,
    };
    if !body.starts_with(b"\x02\x01\x03\x30") {
        return None;
    }
    if memmem::find(bytes, SHROUDED_KEY_BAG).is_some() {
        return Verdict::encrypted();
    }
    if memmem::find(bytes, KEY_BAG).is_some() {
        return Verdict::noted("not encrypted");
    }
    // Everything encrypted: keys may be among it, in stores of trusted certificates they are not.
    let name = candidate.path.rsplit('/').next().unwrap_or_default();
    let is_named = name.ends_with(".p12") || name.ends_with(".pfx");
    let is_trust = name.contains("trust") || name.contains("cacerts");
    if is_named && !is_trust {
        return Some(Verdict { no_surer: Some(Confidence::Low), ..Verdict::encrypted()? });
    }
    None
}

/// macOS's key chain.
pub(super) fn keychain(candidate: &Candidate<'_>) -> Option<Verdict> {
    if candidate.secret.starts_with(b"kych") { Verdict::encrypted() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(tags: &[u32]) -> Vec<u8> {
        let mut out = b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec();
        out.extend((tags.len() as u32).to_be_bytes());
        for tag in tags {
            out.extend(tag.to_be_bytes());
            out.extend(b"\0\x01a\0\0\0\0\0\0\0\0\0\x05X.509\0\0\0\x02ab");
        }
        out
    }

    fn is(check: super::super::Check, bytes: &[u8], path: &str) -> Option<Verdict> {
        check(&Candidate { secret: bytes, matched: bytes, around: bytes, path })
    }

    #[test]
    fn a_store_of_certificates_holds_no_key() {
        assert_eq!(is(jks, &store(&[2, 2]), "cacerts"), None);
        assert_eq!(is(jks, &store(&[2, 1]), "x.jks"), Verdict::encrypted());
        let cut = &store(&[2, 2])[..30];
        assert_eq!(is(jks, cut, "x.jks").unwrap().no_surer, Some(Confidence::Low));
    }

    #[test]
    fn pkcs12_by_its_bags() {
        let head = b"\x30\x82\x01\x00\x02\x01\x03\x30\x82".to_vec();
        assert_eq!(is(pkcs12, &head, "cacerts"), None);
        assert!(is(pkcs12, &head, "a/b.p12").is_some());
        let with_key = [&head[..], SHROUDED_KEY_BAG].concat();
        assert_eq!(is(pkcs12, &with_key, "cacerts"), Verdict::encrypted());
        assert_eq!(is(pkcs12, b"\x30\x82\x01\x00\x02\x01\x00", "x.p12"), None);
    }
}
