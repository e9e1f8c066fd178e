//! Passwords, and hashes of passwords in account files.

use super::{Candidate, Verdict};
use crate::secrets::{entropy::distinct, placeholder::is_no_password};

/// Prefixes of hashes that `crypt(5)` knows.
const CRYPT: &[&[u8]] = &[
    b"$1$", b"$5$", b"$6$", b"$y$", b"$gy$", b"$7$", b"$2a$", b"$2b$", b"$2x$", b"$2y$", b"$sha1$",
    b"$md5", b"$argon2", b"$apr1$",
];

fn is_hash(field: &[u8]) -> bool {
    // `!` or `*` in front: the account is locked, the hash is still there to be cracked.
    let field = field.strip_prefix(b"!").unwrap_or(field);
    let field = field.strip_prefix(b"!").unwrap_or(field);
    let known = CRYPT.iter().any(|prefix| field.starts_with(prefix));
    let body = field.rsplit(|&b| b == b'$').next().unwrap_or_default();
    let is_salted = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/');
    let des = field.len() == 13 && field.iter().all(is_salted);
    (known && body.len() >= 20 && distinct(body) > 8) || (des && distinct(field) > 6)
}

/// A line of `shadow`, or its second field.
pub(super) fn shadow(candidate: &Candidate<'_>) -> Option<Verdict> {
    let secret = candidate.secret;
    let field = if secret.contains(&b':') { secret.split(|&b| b == b':').nth(1)? } else { secret };
    Verdict::if_true(is_hash(field))
}

/// A line of `htpasswd`, or its second field.
pub(super) fn htpasswd(candidate: &Candidate<'_>) -> Option<Verdict> {
    let secret = candidate.secret;
    let field =
        if secret.contains(&b':') { secret.splitn(2, |&b| b == b':').nth(1)? } else { secret };
    let sha = |prefix: &[u8]| {
        field.strip_prefix(prefix).is_some_and(|body| body.len() >= 28 && distinct(body) > 8)
    };
    Verdict::if_true(is_hash(field) || sha(b"{SHA}") || sha(b"{SSHA}"))
}

/// A value that is no placeholder, variable or expression.
pub(super) fn password(candidate: &Candidate<'_>) -> Option<Verdict> {
    Verdict::if_true(!is_no_password(candidate.secret))
}

/// The same, percent-encoded as in an address.
pub(super) fn url_password(candidate: &Candidate<'_>) -> Option<Verdict> {
    let mut plain = Vec::with_capacity(candidate.secret.len());
    let mut rest = candidate.secret;
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| std::str::from_utf8(tail.get(..2)?).ok()).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                rest = &tail[2..];
            }
            None => {
                plain.push(*first);
                rest = tail;
            }
        }
    }
    Verdict::if_true(!is_no_password(&plain) && !is_no_password(candidate.secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(check: super::super::Check, text: &str) -> bool {
        let secret = text.as_bytes();
        check(&Candidate { secret, matched: secret, around: secret, path: "" }).is_some()
    }

    #[test]
    fn hashes_and_locks() {
        let hash = "$6$saltsalt$Qh3kV9ZrT1xY7uWbN2mLpO5sDfGjKe8A.cX0vBz4R6tHiUqMwEyPlJ";
        assert!(is(shadow, &format!("root:{hash}:19000:0:99999:7:::")));
        assert!(is(shadow, &format!("root:!{hash}:19000:0:99999:7:::")));
        assert!(!is(shadow, "root:*:19000:0:99999:7:::"));
        assert!(!is(shadow, "root:!!:19000:0:99999:7:::"));
        assert!(is(htpasswd, "bob:$apr1$r31x9w2k$Hq4vX0nT8mZ1pLs6yBdKe."));
        assert!(is(htpasswd, "bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="));
        assert!(!is(htpasswd, "bob:plain"));
    }

    #[test]
    fn passwords_in_addresses() {
        assert!(is(url_password, "s3cr3t%21pw"));
        for text in ["password", "%24%7BPASS%7D", "${PASS}", "<password>"] {
            assert!(!is(url_password, text), "{text}");
        }
    }
}
