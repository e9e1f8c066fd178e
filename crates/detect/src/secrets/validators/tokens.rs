//! Tokens of vendors whose form says more than an alphabet.

use super::{Candidate, Verdict};
use crate::secrets::{
    checksum::base62_crc32,
    entropy::{distinct, entropy},
};

/// Least entropy of 16 random characters of base 32: fewer than one in ten thousand lie below.
const LEAST_OF_16: f64 = 2.6;

/// Four letters that say what it is, sixteen of base 32 (IAM user guide, "IAM identifiers").
pub(super) fn aws_access_key(candidate: &Candidate<'_>) -> Option<Verdict> {
    let body = candidate.secret.get(4..)?;
    let is_base32 = body.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'2'..=b'7'));
    Verdict::if_true(body.len() == 16 && is_base32 && entropy(body) >= LEAST_OF_16)
}

/// `PREFIX_` and 36 characters, the last six of which are the checksum of the others.
pub(super) fn crc32(candidate: &Candidate<'_>) -> Option<Verdict> {
    let at = candidate.secret.iter().position(|&b| b == b'_')?;
    let body = &candidate.secret[at + 1..];
    if body.len() != 36 {
        // Newer installation tokens of GitHub are longer and have another end.
        return Verdict::if_true(body.len() > 36 && distinct(body) > 12);
    }
    let (body, sum) = body.split_at(30);
    Verdict::if_true(base62_crc32(body).as_bytes() == sum)
}

/// `github_pat_`, 22 characters, `_`, 59 characters.
pub(super) fn github_pat(candidate: &Candidate<'_>) -> Option<Verdict> {
    let body = candidate.secret.strip_prefix(b"github_pat_")?;
    let (id, key) = (body.get(..22)?, body.get(23..)?);
    let plain = |part: &[u8]| part.iter().all(u8::is_ascii_alphanumeric);
    Verdict::if_true(
        body.get(22) == Some(&b'_')
            && key.len() == 59
            && plain(id)
            && plain(key)
            && distinct(key) > 20,
    )
}

/// `AIza` and 35 characters.
pub(super) fn google_api(candidate: &Candidate<'_>) -> Option<Verdict> {
    let body = candidate.secret.strip_prefix(b"AIza")?;
    Verdict::if_true(body.len() == 35 && distinct(body) >= 15 && mixes(body))
}

/// `xoxb-` and the like: groups of digits that name team and user, then a random one.
pub(super) fn slack(candidate: &Candidate<'_>) -> Option<Verdict> {
    let last = candidate.secret.rsplit(|&b| b == b'-').next()?;
    Verdict::if_true(candidate.secret.iter().any(u8::is_ascii_digit) && distinct(last) >= 8)
}

/// Digits whose last is the check digit of the others (ISO/IEC 7812-1).
pub(super) fn luhn(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits: Vec<u32> = candidate
        .secret
        .iter()
        .filter(|b| !matches!(b, b' ' | b'-'))
        .map(|b| char::from(*b).to_digit(10))
        .collect::<Option<_>>()?;
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match at % 2 {
            1 if digit > 4 => digit * 2 - 9,
            1 => digit * 2,
            _ => digit,
        })
        .sum();
    Verdict::if_true(digits.len() > 1 && sum.is_multiple_of(10) && distinct(candidate.secret) > 3)
}

/// A UUID that is not nil, and whose version and variant exist (RFC 9562).
pub(super) fn uuid(candidate: &Candidate<'_>) -> Option<Verdict> {
    let text = candidate.secret;
    let dashes = [8, 13, 18, 23].iter().all(|&at| text.get(at) == Some(&b'-'));
    let hex = text.iter().filter(|b| b.is_ascii_hexdigit()).count() == 32;
    let version = matches!(text.get(14), Some(b'1'..=b'8'));
    let variant = matches!(text.get(19), Some(b'8' | b'9' | b'a' | b'b' | b'A' | b'B'));
    Verdict::if_true(text.len() == 36 && dashes && hex && version && variant && distinct(text) > 6)
}

/// Letters and digits.
pub(super) fn mixed(candidate: &Candidate<'_>) -> Option<Verdict> {
    Verdict::if_true(mixes(candidate.secret))
}

fn mixes(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(check: fn(&Candidate<'_>) -> Option<Verdict>, text: &str) -> bool {
        let secret = text.as_bytes();
        check(&Candidate { secret, matched: secret, around: secret, path: "" }).is_some()
    }

    #[test]
    fn checksums() {
        let body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5";
        let right = format!("ghx_{body}{}", base62_crc32(body.as_bytes()));
        assert!(is(crc32, &right));
        assert!(!is(crc32, &right.replace("a1B2", "a1B3")));
        assert!(!is(crc32, "ghx_short"));
        assert!(is(luhn, "79927398713") && !is(luhn, "79927398710"));
    }

    #[test]
    fn shapes() {
        assert!(is(uuid, "0f8fad5b-d9cb-469f-a165-70867728950e"));
        assert!(!is(uuid, "00000000-0000-0000-0000-000000000000"));
        assert!(!is(uuid, "0f8fad5b-d9cb-969f-a165-70867728950e"));
        assert!(
            is(aws_access_key, "ABCDQ3EGRHVJ7KLMXPTU")
                && !is(aws_access_key, "ABCDAAAAAAAAAAAAAAAA")
        );
    }
}
