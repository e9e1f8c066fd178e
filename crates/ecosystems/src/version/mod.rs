//! Version orders of package managers, one file each. A comparison reads both texts in place: it
//! allocates nothing, has no limit on their length and never panics, because the matcher makes millions
//! of them on texts that come out of images.
//!
//! Each order is proved against the tool that defines it (`tests/version_verdicts.rs`). A text that the
//! tool refuses is an error, never "older": a matcher that guessed would hide a flaw.

mod apk;
mod dpkg;
mod pacman;
mod rpm;

use std::{cmp::Ordering, fmt};

use plimsoll_model::{CappedText, Namespace, PackageKind};

use crate::distros;

/// A version order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scheme {
    /// Alpine's, as apk-tools 2.14 has it, with the commit hashes of apk-tools 3.
    Apk,
    /// Debian's.
    Dpkg,
    /// Arch Linux's: RPM's of an older make, without `~` and `^`.
    Pacman,
    /// RPM's: `[epoch:]version[-release]`.
    Rpm,
}

/// A text that is no version of its scheme.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{version}` is not a version in {scheme} order: {reason}")]
pub struct VersionError {
    /// The scheme.
    pub scheme: Scheme,
    /// The text, cut to a length that is safe to print.
    pub version: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The most of a malformed version that an error repeats, in bytes.
const SHOWN_VERSION_LIMIT: usize = 80;

impl Scheme {
    /// All orders.
    pub const ALL: [Scheme; 4] = [Scheme::Apk, Scheme::Dpkg, Scheme::Pacman, Scheme::Rpm];

    /// The name used in messages and test data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Apk => "apk",
            Scheme::Dpkg => "dpkg",
            Scheme::Pacman => "pacman",
            Scheme::Rpm => "rpm",
        }
    }

    /// The order of the package manager or language of `kind`, where we know it.
    #[must_use]
    pub fn of_kind(kind: PackageKind) -> Option<Self> {
        match kind {
            PackageKind::Apk => Some(Scheme::Apk),
            PackageKind::Deb => Some(Scheme::Dpkg),
            PackageKind::Rpm => Some(Scheme::Rpm),
            PackageKind::Alpm => Some(Scheme::Pacman),
            _ => None,
        }
    }

    /// The order of the versions in advisories of `namespace`, where we know it.
    #[must_use]
    pub fn of_namespace(namespace: &Namespace) -> Option<Self> {
        distros::by_id(&namespace.ecosystem)?.scheme()
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// Where one of them is malformed and the scheme's own tool refuses it too.
    #[inline]
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, VersionError> {
        let result = match self {
            Scheme::Apk => apk::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Dpkg => dpkg::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Pacman => pacman::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Rpm => rpm::compare(a.as_bytes(), b.as_bytes()),
        };
        result.map_err(|bad| {
            let version = match bad.side {
                Side::Left => a,
                Side::Right => b,
            };
            self.error(version, bad.reason)
        })
    }

    /// Whether `version` is well-formed.
    ///
    /// # Errors
    /// Where it is not.
    pub fn check(self, version: &str) -> Result<(), VersionError> {
        self.compare(version, version).map(|_| ())
    }

    fn error(self, version: &str, reason: &'static str) -> VersionError {
        let version = CappedText(version.as_bytes(), SHOWN_VERSION_LIMIT).to_string();
        VersionError { scheme: self, version, reason }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which of two compared texts is malformed, and how.
struct Malformed {
    side: Side,
    reason: &'static str,
}

enum Side {
    Left,
    Right,
}

fn left(reason: &'static str) -> Malformed {
    Malformed { side: Side::Left, reason }
}

fn right(reason: &'static str) -> Malformed {
    Malformed { side: Side::Right, reason }
}

/// Compares two runs of ASCII digits (empty counts as 0) as numbers of any length.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let a = without_leading_zeros(a);
    let b = without_leading_zeros(b);
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&c| c == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

/// Splits `text` after its leading bytes that satisfy `test`.
fn split_while(text: &[u8], test: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&c| !test(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits `text` around the last `byte`.
fn split_last(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|&c| c == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Versions made of the pieces at which the orders branch.
    fn nasty() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[0-9]{1,3}",
            "0{1,3}[0-9]?",
            "[a-z]",
            "[.+~^:_-]",
            Just("_alpha".to_owned()),
            Just("_rc".to_owned()),
            Just("_p".to_owned()),
            Just("-r1".to_owned()),
            Just("-1".to_owned()),
            Just("~".to_owned()),
            Just("^".to_owned()),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| format!("1{}", pieces.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn any_text_is_compared_or_refused_but_never_panics(a: String, b: String) {
            for scheme in Scheme::ALL {
                let _ = scheme.compare(&a, &b);
            }
        }

        #[test]
        fn comparing_the_other_way_round_gives_the_opposite(a in nasty(), b in nasty()) {
            for scheme in Scheme::ALL {
                prop_assert_eq!(scheme.compare(&a, &a).ok().unwrap_or(Ordering::Equal), Ordering::Equal);
                match (scheme.compare(&a, &b), scheme.compare(&b, &a)) {
                    (Ok(forth), Ok(back)) => prop_assert_eq!(forth, back.reverse(), "{}", scheme),
                    (Err(_), Err(_)) => {}
                    (forth, back) => prop_assert!(false, "{scheme}: {forth:?} but {back:?}"),
                }
            }
        }

        // Pacman's order is left out: the tool itself is not transitive (see its module).
        #[test]
        fn order_is_transitive(a in nasty(), b in nasty(), c in nasty()) {
            for scheme in [Scheme::Apk, Scheme::Dpkg, Scheme::Rpm] {
                let mut three = [&a, &b, &c];
                if three.iter().any(|v| scheme.check(v).is_err()) {
                    continue;
                }
                let cmp = |x: &str, y: &str| scheme.compare(x, y).unwrap();
                three.sort_by(|x, y| cmp(x, y));
                prop_assert_ne!(cmp(three[0], three[2]), Ordering::Greater, "{} {:?}", scheme, three);
                if cmp(three[0], three[1]).is_eq() && cmp(three[1], three[2]).is_eq() {
                    prop_assert_eq!(cmp(three[0], three[2]), Ordering::Equal, "{} {:?}", scheme, three);
                }
                if cmp(three[0], three[1]).is_lt() || cmp(three[1], three[2]).is_lt() {
                    prop_assert_eq!(cmp(three[0], three[2]), Ordering::Less, "{} {:?}", scheme, three);
                }
            }
        }
    }

    #[test]
    fn an_error_names_the_malformed_side() {
        let error = Scheme::Dpkg.compare("1.0", "a:1").unwrap_err();
        assert_eq!(error.version, "a:1");
        let error = Scheme::Apk.compare("1.0-x", "1.0").unwrap_err();
        assert_eq!(error.version, "1.0-x");
        let error = Scheme::Dpkg.check(&" 1".repeat(500)).unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
    }

    #[test]
    fn numbers_of_any_length_compare() {
        assert_eq!(compare_numbers(b"00", b""), Ordering::Equal);
        assert_eq!(compare_numbers(b"0100", b"99"), Ordering::Greater);
        assert_eq!(
            compare_numbers("9".repeat(300).as_bytes(), "9".repeat(299).as_bytes()),
            Ordering::Greater
        );
    }
}
