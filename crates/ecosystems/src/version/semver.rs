//! The orders that follow Semantic Versioning 2.0.0, and how their tools bend it: `major.minor.patch`, a
//! pre-release behind `-` that comes before the release, build metadata behind `+`.

use std::cmp::Ordering;

use super::{Malformed, compare_numbers, left, right, split_while};

/// What one tool does beyond the standard.
#[derive(Clone, Copy, Default)]
pub(super) struct Dialect {
    /// The fewest numbers that make a version; missing ones are zero.
    least_numbers: usize,
    /// Whether numbers can have leading zeros.
    leading_zeros: bool,
    /// Characters that may stand before the first number.
    prefix: &'static [u8],
    /// Whether a pre-release can follow without the `-`.
    bare_pre_release: bool,
    /// Whether build metadata is compared: without it first, then like a pre-release's identifiers.
    builds_count: bool,
    /// Whether a pre-release that is a single number is a revision of the release, and so follows it.
    revisions: bool,
}

/// The standard itself, as cargo, Hex and Swift have it.
pub(super) const STANDARD: Dialect = Dialect {
    least_numbers: 3,
    leading_zeros: false,
    prefix: b"",
    bare_pre_release: false,
    builds_count: false,
    revisions: false,
};

/// npm in its loose mode, in which it reads the `package.json` of installed packages.
pub(super) const NPM: Dialect =
    Dialect { leading_zeros: true, prefix: b"v= \t", bare_pre_release: true, ..STANDARD };

/// Dart's `pub_semver`.
pub(super) const PUB: Dialect = Dialect { leading_zeros: true, builds_count: true, ..STANDARD };

/// Julia's `VersionNumber`. Builds count because its packages of C libraries are told apart by nothing else.
pub(super) const JULIA: Dialect = Dialect {
    least_numbers: 1,
    leading_zeros: true,
    prefix: b"v",
    bare_pre_release: true,
    builds_count: true,
    ..STANDARD
};

/// Bitnami's packages: an upstream version and, behind a dash, the revision of the package.
pub(super) const BITNAMI: Dialect =
    Dialect { least_numbers: 1, leading_zeros: true, prefix: b"v", revisions: true, ..STANDARD };

/// `golang.org/x/mod/semver`, without its `v`.
pub(super) const GO: Dialect = Dialect { least_numbers: 1, ..STANDARD };

/// The parts of a version; the dots are still in them.
#[derive(Clone, Copy)]
pub(super) struct Version<'a> {
    numbers: [&'a [u8]; 3],
    pre_release: Option<&'a [u8]>,
    build: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    pub(super) fn numbers(&self) -> &[&'a [u8]; 3] {
        &self.numbers
    }

    pub(super) fn pre_release(&self) -> Option<&'a [u8]> {
        self.pre_release
    }

    /// Whether fewer than three numbers are written.
    pub(super) fn is_shortened(&self) -> bool {
        self.numbers.iter().any(|n| n.is_empty())
    }

    /// Whether there is more than numbers.
    pub(super) fn has_suffix(&self) -> bool {
        self.pre_release.is_some() || self.build.is_some()
    }
}

pub(super) fn compare(dialect: Dialect, a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(dialect, a).map_err(left)?;
    let b = parse(dialect, b).map_err(right)?;
    Ok(compare_parsed(dialect, &a, &b))
}

pub(super) fn compare_parsed(dialect: Dialect, a: &Version<'_>, b: &Version<'_>) -> Ordering {
    let numbers = a.numbers.iter().zip(&b.numbers).map(|(x, y)| compare_numbers(x, y));
    let is_revision = |pre: Option<&[u8]>| {
        dialect.revisions && pre.is_some_and(|p| p.iter().all(u8::is_ascii_digit))
    };
    numbers.fold(Ordering::Equal, Ordering::then).then_with(|| {
        let class = |pre: Option<&[u8]>| match pre {
            Some(_) if is_revision(pre) => 2,
            Some(_) => 0,
            None => 1,
        };
        class(a.pre_release)
            .cmp(&class(b.pre_release))
            .then_with(|| match (a.pre_release, b.pre_release) {
                (Some(a), Some(b)) => compare_identifiers(a, b),
                _ => Ordering::Equal,
            })
            .then_with(|| match (a.build, b.build) {
                (Some(a), Some(b)) if dialect.builds_count => compare_identifiers(a, b),
                (a, b) if dialect.builds_count => a.is_some().cmp(&b.is_some()),
                _ => Ordering::Equal,
            })
    })
}

/// Numbers before words; of two lists that start alike, the shorter first.
pub(super) fn compare_identifiers(a: &[u8], b: &[u8]) -> Ordering {
    let mut a = a.split(|c| *c == b'.');
    let mut b = b.split(|c| *c == b'.');
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let order = match (is_number(x), is_number(y)) {
            (true, true) => compare_numbers(x, y),
            (false, false) => x.cmp(y),
            (x, y) => y.cmp(&x),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn is_number(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

pub(super) fn parse(dialect: Dialect, text: &[u8]) -> Result<Version<'_>, &'static str> {
    let trimmed = if dialect.prefix.contains(&b' ') { text.trim_ascii() } else { text };
    let repeated = dialect.prefix.len() > 1;
    let mut rest = match split_while(trimmed, |c| dialect.prefix.contains(&c)) {
        (prefix, rest) if repeated || prefix.len() <= 1 => rest,
        _ => return Err("it does not start with a number"),
    };
    let mut numbers: [&[u8]; 3] = [b""; 3];
    for (place, number) in numbers.iter_mut().enumerate() {
        let from = match (place, rest.strip_prefix(b".")) {
            (0, _) => rest,
            (_, Some(after)) => after,
            (_, None) if place >= dialect.least_numbers => break,
            _ => return Err("it has fewer than three numbers"),
        };
        let (digits, after) = split_while(from, |c| c.is_ascii_digit());
        if digits.is_empty() {
            return Err("a number is missing");
        }
        if !dialect.leading_zeros && digits.len() > 1 && digits.starts_with(b"0") {
            return Err("a number has leading zeros");
        }
        *number = digits;
        rest = after;
    }
    let (rest, build) = match rest.iter().position(|c| *c == b'+') {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)),
        None => (rest, None),
    };
    let pre_release = match (rest.strip_prefix(b"-"), rest) {
        (_, []) => None,
        // npm takes a dash that no identifier follows for an identifier.
        (Some([] | [b'.', ..]), _) if dialect.bare_pre_release => Some(rest),
        (Some(pre), _) => Some(pre),
        (None, [b'.', ..]) => return Err("it has more than three numbers"),
        (None, _) if dialect.bare_pre_release => Some(rest),
        (None, _) => return Err("something other than `-` follows the numbers"),
    };
    if let Some(pre) = pre_release {
        let zeros = dialect.leading_zeros;
        let is_bad = |id: &[u8]| {
            !is_identifier(id) || (!zeros && id.len() > 1 && id.starts_with(b"0") && is_number(id))
        };
        if pre.split(|c| *c == b'.').any(is_bad) {
            return Err("its pre-release has an empty or malformed identifier");
        }
    }
    if build.is_some_and(|b| !b.split(|c| *c == b'.').all(is_identifier)) {
        return Err("its build metadata has an empty or malformed identifier");
    }
    Ok(Version { numbers, pre_release, build })
}

fn is_identifier(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
}
