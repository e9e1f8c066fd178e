//! Private keys: armoured ones, and short ones of single programs.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use memchr::memmem;

use super::{Candidate, Verdict};
use crate::secrets::entropy::distinct;

/// Reads base64 however its end is padded: keys are copied by hand.
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Shortest private key: an Ed25519 key in PKCS#8 has 48 bytes.
const MIN_KEY_BYTES: usize = 40;

/// Largest block that is decoded.
const MAX_BLOCK: usize = 64 << 10;

const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";

/// An armoured block: its label, its headers and the bytes of its body.
struct Block {
    label: Vec<u8>,
    headers: Vec<u8>,
    body: Vec<u8>,
}

/// Reads the first armoured block of `text`. Line ends may be real, or written as `\n` as in JSON; lines may be
/// indented, quoted or joined by operators of a programming language.
fn block(text: &[u8]) -> Option<Block> {
    let text = &text[..text.len().min(MAX_BLOCK)];
    let begin = memmem::find(text, b"-----BEGIN ")? + 11;
    let label_end = begin + memmem::find(&text[begin..], b"-----")?;
    let label = text[begin..label_end].to_vec();
    let rest = &text[label_end + 5..];
    let rest = &rest[..memmem::find(rest, b"-----END").unwrap_or(rest.len())];
    let (mut headers, mut body, mut sum) = (Vec::new(), Vec::new(), false);
    let mut at = 0;
    let mut line = Vec::new();
    let mut flush = |line: &mut Vec<u8>| {
        let is_header =
            memmem::find(line, b": ").is_some() || (line.contains(&b':') && !line.is_empty());
        if is_header {
            headers.extend_from_slice(line);
            headers.push(b'\n');
        } else if line.first() == Some(&b'=') && !body.is_empty() {
            // The checksum of OpenPGP's armour.
            sum = true;
        } else if !sum {
            let is_body = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
            body.extend(line.iter().filter(|b| is_body(b)));
        }
        line.clear();
    };
    while at < rest.len() {
        match rest[at] {
            b'\n' | b'\r' => flush(&mut line),
            b'\\' => {
                while rest.get(at + 1) == Some(&b'\\') {
                    at += 1;
                }
                if matches!(rest.get(at + 1), Some(b'n' | b'r')) {
                    at += 1;
                    flush(&mut line);
                }
            }
            b' ' | b'\t' if line.is_empty() => {}
            b'"' | b'\'' | b',' if line.is_empty() => {}
            b'+' if line.is_empty() && rest.get(at + 1).is_none_or(u8::is_ascii_whitespace) => {}
            byte => line.push(byte),
        }
        at += 1;
    }
    flush(&mut line);
    let body = LENIENT.decode(&body).ok()?;
    Some(Block { label, headers, body })
}

/// A private key in PEM or OpenPGP's armour. Certificates and public keys are none.
pub(super) fn pem(candidate: &Candidate<'_>) -> Option<Verdict> {
    let text = if memmem::find(candidate.secret, b"-----BEGIN").is_some() {
        candidate.secret
    } else if memmem::find(candidate.matched, b"-----BEGIN").is_some() {
        candidate.matched
    } else {
        candidate.around
    };
    key_in_text(text)
}

/// As [`pem`], of a text.
pub(in crate::secrets) fn key_in_text(text: &[u8]) -> Option<Verdict> {
    let block = block(text)?;
    let is_private = memmem::find(&block.label, b"PRIVATE").is_some()
        || memmem::find(&block.label, b"SSH2 ENCRYPTED").is_some();
    if !is_private || block.body.len() < MIN_KEY_BYTES || distinct(&block.body) < 16 {
        return None;
    }
    if block.body.starts_with(OPENSSH_MAGIC) {
        return openssh_body(&block.body);
    }
    let der = block.body[0] == 0x30;
    let marked = memmem::find(&block.headers, b"ENCRYPTED").is_some();
    if block.label == b"ENCRYPTED PRIVATE KEY" {
        return if der { Verdict::encrypted() } else { None };
    }
    if marked {
        return Verdict::encrypted();
    }
    if block.label.starts_with(b"PGP") {
        // A packet's first byte has its highest bit set (RFC 9580, section 4.2).
        return if block.body[0] & 0x80 != 0 { pgp(&block.body) } else { None };
    }
    let bare = block.label == b"PRIVATE KEY"
        || [&b"RSA "[..], b"EC ", b"DSA "].iter().any(|kind| block.label.starts_with(kind));
    if bare && !der {
        return None;
    }
    Verdict::noted("not encrypted")
}

/// Whether the secret key packet says that its material is in the clear: the octet behind the public part, which
/// only the algorithm's own numbers lead to. Version 4 RSA keys are read; of others nothing is said.
fn pgp(body: &[u8]) -> Option<Verdict> {
    let read = || {
        let start = match body[0] {
            // Old format with a length of two bytes, new format with one of one or two.
            0x95 => 3,
            0xc5 if *body.get(1)? < 192 => 2,
            0xc5 => 3,
            _ => return None,
        };
        let (version, algorithm) = (*body.get(start)?, *body.get(start + 5)?);
        if version != 4 || !matches!(algorithm, 1..=3) {
            return None;
        }
        let mut at = start + 6;
        for _ in 0..2 {
            let bits = u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]);
            at += 2 + usize::from(bits).div_ceil(8);
        }
        body.get(at).copied()
    };
    match read() {
        Some(0) => Verdict::noted("not encrypted"),
        Some(254 | 255) => Verdict::encrypted(),
        _ => Verdict::YES,
    }
}

/// OpenSSH's own format (PROTOCOL.key of OpenSSH).
pub(super) fn openssh(candidate: &Candidate<'_>) -> Option<Verdict> {
    let text = if memmem::find(candidate.secret, b"-----BEGIN").is_some() {
        candidate.secret
    } else {
        candidate.matched
    };
    openssh_body(&block(text)?.body)
}

fn openssh_body(body: &[u8]) -> Option<Verdict> {
    let rest = body.strip_prefix(OPENSSH_MAGIC)?;
    let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    match rest.get(4..4usize.checked_add(length)?)? {
        b"none" => Verdict::noted("not encrypted"),
        _ => Verdict::encrypted(),
    }
}

/// `PuTTY-User-Key-File-N`: the second line says how it is encrypted.
pub(super) fn putty(candidate: &Candidate<'_>) -> Option<Verdict> {
    let text = candidate.around;
    memmem::find(text, b"Private-Lines:")?;
    let at = memmem::find(text, b"Encryption:")? + 11;
    if text[at..].trim_ascii_start().starts_with(b"none") {
        Verdict::noted("not encrypted")
    } else {
        Verdict::encrypted()
    }
}

/// 32 bytes in base64.
pub(super) fn wireguard(candidate: &Candidate<'_>) -> Option<Verdict> {
    let key = LENIENT.decode(candidate.secret).ok()?;
    Verdict::if_true(key.len() == 32 && distinct(&key) > 12)
}

/// Bech32's characters behind the prefix.
pub(super) fn age(candidate: &Candidate<'_>) -> Option<Verdict> {
    let body = candidate.secret.to_ascii_lowercase();
    let body = body.strip_prefix(b"age-secret-key-1")?;
    let is_bech32 = |b: &u8| b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".contains(b);
    Verdict::if_true(body.len() == 58 && body.iter().all(is_bech32) && distinct(body) > 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::examples::expand;

    fn note(template: &str) -> Option<&'static str> {
        let text = expand(template, "keys").unwrap();
        key_in_text(&text).map(|verdict| verdict.note.unwrap_or("nothing said"))
    }

    #[test]
    fn says_whether_a_key_is_encrypted() {
        assert_eq!(note("{{pem:RSA PRIVATE KEY}}"), Some("not encrypted"));
        assert_eq!(note("{{pem:PRIVATE KEY}}"), Some("not encrypted"));
        assert_eq!(note("{{pem:ENCRYPTED PRIVATE KEY}}"), Some("encrypted"));
        assert_eq!(note("{{pem-encrypted:RSA PRIVATE KEY}}"), Some("encrypted"));
        assert_eq!(note("{{openssh}}"), Some("not encrypted"));
        assert_eq!(note("{{openssh-encrypted}}"), Some("encrypted"));
        assert!(note("{{pem:PGP PRIVATE KEY BLOCK}}").is_some());
    }

    #[test]
    fn what_is_public_or_broken_is_no_key() {
        assert_eq!(note("{{pem:PUBLIC KEY}}"), None);
        assert_eq!(note("{{pem:CERTIFICATE}}"), None);
        assert_eq!(note("-----BEGIN {{=RSA}} PRIVATE KEY-----\nMIIE...\n-----END"), None);
        assert_eq!(note("-----BEGIN {{=RSA}} PRIVATE KEY-----"), None);
    }

    #[test]
    fn line_ends_may_be_escaped() {
        let text = String::from_utf8(expand("{{pem:PRIVATE KEY}}", "x").unwrap()).unwrap();
        for escaped in
            [text.replace('\n', "\\n"), text.replace('\n', "\\\\n"), text.replace('\n', "\n    ")]
        {
            assert_eq!(key_in_text(escaped.as_bytes()).unwrap().note, Some("not encrypted"));
        }
        let quoted = text.replace('\n', "\\n\" +\n   \"");
        assert!(key_in_text(quoted.as_bytes()).is_some());
    }
}
