//! Keys in the format of minisign (<https://jedisct1.github.io/minisign/>): which ones are trusted, and the ones that
//! sign.

use std::io::Read;

use base64::Engine as _;
use minisign::SecretKeyBox;
use minisign_verify::PublicKey;

use crate::DistributionError;

/// Largest key file.
pub const MAX_KEY_BYTES: u64 = 64 << 10;

/// Most keys that are trusted at once.
pub const MAX_KEYS: usize = 32;

/// Algorithms, salt, limits of the key derivation, key id, key, checksum.
const SECRET_KEY_BYTES: usize = 6 + 32 + 16 + 8 + 64 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 32;

/// The public keys that a database may be signed with: several, so that a key can be replaced.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys {
    pub(crate) keys: Vec<PublicKey>,
}

impl TrustedKeys {
    /// Reads keys: a file as minisign writes it, several of them below each other, or the bare texts divided by
    /// spaces, commas or line ends. Comments are skipped.
    ///
    /// # Errors
    /// Where anything else is there, or no key.
    pub fn parse(text: &str) -> Result<Self, DistributionError> {
        let bad = |what: &str| DistributionError::Key(what.to_owned());
        if text.len() as u64 > MAX_KEY_BYTES {
            return Err(bad("the text is too long"));
        }
        let lines = text.lines().map(str::trim);
        let lines =
            lines.filter(|line| !line.starts_with("untrusted comment:") && !line.starts_with('#'));
        let words = lines
            .flat_map(|line| line.split(|c: char| c.is_whitespace() || c == ','))
            .filter(|word| !word.is_empty());
        let mut keys = Vec::new();
        for word in words {
            let key = PublicKey::from_base64(word).map_err(|error| {
                let shown = plimsoll_model::CappedText(word.as_bytes(), 60);
                DistributionError::Key(format!("`{shown}`: {error}"))
            })?;
            if keys.len() >= MAX_KEYS {
                return Err(bad("too many keys"));
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Err(bad("there is none in the text"));
        }
        Ok(Self { keys })
    }

    /// Adds the keys of another set.
    pub fn extend(&mut self, other: Self) {
        for key in other.keys {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
    }

    /// Whether no key is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys are trusted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }
}

/// A new pair, as the two files of it.
#[derive(Clone)]
pub struct KeyPair {
    /// Text of the file that stays with whoever signs.
    pub secret: String,
    /// Text of the file that everybody gets.
    pub public: String,
}

/// Makes a key pair; the secret key is encrypted where a password is given.
///
/// # Errors
/// Where the machine gives no random numbers.
pub fn generate(password: Option<&str>) -> Result<KeyPair, DistributionError> {
    let failed = |error: minisign::PError| DistributionError::Key(error.to_string());
    let pair = match password {
        Some(password) => minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
        None => minisign::KeyPair::generate_unencrypted_keypair(),
    }
    .map_err(failed)?;
    let secret = pair.sk.to_box(Some("key that signs advisory databases; keep it secret"));
    let public = pair.pk.to_box().map_err(failed)?;
    Ok(KeyPair { secret: secret.map_err(failed)?.into_string(), public: public.into_string() })
}

/// A secret key, ready to sign.
pub struct SigningKey(minisign::SecretKey);

impl SigningKey {
    /// Reads the text of a secret key file, decrypting it where a password is given.
    ///
    /// # Errors
    /// Where it is none, or the password is missing or wrong.
    pub fn parse(text: &str, password: Option<&str>) -> Result<Self, DistributionError> {
        if text.len() as u64 > MAX_KEY_BYTES {
            return Err(DistributionError::Key("the text is too long".to_owned()));
        }
        let failed = |error: minisign::PError| DistributionError::Key(error.to_string());
        let boxed = || SecretKeyBox::from_string(text).map_err(failed);
        if let Some(key) = without_checksum(text) {
            return Ok(Self(key));
        }
        // Without a password minisign's own function would ask for one on the terminal.
        let key = match password {
            Some(password) => boxed()?
                .into_secret_key(Some(password.to_owned()))
                .or_else(|error| boxed()?.into_unencrypted_secret_key().map_err(|_| failed(error))),
            None => boxed()?.into_unencrypted_secret_key().map_err(failed),
        }?;
        Ok(Self(key))
    }

    /// Signs what `data` holds; the text of a signature file.
    pub(crate) fn sign(
        &self,
        data: impl Read,
        trusted_comment: &str,
    ) -> Result<String, DistributionError> {
        let comment = Some("signature of an advisory database");
        let signature = minisign::sign(None, &self.0, data, Some(trusted_comment), comment);
        Ok(signature.map_err(|error| DistributionError::Sign(error.to_string()))?.into_string())
    }
}

/// The program `minisign` (0.11, `minisign -G -W`) leaves the checksum of a key that it does not encrypt empty, which
/// the library takes for damage.
fn without_checksum(text: &str) -> Option<minisign::SecretKey> {
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(text.lines().nth(1)?.trim()).ok()?;
    let unencrypted = bytes.len() == SECRET_KEY_BYTES && bytes.get(2..4)? == [0, 0];
    let empty = bytes.get(SECRET_KEY_BYTES - CHECKSUM_BYTES..)?.iter().all(|byte| *byte == 0);
    if unencrypted && empty { minisign::SecretKey::from_bytes(&bytes).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_in_every_form() {
        let (a, b) = (generate(None).unwrap(), generate(None).unwrap());
        let bare = |pair: &KeyPair| pair.public.lines().nth(1).unwrap().to_owned();
        for text in [
            format!("{}{}", a.public, b.public),
            format!("{},{}", bare(&a), bare(&b)),
            format!("# ours\n{} {}\r\n\n{}\n", bare(&a), bare(&b), bare(&a)),
        ] {
            assert_eq!(TrustedKeys::parse(&text).unwrap().len(), 2, "{text}");
        }
        for bad in ["", "untrusted comment: x", "RWQ", &a.secret] {
            assert!(TrustedKeys::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_wanted_where_there_is_one() {
        let pair = generate(Some("so:ll")).unwrap();
        assert!(SigningKey::parse(&pair.secret, None).is_err());
        assert!(SigningKey::parse(&pair.secret, Some("wrong")).is_err());
        assert!(SigningKey::parse(&pair.secret, Some("so:ll")).is_ok());
        let open = generate(None).unwrap();
        assert!(SigningKey::parse(&open.secret, None).is_ok());
        assert!(SigningKey::parse(&open.secret, Some("not needed")).is_ok());
        assert!(SigningKey::parse(&open.public, None).is_err());
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text: String) {
            let _ = TrustedKeys::parse(&text);
            let _ = SigningKey::parse(&text, None);
        }
    }
}
