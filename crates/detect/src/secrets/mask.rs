//! Shows that a secret is there without giving it away.
//!
//! A masked value keeps at most four characters at either end and never more than a third of the whole; the
//! fingerprint is the first 128 bits of a SHA-256 over a fixed text and the value. It is the same in every file,
//! image and installation, so that one secret is recognised wherever it turns up and an allow-list can name it. Like
//! any digest it can be tried against guesses: who holds it can confirm a weak password, not read a strong key.

use std::fmt::Write as _;

use plimsoll_model::CappedText;
use sha2::{Digest as _, Sha256};

/// Part of every fingerprint; changed, all entries of allow-lists by fingerprint would be void.
const SALT: &[u8] = b"plimsoll secret fingerprint 1\0";

/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 16;

/// Longest excerpt, in bytes of the file.
pub(super) const MAX_EXCERPT: usize = 120;

/// Bytes of the line that are shown before the secret.
const BEFORE: usize = 60;

/// Bytes of the line that are shown behind it.
const AFTER: usize = 24;

/// What else of the line looks like a token is masked too, from this length on.
const TOKEN: usize = 16;

/// Tells a secret from others.
#[must_use]
pub fn fingerprint(secret: &[u8]) -> String {
    let digest = Sha256::new().chain_update(SALT).chain_update(secret).finalize();
    digest.iter().take(FINGERPRINT_BYTES).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The secret with its middle left out, and its length.
#[must_use]
pub fn mask(secret: &[u8]) -> String {
    let length = secret.len();
    if secret.starts_with(b"-----BEGIN ") {
        let first = secret.split(|&b| b == b'\n' || b == b'\\').next().unwrap_or_default();
        let label = &first[..first.len().min(60)];
        let label = label.iter().rposition(|&b| b == b'-').map_or(&b""[..], |end| &label[..=end]);
        return format!("{}… ({length} characters)", CappedText(label, 60));
    }
    let shown = match length {
        0..12 => 0,
        12..20 => 2,
        20..32 => 3,
        _ => 4,
    };
    let (first, last) = (&secret[..shown], &secret[length - shown..]);
    format!("{}****{} ({length} characters)", CappedText(first, shown), CappedText(last, shown))
}

/// The part of a line around the secret `at`, with everything in `hidden` left out. `line` is the span of the line;
/// the spans of `hidden` are in order.
pub(super) fn excerpt(
    bytes: &[u8],
    line: (usize, usize),
    at: (usize, usize),
    hidden: &[(usize, usize)],
) -> String {
    let start = line.0.max(at.0.saturating_sub(BEFORE)).min(at.0);
    let end = line.1.min(at.1.saturating_add(AFTER)).max(at.1);
    let mut out = String::new();
    let mut done = start;
    let plain = |from: usize, to: usize, out: &mut String| {
        let piece = bytes.get(from..to).unwrap_or_default();
        let _ = write!(out, "{}", CappedText(&without_tokens(piece), MAX_EXCERPT));
    };
    // A secret that began before what is shown, or ends behind it, is shown by no part of itself.
    for &(from, to) in hidden.iter().filter(|span| span.1 > start && span.0 < end) {
        if from < done && to <= done {
            continue;
        }
        if from > done {
            plain(done, from, &mut out);
        }
        if (from, to) == at {
            out.push_str(&mask(&bytes[from..to]));
        } else {
            out.push_str("****");
        }
        done = to.max(done);
    }
    if done < end {
        plain(done, end, &mut out);
    }
    out.trim().to_owned()
}

/// A second secret of the same line may be one that no rule knows.
fn without_tokens(piece: &[u8]) -> Vec<u8> {
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-');
    let mut out = Vec::with_capacity(piece.len());
    for run in piece.chunk_by(|a, b| is_token(a) == is_token(b)) {
        let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
        if is_token(&run[0]) && run.len() >= TOKEN && digits >= 2 {
            out.extend_from_slice(b"****");
        } else {
            out.extend_from_slice(run);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token_is_masked_too() {
        assert_eq!(
            without_tokens(b"id=0a1b2c3d4e5f6a7b8c9d name=some_long_variable_name"),
            b"id=**** name=some_long_variable_name"
        );
    }

    #[test]
    fn ends_only_and_never_most_of_it() {
        assert_eq!(mask(b"hunter2"), "**** (7 characters)");
        assert_eq!(mask(b"hunter2hunter2"), "hu****r2 (14 characters)");
        assert_eq!(mask(&[b'x'; 40]), "xxxx****xxxx (40 characters)");
        for length in 0..200 {
            let shown = mask(&vec![b'#'; length]).matches('#').count();
            assert!(shown * 3 <= length, "{length}: {shown}");
        }
    }

    #[test]
    fn a_fingerprint_is_of_the_value_alone() {
        assert_eq!(fingerprint(b"a"), fingerprint(b"a"));
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
        assert_eq!(fingerprint(b"a").len(), 32);
    }

    #[test]
    fn an_excerpt_shows_no_other_secret_of_the_line() {
        let text = b"id=FIRSTFIRST key=SECONDSECOND end";
        let hidden = [(3, 13), (18, 30)];
        let shown = excerpt(text, (0, text.len()), (18, 30), &hidden);
        assert_eq!(shown, "id=**** key=SE****ND (12 characters) end");
        let long = [vec![b'a'; 1 << 20], b"k=SECONDSECOND".to_vec(), vec![b'b'; 1 << 20]].concat();
        let at = ((1 << 20) + 2, (1 << 20) + 14);
        let shown = excerpt(&long, (0, long.len()), at, &[at]);
        assert!(shown.len() <= MAX_EXCERPT + 40, "{}", shown.len());
    }
}
