//! Version orders of package managers and languages, one file each (`semver.rs` holds several). A comparison reads both texts in place: it
//! allocates nothing, has no limit on their length and never panics, because the matcher makes millions
//! of them on texts that come out of images.
//!
//! Each order is proved against the tool that defines it (`tests/version_verdicts.rs`). A text that the
//! tool refuses is an error, never "older": a matcher that guessed would hide a flaw.

mod apk;
mod composer;
mod conan;
mod conda;
mod dotted;
mod dpkg;
mod gem;
mod golang;
mod maven;
mod nuget;
mod pacman;
mod pep440;
mod rpm;
mod semver;

use std::{cmp::Ordering, fmt};

use plimsoll_model::{CappedText, Namespace, PackageKind, Range};

use crate::distros;

/// A version order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scheme {
    /// Alpine's, as apk-tools 2.14 has it, with the commit hashes of apk-tools 3.
    Apk,
    /// Semantic Versioning with Bitnami's revisions: `1.2.3-4` follows `1.2.3`.
    Bitnami,
    /// PHP's: composer/semver's normal form in the order of `version_compare`.
    Composer,
    /// Conan's.
    Conan,
    /// Conda's.
    Conda,
    /// R's: numbers between dots and dashes.
    Cran,
    /// Debian's.
    Dpkg,
    /// RubyGems'.
    Gem,
    /// Go's, of modules and of Go itself.
    Golang,
    /// Haskell's.
    Hackage,
    /// Julia's, which compares build metadata.
    Julia,
    /// Maven's.
    Maven,
    /// npm's: Semantic Versioning, read loosely.
    Npm,
    /// NuGet's.
    Nuget,
    /// Arch Linux's: RPM's of an older make, without `~` and `^`.
    Pacman,
    /// Python's.
    Pep440,
    /// Dart's: Semantic Versioning, with build metadata compared.
    Pub,
    /// RPM's: `[epoch:]version[-release]`.
    Rpm,
    /// Semantic Versioning 2.0.0 as it stands: Rust, Elixir and Erlang, Swift.
    Semver,
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
    pub const ALL: [Scheme; 19] = [
        Scheme::Apk,
        Scheme::Bitnami,
        Scheme::Composer,
        Scheme::Conan,
        Scheme::Conda,
        Scheme::Cran,
        Scheme::Dpkg,
        Scheme::Gem,
        Scheme::Golang,
        Scheme::Hackage,
        Scheme::Julia,
        Scheme::Maven,
        Scheme::Npm,
        Scheme::Nuget,
        Scheme::Pacman,
        Scheme::Pep440,
        Scheme::Pub,
        Scheme::Rpm,
        Scheme::Semver,
    ];

    /// The name used in messages and test data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Apk => "apk",
            Scheme::Bitnami => "bitnami",
            Scheme::Composer => "composer",
            Scheme::Conan => "conan",
            Scheme::Conda => "conda",
            Scheme::Cran => "cran",
            Scheme::Dpkg => "dpkg",
            Scheme::Gem => "gem",
            Scheme::Golang => "golang",
            Scheme::Hackage => "hackage",
            Scheme::Julia => "julia",
            Scheme::Maven => "maven",
            Scheme::Npm => "npm",
            Scheme::Nuget => "nuget",
            Scheme::Pacman => "pacman",
            Scheme::Pep440 => "pep440",
            Scheme::Pub => "pub",
            Scheme::Rpm => "rpm",
            Scheme::Semver => "semver",
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
            PackageKind::Bitnami => Some(Scheme::Bitnami),
            PackageKind::Cargo | PackageKind::Hex | PackageKind::Swift => Some(Scheme::Semver),
            PackageKind::Composer => Some(Scheme::Composer),
            PackageKind::Conan => Some(Scheme::Conan),
            PackageKind::Conda => Some(Scheme::Conda),
            PackageKind::Cran => Some(Scheme::Cran),
            // Programs version themselves as their makers like; this order reads `1.1.1w` and `9.2p1` rightly.
            PackageKind::Generic => Some(Scheme::Conan),
            PackageKind::Gem => Some(Scheme::Gem),
            PackageKind::Golang => Some(Scheme::Golang),
            PackageKind::Hackage => Some(Scheme::Hackage),
            PackageKind::Julia => Some(Scheme::Julia),
            PackageKind::Maven => Some(Scheme::Maven),
            PackageKind::Npm => Some(Scheme::Npm),
            PackageKind::Nuget => Some(Scheme::Nuget),
            PackageKind::Pub => Some(Scheme::Pub),
            PackageKind::Pypi => Some(Scheme::Pep440),
            // Nobody publishes ranges in an order of these.
            PackageKind::Brew
            | PackageKind::Cpan
            | PackageKind::GithubActions
            | PackageKind::Luarocks
            | PackageKind::Nix
            | PackageKind::Otp
            | PackageKind::Pear
            | PackageKind::WordpressPlugin => None,
        }
    }

    /// The order of the versions in advisories of `namespace`, where we know it.
    #[must_use]
    pub fn of_namespace(namespace: &Namespace) -> Option<Self> {
        if let Some(distro) = distros::by_id(&namespace.ecosystem) {
            return distro.scheme();
        }
        Self::of_kind(PackageKind::of_language(&namespace.ecosystem)?)
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// Where one of them is malformed and the scheme's own tool refuses it too.
    #[inline]
    pub fn compare(self, a: &str, b: &str) -> Result<Ordering, VersionError> {
        let result = match self {
            Scheme::Apk => apk::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Bitnami => semver::compare(semver::BITNAMI, a.as_bytes(), b.as_bytes()),
            Scheme::Composer => composer::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Conan => conan::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Conda => conda::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Cran => dotted::compare(&dotted::CRAN, a.as_bytes(), b.as_bytes()),
            Scheme::Dpkg => dpkg::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Gem => gem::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Golang => golang::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Hackage => dotted::compare(&dotted::HACKAGE, a.as_bytes(), b.as_bytes()),
            Scheme::Julia => semver::compare(semver::JULIA, a.as_bytes(), b.as_bytes()),
            Scheme::Maven => maven::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Npm => semver::compare(semver::NPM, a.as_bytes(), b.as_bytes()),
            Scheme::Nuget => nuget::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Pacman => pacman::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Pep440 => pep440::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Pub => semver::compare(semver::PUB, a.as_bytes(), b.as_bytes()),
            Scheme::Rpm => rpm::compare(a.as_bytes(), b.as_bytes()),
            Scheme::Semver => semver::compare(semver::STANDARD, a.as_bytes(), b.as_bytes()),
        };
        result.map_err(|bad| {
            let version = match bad.side {
                Side::Left => a,
                Side::Right => b,
            };
            self.error(version, bad.reason)
        })
    }

    /// Whether `range` holds `version`. What cannot be compared is not held.
    #[must_use]
    pub fn holds(self, range: &Range, version: &str) -> bool {
        let order = |bound: &str| self.compare(version, bound).ok();
        // `0` is the beginning in every order.
        let from = range.introduced.as_deref().filter(|from| *from != "0");
        from.is_none_or(|from| order(from).is_some_and(Ordering::is_ge))
            && range.fixed.as_deref().is_none_or(|end| order(end).is_some_and(Ordering::is_lt))
            && range
                .last_affected
                .as_deref()
                .is_none_or(|last| order(last).is_some_and(Ordering::is_le))
            && self.check(version).is_ok()
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

/// Takes a lower-case `prefix` off `text`, in whatever case it stands there.
fn strip_prefix_ignoring_case<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn compare_ignoring_case(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
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
            Just("-alpha".to_owned()),
            Just("-SNAPSHOT".to_owned()),
            Just(".final".to_owned()),
            Just(".dev1".to_owned()),
            Just("-rc.1".to_owned()),
            Just(".0".to_owned()),
            Just(".x-dev".to_owned()),
            Just("+b.1".to_owned()),
            Just("!1".to_owned()),
            Just("~".to_owned()),
            Just("^".to_owned()),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| format!("1{}", pieces.concat()))
    }

    const TRANSITIVE: [Scheme; 16] = [
        Scheme::Apk,
        Scheme::Bitnami,
        Scheme::Composer,
        Scheme::Conda,
        Scheme::Cran,
        Scheme::Dpkg,
        Scheme::Gem,
        Scheme::Golang,
        Scheme::Hackage,
        Scheme::Julia,
        Scheme::Npm,
        Scheme::Nuget,
        Scheme::Pep440,
        Scheme::Pub,
        Scheme::Rpm,
        Scheme::Semver,
    ];

    /// What all semantic versions begin with.
    fn three_numbers() -> impl Strategy<Value = String> {
        let suffix = "(-(alpha|rc|0|10|a-b)([.](1|x|10))?)?([+](1|b[.]2))?";
        (0..3u8, 0..3u8, 0..3u8, suffix).prop_map(|(a, b, c, s)| format!("{a}.{b}.{c}{s}"))
    }

    fn any_version() -> impl Strategy<Value = String> {
        prop_oneof![nasty(), three_numbers()]
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
        fn comparing_the_other_way_round_gives_the_opposite(a in any_version(), b in any_version()) {
            for scheme in Scheme::ALL {
                prop_assert_eq!(scheme.compare(&a, &a).ok().unwrap_or(Ordering::Equal), Ordering::Equal);
                match (scheme.compare(&a, &b), scheme.compare(&b, &a)) {
                    (Ok(forth), Ok(back)) => prop_assert_eq!(forth, back.reverse(), "{}", scheme),
                    (Err(_), Err(_)) => {}
                    (forth, back) => prop_assert!(false, "{scheme}: {forth:?} but {back:?}"),
                }
            }
        }

        // The tools themselves are not transitive in the others (see their modules).
        #[test]
        fn order_is_transitive(a in any_version(), b in any_version(), c in any_version()) {
            for scheme in TRANSITIVE {
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
