//! Fills in the templates of a rule's examples. Rules hold no credential, not even an invented one: other scanners
//! would fire at our sources. What a template stands for has the right form and checksum, and is the same each time.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use super::{checksum::base62_crc32, load::hex};

/// Longest text that one template may become.
const MAX_LENGTH: usize = 65_536;

/// Deepest nesting of templates.
const MAX_DEPTH: usize = 8;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGIT: &[u8] = b"0123456789";

/// The text that `template` stands for. The same `seed` always gives the same text.
///
/// # Errors
/// A template that is not known or not closed.
pub fn expand(template: &str, seed: &str) -> Result<Vec<u8>, String> {
    expand_with(template, &mut Random::new(seed), 0)
}

fn expand_with(template: &str, random: &mut Random, depth: usize) -> Result<Vec<u8>, String> {
    if depth > MAX_DEPTH {
        return Err("templates are nested too deeply".to_owned());
    }
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + 2..];
        // `{{ var }}`, `{{.Values.x}}`, `{{{` and the like are what examples of placeholders hold.
        let named = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '=');
        let end = named.then(|| closing(after)).flatten();
        let Some(end) = end else {
            if named {
                return Err(format!(
                    "`{{{{{}` is not closed",
                    after.chars().take(20).collect::<String>()
                ));
            }
            out.extend_from_slice(b"{{");
            rest = after;
            continue;
        };
        let inside = &after[..end];
        match inside.strip_prefix("bytes:") {
            Some(digits) => {
                out.extend(hex(digits).ok_or_else(|| format!("`{inside}` is not hexadecimal"))?);
            }
            None => out.extend(fill(inside, random, depth)?.into_bytes()),
        }
        rest = &after[end + 2..];
        if out.len() > MAX_LENGTH {
            return Err("too long".to_owned());
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// Where the `}}` lies that closes a template, other braces inside it balanced.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open: Vec<usize> = vec![2];
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' => {
                let width = 1 + usize::from(bytes.get(at + 1) == Some(&b'{'));
                open.push(width);
                at += width;
            }
            b'}' => {
                let width = *open.last()?;
                if width == 2 && bytes.get(at + 1) != Some(&b'}') {
                    return None;
                }
                open.pop();
                if open.is_empty() {
                    return Some(at);
                }
                at += width;
            }
            _ => at += 1,
        }
    }
    None
}

fn fill(what: &str, random: &mut Random, depth: usize) -> Result<String, String> {
    if let Some(literal) = what.strip_prefix('=') {
        return Ok(literal.to_owned());
    }
    let (name, argument) = what.split_once(':').unwrap_or((what, ""));
    let sets: &[&[u8]] = match name {
        "hex" => &[DIGIT, b"abcdef"],
        "HEX" => &[DIGIT, b"ABCDEF"],
        "digit" => &[DIGIT],
        "lower" => &[LOWER],
        "upper" => &[UPPER],
        "alpha" => &[LOWER, UPPER],
        "alnum" => &[LOWER, UPPER, DIGIT],
        "loweralnum" => &[LOWER, DIGIT],
        "upperalnum" => &[UPPER, DIGIT],
        "base32" => &[UPPER, b"234567"],
        "base64" => &[LOWER, UPPER, DIGIT, b"+/"],
        "base64url" => &[LOWER, UPPER, DIGIT, b"-_"],
        "print" => &[LOWER, UPPER, DIGIT, b"!#%&*+,-.:;=?@^_~"],
        _ => return special(name, argument, random, depth),
    };
    let length: usize =
        argument.parse().map_err(|_| format!("`{what}`: no length behind the colon"))?;
    if length == 0 || length > MAX_LENGTH {
        return Err(format!("`{what}`: not a length that is possible"));
    }
    Ok(random.text(sets, length))
}

fn special(
    name: &str,
    argument: &str,
    random: &mut Random,
    depth: usize,
) -> Result<String, String> {
    Ok(match (name, argument) {
        ("uuid", "") => {
            let mut hex = random.text(&[DIGIT, b"abcdef"], 32);
            hex.replace_range(12..13, "4");
            hex.replace_range(16..17, "a");
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            parts.join("-")
        }
        ("github", prefix) if !prefix.is_empty() => checked(prefix, random),
        ("npm", "") => checked("npm", random),
        ("jwt", "") => {
            let subject = random.text(&[LOWER, DIGIT], 12);
            let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
            let claims = format!(r#"{{"sub":"{subject}","iat":1700000000}}"#);
            let signature = URL_SAFE_NO_PAD.encode(random.bytes(32));
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims))
        }
        ("pem", label) if !label.is_empty() => pem(label, random),
        ("pem-encrypted", label) if !label.is_empty() => {
            let salt = random.text(&[DIGIT, b"ABCDEF"], 32);
            let headers = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{salt}\n\n");
            armour(label, &headers, &STANDARD.encode(random.bytes(608)))
        }
        ("openssh", "") => openssh("none", random),
        ("openssh-encrypted", "") => openssh("aes256-ctr", random),
        ("base64of", text) => STANDARD.encode(expand_with(text, random, depth + 1)?),
        ("base64urlof", text) => URL_SAFE_NO_PAD.encode(expand_with(text, random, depth + 1)?),
        ("base64bytes", length) => {
            let length: usize =
                length.parse().map_err(|_| format!("`{name}:{length}`: no length"))?;
            STANDARD.encode(random.bytes(length.min(MAX_LENGTH)))
        }
        ("pypi", "") => {
            let mut macaroon = b"\x02\x01\x08pypi.org".to_vec();
            macaroon.extend(random.bytes(110));
            format!("pypi-{}", URL_SAFE_NO_PAD.encode(macaroon))
        }
        _ => {
            let colon = if argument.is_empty() { "" } else { ":" };
            return Err(format!("there is no template `{name}{colon}{argument}`"));
        }
    })
}

/// 30 random characters and their checksum, as GitHub and npm make their tokens.
fn checked(prefix: &str, random: &mut Random) -> String {
    let body = random.text(&[LOWER, UPPER, DIGIT], 30);
    format!("{prefix}_{body}{}", base62_crc32(body.as_bytes()))
}

fn pem(label: &str, random: &mut Random) -> String {
    if label == "OPENSSH PRIVATE KEY" {
        return openssh("none", random);
    }
    let mut body = random.bytes(607);
    let mut headers = "";
    if label.starts_with("PGP") {
        headers = "\n";
        body[0] = 0x95;
    } else {
        // SEQUENCE with a length of two bytes, INTEGER 0: how keys in DER begin.
        body[..7].copy_from_slice(&[0x30, 0x82, 0x02, 0x5b, 0x02, 0x01, 0x00]);
    }
    let mut body = STANDARD.encode(body);
    if label.starts_with("PGP") {
        body.push_str("\n=");
        body.push_str(&STANDARD_NO_PAD.encode(random.bytes(3)));
    }
    armour(label, headers, &body)
}

fn openssh(cipher: &str, random: &mut Random) -> String {
    let mut key = b"openssh-key-v1\0".to_vec();
    let mut put = |field: &[u8]| {
        key.extend((field.len() as u32).to_be_bytes());
        key.extend(field);
    };
    put(cipher.as_bytes());
    if cipher == "none" {
        put(b"none");
        put(b"");
    } else {
        put(b"bcrypt");
        put(&random.bytes(24));
    }
    key.extend(1u32.to_be_bytes());
    for length in [51, 144] {
        let field = random.bytes(length);
        key.extend((field.len() as u32).to_be_bytes());
        key.extend(field);
    }
    armour("OPENSSH PRIVATE KEY", "", &STANDARD.encode(key))
}

fn armour(label: &str, headers: &str, body: &str) -> String {
    let dashes = "-".repeat(5);
    let mut out = format!("{dashes}BEGIN {label}{dashes}\n{headers}");
    for line in body.split('\n') {
        for part in line.as_bytes().chunks(64) {
            out.push_str(&String::from_utf8_lossy(part));
            out.push('\n');
        }
    }
    out.push_str(&format!("{dashes}END {label}{dashes}\n"));
    out
}

/// SplitMix64 (Steele, Lea, Flood 2014): short, and enough for texts that only have to look random.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that depend on `seed` alone.
    #[must_use]
    pub fn new(seed: &str) -> Self {
        // FNV-1a.
        let hash = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit.max(1) as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.number() as u8).collect()
    }

    /// Characters of the sets; where there is room, some of each set, as nearly all real ones have.
    fn text(&mut self, sets: &[&[u8]], length: usize) -> String {
        let all = sets.concat();
        for _ in 0..64 {
            let text: Vec<u8> = (0..length).map(|_| all[self.below(all.len())]).collect();
            let has = |set: &&[u8]| set.len() < 6 || text.iter().any(|byte| set.contains(byte));
            if length < 8 || sets.iter().all(has) {
                return String::from_utf8(text).unwrap_or_default();
            }
        }
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(template: &str) -> String {
        String::from_utf8(expand(template, "x").unwrap()).unwrap()
    }

    #[test]
    fn templates() {
        assert_eq!(text("a {{=AK}}{{=IA}} b"), "a AKIA b");
        assert_eq!(text("{{hex:12}}").len(), 12);
        assert_eq!(text("{{hex:12}}"), text("{{hex:12}}"));
        assert_ne!(text("{{hex:12}}"), text("{{hex:6}}{{hex:6}}x"));
        assert_eq!(text("{{ var }} {{.Values.x}} ${X}"), "{{ var }} {{.Values.x}} ${X}");
        assert_eq!(text("{{base64of:user:{{=pass}}}}"), "dXNlcjpwYXNz");
        assert_eq!(text(r#"{{base64of:{"a":{"b":1}}}}"#), STANDARD.encode(r#"{"a":{"b":1}}"#));
        assert_eq!(text("{{github:ghp}}").len(), 40);
        assert!(text("{{pem:RSA PRIVATE KEY}}").lines().count() > 10);
        assert_eq!(text("{{uuid}}").len(), 36);
        assert!(expand("{{nothing:3}}", "").is_err());
        assert!(expand("{{hex:x}}", "").is_err());
        assert!(expand("{{hex:3}", "").is_err());
    }
}
