//! What a signature says, and whether it may be believed.
//!
//! The whole file is signed (minisign's prehashed form, so that `minisign -V` verifies it, too). Its trusted comment,
//! which the signature covers, repeats digest, schema, build time and size for people and for what reads a
//! signature without the file.

use std::{fs::File, io::Read, path::Path};

use jiff::Timestamp;
use minisign_verify::{Error, Signature, StreamVerifier};
use plimsoll_model::Digest;
use plimsoll_vulndb::VulnDb;

use crate::{DistributionError, MAX_SIGNATURE_BYTES, MAX_SIGNATURES, SigningKey, TrustedKeys};

/// First word of our trusted comments.
const COMMENT: &str = "plimsoll-db";

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// What is demanded of a database before it may replace another.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys that may have signed it.
    pub keys: TrustedKeys,
    /// Where the user may put keys, for messages.
    pub place: String,
    /// Take it without a signature, and without a key. A signature that is there and wrong is refused even so, if
    /// a key is configured.
    pub allow_unsigned: bool,
    /// Take it although it is older than the one in use.
    pub allow_older: bool,
}

/// What a trusted comment says about the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Schema version.
    pub schema: u32,
    /// Build time.
    pub built: Timestamp,
    /// Digest of the content.
    pub digest: Digest,
    /// Bytes of the file.
    pub size: u64,
}

impl Claim {
    /// What is true of an opened database.
    #[must_use]
    pub fn of(db: &VulnDb) -> Self {
        let info = db.info();
        Self { schema: info.schema, built: info.built, digest: info.digest, size: db.size() }
    }

    /// As a trusted comment.
    #[must_use]
    pub fn to_comment(&self) -> String {
        let Self { schema, built, digest, size } = self;
        format!("{COMMENT} schema={schema} built={built} digest={digest} size={size}")
    }

    /// Reads a trusted comment; `None` for one that is not ours.
    #[must_use]
    pub fn from_comment(comment: &str) -> Option<Self> {
        let rest = comment.strip_prefix(COMMENT)?;
        let field = |name: &str| {
            let mut fields = rest.split(' ').filter_map(|field| field.split_once('='));
            fields.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        Some(Self {
            schema: field("schema")?.parse().ok()?,
            built: field("built")?.parse().ok()?,
            digest: field("digest")?.parse().ok()?,
            size: field("size")?.parse().ok()?,
        })
    }
}

/// Signs a database with each key; the texts of the signature files.
pub(crate) fn sign(path: &Path, keys: &[SigningKey]) -> Result<Vec<String>, DistributionError> {
    let db = VulnDb::open(path)?;
    db.verify()?;
    let comment = Claim::of(&db).to_comment();
    let mut signatures = Vec::new();
    for key in keys {
        let file = File::open(path).map_err(DistributionError::io(path))?;
        signatures.push(key.sign(file, &comment)?);
    }
    Ok(signatures)
}

/// Several signature files written below each other, each on its own.
#[must_use]
pub fn split_signatures(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.chunks(4).take(MAX_SIGNATURES).map(|lines| lines.join("\n") + "\n").collect()
}

impl Trust {
    /// Whether a source may be asked at all: without a key nothing that it sends could be verified.
    ///
    /// # Errors
    /// Where no key is configured and unsigned databases are not allowed.
    pub fn check_keys(&self) -> Result<(), DistributionError> {
        if self.keys.is_empty() && !self.allow_unsigned {
            return Err(DistributionError::NoKey { place: self.place.clone() });
        }
        Ok(())
    }

    /// Whether one of the signatures is by a trusted key, before the file itself is fetched.
    pub(crate) fn check_signers(&self, signatures: &[String]) -> Result<(), DistributionError> {
        self.check_keys()?;
        if self.keys.is_empty() {
            return Ok(());
        }
        let decoded = decode(signatures);
        if decoded.is_empty() {
            return if self.allow_unsigned { Ok(()) } else { Err(DistributionError::Unsigned) };
        }
        if self.candidates(&decoded)?.is_empty() {
            return Err(DistributionError::UnknownKey { keys: self.keys.len() });
        }
        Ok(())
    }

    /// Pairs of signature and key that belong together.
    fn candidates<'a>(
        &'a self,
        signatures: &'a [Signature],
    ) -> Result<Vec<(StreamVerifier<'a>, &'a Signature)>, DistributionError> {
        let mut out = Vec::new();
        for signature in signatures {
            for key in &self.keys.keys {
                match key.verify_stream(signature) {
                    Ok(verifier) => out.push((verifier, signature)),
                    Err(Error::UnexpectedKeyId) => {}
                    Err(_) => return Err(DistributionError::BadSignature),
                }
            }
        }
        Ok(out)
    }

    /// Whether a file may be put into use in the place of `current`. All of it is read. Says whose signature
    /// was believed; `None` for a database that is taken unsigned.
    pub(crate) fn judge(
        &self,
        path: &Path,
        signatures: &[String],
        current: Option<Timestamp>,
    ) -> Result<Option<Claim>, DistributionError> {
        self.check_signers(signatures)?;
        let db = VulnDb::open(path)?;
        let found = Claim::of(&db);
        if let Some(current) = current.filter(|current| found.built < *current && !self.allow_older)
        {
            return Err(DistributionError::Older { offered: found.built, current });
        }
        let decoded = decode(signatures);
        let mut candidates = self.candidates(&decoded)?;
        if candidates.is_empty() {
            return Ok(None);
        }
        let mut file = File::open(path).map_err(DistributionError::io(path))?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let got = file.read(&mut chunk).map_err(DistributionError::io(path))?;
            if got == 0 {
                break;
            }
            let bytes = chunk.get(..got).unwrap_or_default();
            candidates.iter_mut().for_each(|(verifier, _)| verifier.update(bytes));
        }
        let good = candidates.into_iter().find_map(|(mut verifier, signature)| {
            verifier.finalize().is_ok().then(|| signature.trusted_comment())
        });
        let Some(comment) = good else { return Err(DistributionError::BadSignature) };
        // The bytes are signed, whatever the comment says; one that contradicts them was made for others.
        match Claim::from_comment(comment) {
            Some(claim) if claim != found => Err(DistributionError::OtherClaim(claim.to_comment())),
            _ => Ok(Some(found)),
        }
    }
}

fn decode(signatures: &[String]) -> Vec<Signature> {
    signatures
        .iter()
        .take(MAX_SIGNATURES)
        .filter(|text| text.len() as u64 <= MAX_SIGNATURE_BYTES)
        .filter_map(|text| Signature::decode(text).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_comment_says_what_is_signed() {
        let claim = Claim {
            schema: 1,
            built: "2026-11-23T04:05:06Z".parse().unwrap(),
            digest: Digest::from_bytes([7; 32]),
            size: 12,
        };
        let text = claim.to_comment();
        assert_eq!(
            text,
            format!(
                "plimsoll-db schema=1 built=2026-11-23T04:05:06Z digest=sha256:{} size=12",
                "07".repeat(32)
            )
        );
        assert_eq!(Claim::from_comment(&text), Some(claim));
        for other in ["", "timestamp:1633700835\tfile:x", "plimsoll-db", "plimsoll-db schema=x"] {
            assert_eq!(Claim::from_comment(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text: String) {
            let _ = Claim::from_comment(&text);
            let _ = decode(&split_signatures(&text));
        }
    }
}
