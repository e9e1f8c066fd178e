//! Values that are an encoding of something else: what it is tells whether they are secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem;
use serde_json::Value;

use super::{
    Candidate, Verdict,
    keys::{LENIENT, key_in_text},
};
use crate::secrets::{entropy::distinct, placeholder::is_no_password};

/// Largest value that is decoded.
const MAX_ENCODED: usize = 64 << 10;

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_ENCODED {
        return None;
    }
    let text = text.trim_ascii();
    if text.iter().any(|b| matches!(b, b'-' | b'_')) {
        let end = text.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
        return URL_SAFE_NO_PAD.decode(&text[..end]).ok();
    }
    LENIENT.decode(text).ok()
}

/// Base64 of something that is not uniform.
pub(super) fn base64_any(candidate: &Candidate<'_>) -> Option<Verdict> {
    Verdict::if_true(decode(candidate.secret).is_some_and(|bytes| distinct(&bytes) > 4))
}

/// Base64 of a JSON object.
pub(super) fn base64_json(candidate: &Candidate<'_>) -> Option<Verdict> {
    let bytes = decode(candidate.secret)?;
    Verdict::if_true(serde_json::from_slice::<Value>(&bytes).is_ok_and(|value| value.is_object()))
}

/// Base64 of an armoured private key.
pub(super) fn base64_pem(candidate: &Candidate<'_>) -> Option<Verdict> {
    key_in_text(&decode(candidate.secret)?)
}

/// Base64 of `user:password`.
pub(super) fn docker_auth(candidate: &Candidate<'_>) -> Option<Verdict> {
    let bytes = decode(candidate.secret)?;
    let at = bytes.iter().position(|&b| b == b':')?;
    let (user, password) = (&bytes[..at], &bytes[at + 1..]);
    let printable = bytes.iter().all(|b| (0x20..0x7f).contains(b));
    Verdict::if_true(printable && !user.is_empty() && !is_no_password(password))
}

/// Header and claims are JSON objects. One without a signature opens nothing that checks signatures.
pub(super) fn jwt(candidate: &Candidate<'_>) -> Option<Verdict> {
    let mut parts = candidate.secret.split(|&b| b == b'.');
    let (header, claims, signature) =
        (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    let object = |part: &[u8]| -> Option<serde_json::Map<String, Value>> {
        match serde_json::from_slice(&decode(part)?).ok()? {
            Value::Object(map) => Some(map),
            _ => None,
        }
    };
    let header = object(header)?;
    let algorithm = header.get("alg")?.as_str()?;
    if header.contains_key("enc") {
        return Verdict::if_true(!signature.is_empty());
    }
    let claims = object(claims)?;
    // The token that jwt.io shows, which half of all documentation copies.
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("sub") == "1234567890" || text("name") == "John Doe" {
        return None;
    }
    if algorithm.eq_ignore_ascii_case("none") {
        return Verdict::noted("unsigned: alg none");
    }
    Verdict::if_true(signature.len() >= 20 && distinct(signature) > 8)
}

/// Both what says whose it is and the key itself, in one object.
pub(super) fn gcp_service_account(candidate: &Candidate<'_>) -> Option<Verdict> {
    let holds = |text: &[u8]| memmem::find(candidate.around, text).is_some();
    if !(holds(b"private_key") && (holds(b"client_email") || holds(b"service_account"))) {
        return None;
    }
    let at = memmem::find(candidate.around, b"-----BEGIN")?;
    key_in_text(&candidate.around[at..]).map(|_| Verdict::default())
}

/// A macaroon of version 2 whose location is the package index.
pub(super) fn pypi(candidate: &Candidate<'_>) -> Option<Verdict> {
    let body = candidate.secret.strip_prefix(b"pypi-")?;
    // The last characters may not fill a byte: the pattern may have cut.
    let whole = &body[..body.len() - usize::from(body.len() % 4 == 1)];
    let bytes = decode(whole).or_else(|| decode(&whole[..whole.len() / 4 * 4]))?;
    Verdict::if_true(
        bytes.starts_with(b"\x02\x01")
            && memmem::find(&bytes[..bytes.len().min(40)], b"pypi.org").is_some(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::examples::expand;

    fn check(check: super::super::Check, template: &str) -> Option<Verdict> {
        let text = expand(template, "encoded").unwrap();
        check(&Candidate { secret: &text, matched: &text, around: &text, path: "" })
    }

    #[test]
    fn what_is_inside_decides() {
        assert!(check(jwt, "{{jwt}}").is_some());
        assert_eq!(
            check(jwt, "{{base64urlof:{\"alg\":\"none\"}}}.{{base64urlof:{\"a\":1}}}.")
                .unwrap()
                .note,
            Some("unsigned: alg none")
        );
        assert!(check(jwt, "{{alnum:20}}.{{alnum:20}}.{{alnum:20}}").is_none());
        assert!(check(docker_auth, "{{base64of:bob:{{alnum:14}}}}").is_some());
        assert!(check(docker_auth, "{{base64of:bob:password}}").is_none());
        assert!(check(docker_auth, "{{base64of:nothing}}").is_none());
        assert!(check(base64_pem, "{{base64of:{{pem:RSA PRIVATE KEY}}}}").is_some());
        assert!(check(base64_pem, "{{base64of:{{pem:CERTIFICATE}}}}").is_none());
        assert!(check(base64_json, "{{base64of:{\"auths\":{}}}}").is_some());
        assert!(check(pypi, "{{pypi}}").is_some());
        assert!(check(pypi, "pypi-{{base64url:80}}").is_none());
        let account = r#"{"client_email": "a@b", "private_key": "{{pem:PRIVATE KEY}}"}"#;
        assert!(check(gcp_service_account, account).is_some());
        assert!(check(gcp_service_account, r#"{"private_key": "x"}"#).is_none());
    }
}
