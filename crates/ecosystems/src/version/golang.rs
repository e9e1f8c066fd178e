//! Go's order of module versions (`golang.org/x/mod/semver`), for the three ways in which the world writes
//! them: `v1.2.3` (modules, with pseudo-versions and `+incompatible`), `1.2.3` (advisories) and `go1.21rc2` (the
//! standard library and the toolchain in a binary's build information).

use std::cmp::Ordering;

use super::{
    Malformed, compare_numbers, left, right,
    semver::{self, GO},
    split_while,
};

/// A release of Go as the tag names it: numbers, and for a pre-release `beta` or `rc` with a number.
struct Release<'a> {
    numbers: [&'a [u8]; 3],
    pre_release: Option<(&'a [u8], &'a [u8])>,
}

enum Version<'a> {
    Module(semver::Version<'a>),
    Release(Release<'a>),
}

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a).map_err(left)?;
    let b = parse(b).map_err(right)?;
    Ok(match (&a, &b) {
        (Version::Module(a), Version::Module(b)) => semver::compare_parsed(GO, a, b),
        (Version::Release(a), Version::Release(b)) => compare_releases(a, b),
        (Version::Release(a), Version::Module(b)) => compare_with_module(a, b),
        (Version::Module(a), Version::Release(b)) => compare_with_module(b, a).reverse(),
    })
}

fn parse(text: &[u8]) -> Result<Version<'_>, &'static str> {
    if let Some(tag) = text.strip_prefix(b"go") {
        return release(tag).map(Version::Release);
    }
    let text = text.strip_prefix(b"v").unwrap_or(text);
    let version = semver::parse(GO, text)?;
    if version.is_shortened() && version.has_suffix() {
        return Err("a version with a suffix needs three numbers");
    }
    Ok(Version::Module(version))
}

/// `1.21.3`, `1.21rc2`, `1.9beta1`; what stands behind a space or a dash names who built it, or with which
/// experiments (`go1.21.3 X:boringcrypto`, `go1.22.1-google`).
fn release(tag: &[u8]) -> Result<Release<'_>, &'static str> {
    let (tag, _) = split_while(tag, |c| !matches!(c, b' ' | b'-'));
    let (numbers, word) = split_while(tag, |c| c.is_ascii_digit() || c == b'.');
    let mut found: [&[u8]; 3] = [b""; 3];
    let mut places = found.iter_mut();
    for number in numbers.split(|c| *c == b'.') {
        let zeros = number.len() > 1 && number.starts_with(b"0");
        match places.next() {
            Some(place) if !number.is_empty() && !zeros => *place = number,
            _ => return Err("it is no release of Go"),
        }
    }
    let pre_release = match split_while(word, |c| c.is_ascii_lowercase()) {
        (b"", b"") => None,
        (word @ (b"beta" | b"rc"), number @ [_, ..]) if number.iter().all(u8::is_ascii_digit) => {
            Some((word, number))
        }
        _ => return Err("it is no release of Go"),
    };
    Ok(Release { numbers: found, pre_release })
}

fn compare_releases(a: &Release<'_>, b: &Release<'_>) -> Ordering {
    compare_cores(&a.numbers, &b.numbers).then_with(|| match (a.pre_release, b.pre_release) {
        (Some((x, n)), Some((y, m))) => x.cmp(y).then_with(|| compare_numbers(n, m)),
        (x, y) => x.is_none().cmp(&y.is_none()),
    })
}

/// Go's database writes `go1.21rc2` as `1.21.0-rc.2`.
fn compare_with_module(a: &Release<'_>, b: &semver::Version<'_>) -> Ordering {
    compare_cores(&a.numbers, b.numbers()).then_with(|| {
        let (Some((word, number)), Some(pre)) = (a.pre_release, b.pre_release()) else {
            return a.pre_release.is_none().cmp(&b.pre_release().is_none());
        };
        let mut rest = pre.splitn(3, |c| *c == b'.');
        let order = semver::compare_identifiers(word, rest.next().unwrap_or_default());
        order.then_with(|| match rest.next() {
            Some(other) => semver::compare_identifiers(number, other)
                .then_with(|| if rest.next().is_some() { Ordering::Less } else { Ordering::Equal }),
            None => Ordering::Greater,
        })
    })
}

fn compare_cores(a: &[&[u8]; 3], b: &[&[u8]; 3]) -> Ordering {
    a.iter().zip(b).map(|(x, y)| compare_numbers(x, y)).fold(Ordering::Equal, Ordering::then)
}
