//! Tries common passwords against the hashes of accounts, with a bound on the work.

mod md5_crypt;

use sha_crypt::{PasswordVerifier, ShaCrypt};
use yescrypt::Yescrypt;

/// Tried first to last; the account's own name goes before them. The words that lists of leaked and of default
/// passwords have in common.
pub const COMMON: &[&str] = &[
    "root",
    "password",
    "123456",
    "admin",
    "toor",
    "changeme",
    "test",
    "12345678",
    "qwerty",
    "passw0rd",
    "docker",
    "1234",
    "letmein",
    "default",
    "secret",
    "guest",
    "user",
    "admin123",
    "root123",
    "P@ssw0rd",
    "123456789",
    "welcome",
    "password1",
    "12345",
    "111111",
    "abc123",
    "alpine",
    "debian",
    "ubuntu",
    "centos",
    "vagrant",
    "raspberry",
    "oracle",
    "mysql",
    "postgres",
    "test123",
    "pass",
    "000000",
    "123123",
    "1q2w3e4r",
];

/// The cost of one try in microseconds, as measured on one core of a server of 2023, roughly.
mod cost {
    pub(super) const MD5: u64 = 400;
    /// A thousand rounds.
    pub(super) const SHA: u64 = 500;
    /// At cost 4.
    pub(super) const BCRYPT: u64 = 1_000;
    /// A mebibyte of memory.
    pub(super) const YESCRYPT: u64 = 1_500;
    /// What nobody pays for: a hash that claims a cost like this is not tried.
    pub(super) const MOST: u64 = 200_000;
}

/// How a hash was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// Traditional DES, 13 characters.
    Des,
    /// BSDi's extended DES, `_…`.
    BsdiDes,
    /// `$1$`.
    Md5,
    /// `$3$`, NT hashes.
    Nt,
    /// `$5$`.
    Sha256,
    /// `$6$`.
    Sha512,
    /// `$2a$`, `$2b$`, `$2y$`.
    Bcrypt,
    /// `$y$`.
    Yescrypt,
    /// `$7$`, scrypt; `$gy$`, `$sha1$` and others.
    Other,
}

impl Scheme {
    /// The scheme of a hash; `None` where the field locks the password (`!`, `*`, `x`) or is empty.
    #[must_use]
    pub fn of(hash: &str) -> Option<Self> {
        let known = [
            ("$1$", Scheme::Md5),
            ("$3$", Scheme::Nt),
            ("$5$", Scheme::Sha256),
            ("$6$", Scheme::Sha512),
            ("$2", Scheme::Bcrypt),
            ("$y$", Scheme::Yescrypt),
            ("$", Scheme::Other),
        ];
        if let Some((_, scheme)) = known.iter().find(|(prefix, _)| hash.starts_with(prefix)) {
            return Some(*scheme);
        }
        let is_crypt = |text: &str| {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'))
        };
        match hash.strip_prefix('_') {
            Some(rest) if rest.len() == 19 && is_crypt(rest) => Some(Scheme::BsdiDes),
            None if hash.len() == 13 && is_crypt(hash) => Some(Scheme::Des),
            _ => None,
        }
    }

    /// Name for people, and whether it is too weak to be used.
    #[must_use]
    pub fn name(self) -> (&'static str, bool) {
        match self {
            Scheme::Des => ("DES", true),
            Scheme::BsdiDes => ("BSDi DES", true),
            Scheme::Md5 => ("MD5", true),
            Scheme::Nt => ("NT", true),
            Scheme::Sha256 => ("SHA-256", false),
            Scheme::Sha512 => ("SHA-512", false),
            Scheme::Bcrypt => ("bcrypt", false),
            Scheme::Yescrypt => ("yescrypt", false),
            Scheme::Other => ("another scheme", false),
        }
    }
}

/// What trying came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tried {
    /// This is the password.
    Found(String),
    /// None of them.
    None,
    /// Not all were tried, for this reason.
    NotAll(&'static str),
}

/// Tries words against one hash; takes what it costs from `work` (microseconds).
#[must_use]
pub fn try_words<'w>(hash: &str, words: impl Iterator<Item = &'w str>, work: &mut u64) -> Tried {
    let Some(cost) = cost_of(hash) else {
        return Tried::NotAll("no method to try passwords against this scheme");
    };
    if cost > cost::MOST {
        return Tried::NotAll("a single try would cost too much");
    }
    for word in words {
        match work.checked_sub(cost) {
            Some(left) => *work = left,
            None => return Tried::NotAll("the work allowed for trying passwords is used up"),
        }
        if verify(hash, word) {
            return Tried::Found(word.to_owned());
        }
    }
    Tried::None
}

fn cost_of(hash: &str) -> Option<u64> {
    match Scheme::of(hash)? {
        Scheme::Md5 => Some(cost::MD5),
        Scheme::Sha256 | Scheme::Sha512 => {
            let rounds = hash.split('$').nth(2)?.strip_prefix("rounds=");
            let rounds = rounds.map_or(Some(5_000), |n| n.parse::<u64>().ok())?;
            Some((rounds / 1_000).max(1).saturating_mul(cost::SHA))
        }
        Scheme::Bcrypt => {
            let power =
                hash.split('$').nth(2)?.parse::<u32>().ok().filter(|p| (4..32).contains(p))?;
            Some(cost::BCRYPT << (power - 4))
        }
        Scheme::Yescrypt => {
            // The usual form: flavour `j`, then N and r of one character each.
            let params = hash.split('$').nth(2)?;
            let &[b'j', n, r] = params.as_bytes() else { return None };
            let number = |b: u8| {
                const DIGITS: &[u8] =
                    b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
                DIGITS.iter().position(|&d| d == b).map(|at| at as u64)
            };
            let (n, r) = (number(n)? + 1, number(r)? + 1);
            if n > 20 {
                return Some(u64::MAX);
            }
            let mebibytes = ((128 * r) << n) >> 20;
            Some(mebibytes.max(1) * cost::YESCRYPT)
        }
        Scheme::Des | Scheme::BsdiDes | Scheme::Nt | Scheme::Other => None,
    }
}

fn verify(hash: &str, word: &str) -> bool {
    match Scheme::of(hash) {
        Some(Scheme::Md5) => md5_crypt::verify(hash, word),
        Some(Scheme::Sha256 | Scheme::Sha512) => {
            ShaCrypt::default().verify_password(word.as_bytes(), hash).is_ok()
        }
        Some(Scheme::Bcrypt) => bcrypt::verify(word, hash).unwrap_or(false),
        Some(Scheme::Yescrypt) => {
            yescrypt::PasswordVerifier::verify_password(&Yescrypt::default(), word.as_bytes(), hash)
                .is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
