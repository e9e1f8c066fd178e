//! Checks of structure that a pattern cannot make: checksums, encodings, what a key is. A rule names one.

mod accounts;
mod encoded;
mod keys;
mod stores;
mod tokens;

use plimsoll_model::{Confidence, Severity};

/// What a pattern matched, before anybody believes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// The secret. For a rule about whole files: all that is at hand of the file.
    pub(super) secret: &'a [u8],
    /// All that matched.
    pub(super) matched: &'a [u8],
    /// What surrounds it, as far as the rule looks.
    pub(super) around: &'a [u8],
    /// Path of the file.
    pub(super) path: &'a str,
}

/// What a check adds to what its rule says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Verdict {
    /// Stands in brackets behind the title.
    pub(super) note: Option<&'static str>,
    /// Not worse than this.
    pub(super) at_most: Option<Severity>,
    /// Not surer than this.
    pub(super) no_surer: Option<Confidence>,
}

impl Verdict {
    const YES: Option<Self> = Some(Self { note: None, at_most: None, no_surer: None });

    fn noted(note: &'static str) -> Option<Self> {
        Some(Self { note: Some(note), ..Self::default() })
    }

    /// A key that a passphrase protects.
    fn encrypted() -> Option<Self> {
        Some(Self { note: Some("encrypted"), at_most: Some(Severity::Medium), no_surer: None })
    }

    fn if_true(is: bool) -> Option<Self> {
        if is { Self::YES } else { None }
    }
}

type Check = fn(&Candidate<'_>) -> Option<Verdict>;

/// A named check. `None` as its answer: the candidate is no secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validator {
    check: Check,
}

/// In the order of their names.
const ALL: &[(&str, Check)] = &[
    ("age-key", keys::age),
    ("aws-access-key", tokens::aws_access_key),
    ("base64", encoded::base64_any),
    ("base64-json", encoded::base64_json),
    ("base64-pem", encoded::base64_pem),
    ("docker-auth", encoded::docker_auth),
    ("gcp-service-account", encoded::gcp_service_account),
    ("github-crc32", tokens::crc32),
    ("github-pat", tokens::github_pat),
    ("google-api", tokens::google_api),
    ("htpasswd", accounts::htpasswd),
    ("jks", stores::jks),
    ("jwt", encoded::jwt),
    ("keychain", stores::keychain),
    ("luhn", tokens::luhn),
    ("mixed", tokens::mixed),
    ("npm-crc32", tokens::crc32),
    ("openssh-key", keys::openssh),
    ("password", accounts::password),
    ("pem", keys::pem),
    ("pgp", keys::pem),
    ("pkcs12", stores::pkcs12),
    ("putty", keys::putty),
    ("pypi", encoded::pypi),
    ("shadow-hash", accounts::shadow),
    ("slack", tokens::slack),
    ("url-password", accounts::url_password),
    ("uuid", tokens::uuid),
    ("wireguard-key", keys::wireguard),
];

impl Validator {
    /// The check of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(known, _)| *known == name).map(|&(_, check)| Self { check })
    }

    /// All names, for messages.
    pub(super) fn names() -> String {
        ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn check(self, candidate: &Candidate<'_>) -> Option<Verdict> {
        (self.check)(candidate)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_in_order_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, text in "[ -~\n]{0,200}") {
            for secret in [&bytes[..], text.as_bytes()] {
                let candidate = Candidate { secret, matched: secret, around: secret, path: "x" };
                for (name, _) in ALL {
                    let _ = Validator::named(name).unwrap().check(&candidate);
                }
            }
        }
    }
}
