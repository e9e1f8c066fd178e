//! Python's order (PEP 440, "Version specifiers"): `[epoch!]release[pre][.postN][.devN][+local]`, with all the
//! spellings that `packaging` reads (`1.0-BETA_2`, `v1.0c1`, `1.0-1`).

use std::cmp::Ordering;

use super::{
    Malformed, compare_ignoring_case, compare_numbers, left, right, split_while,
    strip_prefix_ignoring_case,
};

struct Version<'a> {
    epoch: &'a [u8],
    release: &'a [u8],
    /// Phase (0 alpha, 1 beta, 2 candidate) and number.
    pre: Option<(u8, &'a [u8])>,
    post: Option<&'a [u8]>,
    dev: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
}

/// In the order in which they are tried: a longer word before its beginning.
const PRE_RELEASES: [(&[u8], u8); 8] = [
    (b"alpha", 0),
    (b"a", 0),
    (b"beta", 1),
    (b"b", 1),
    (b"preview", 2),
    (b"pre", 2),
    (b"c", 2),
    (b"rc", 2),
];
const POST_RELEASES: [(&[u8], u8); 3] = [(b"post", 0), (b"rev", 0), (b"r", 0)];
const DEV_RELEASES: [(&[u8], u8); 1] = [(b"dev", 0)];

pub(super) fn compare(a: &[u8], b: &[u8]) -> Result<Ordering, Malformed> {
    let a = parse(a).map_err(left)?;
    let b = parse(b).map_err(right)?;
    Ok(compare_numbers(a.epoch, b.epoch)
        .then_with(|| compare_releases(a.release, b.release))
        .then_with(|| compare_pre_releases(&a, &b))
        .then_with(|| compare_options(a.post, b.post))
        // A development release comes before what it leads to.
        .then_with(|| match (a.dev, b.dev) {
            (Some(a), Some(b)) => compare_numbers(a, b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        })
        .then_with(|| compare_locals(a.local, b.local)))
}

fn parse(text: &[u8]) -> Result<Version<'_>, &'static str> {
    // What Python's `\s` is in ASCII; `trim_ascii` leaves the vertical tab.
    let is_space = |c: &u8| matches!(c, b' ' | b'\t'..=b'\r' | 0x1c..=0x1f);
    let start = text.iter().position(|c| !is_space(c)).unwrap_or(text.len());
    let end = text.iter().rposition(|c| !is_space(c)).map_or(start, |at| at + 1);
    let text = text.get(start..end).unwrap_or_default();
    let text = strip_prefix_ignoring_case(text, b"v").unwrap_or(text);

    let (mut first, mut rest) = split_while(text, |c| c.is_ascii_digit());
    let mut epoch: &[u8] = b"";
    if let (false, Some(after)) = (first.is_empty(), rest.strip_prefix(b"!")) {
        epoch = first;
        (first, rest) = split_while(after, |c| c.is_ascii_digit());
    }
    if first.is_empty() {
        return Err("it does not start with a number");
    }
    let from = text.get(text.len() - rest.len() - first.len()..).unwrap_or_default();
    while let Some(after) = rest.strip_prefix(b".") {
        let (number, after) = split_while(after, |c| c.is_ascii_digit());
        if number.is_empty() {
            break;
        }
        rest = after;
    }
    let release = from.get(..from.len() - rest.len()).unwrap_or_default();

    let mut pre = None;
    if let Some((phase, number, after)) = phase(rest, &PRE_RELEASES) {
        pre = Some((phase, number));
        rest = after;
    }
    let mut post = None;
    match rest.strip_prefix(b"-").map(|r| split_while(r, |c| c.is_ascii_digit())) {
        Some((number @ [_, ..], after)) => {
            post = Some(number);
            rest = after;
        }
        _ => {
            if let Some((_, number, after)) = phase(rest, &POST_RELEASES) {
                post = Some(number);
                rest = after;
            }
        }
    }
    let mut dev = None;
    if let Some((_, number, after)) = phase(rest, &DEV_RELEASES) {
        dev = Some(number);
        rest = after;
    }
    let mut local = None;
    if let Some(after) = rest.strip_prefix(b"+") {
        if after.split(|c| is_separator(*c)).any(|part| !is_alphanumeric(part)) {
            return Err("its local part has an empty or strange segment");
        }
        local = Some(after);
        rest = b"";
    }
    if !rest.is_empty() {
        return Err("it has a part that no version has at that place");
    }
    Ok(Version { epoch, release, pre, post, dev, local })
}

fn is_separator(c: u8) -> bool {
    matches!(c, b'.' | b'-' | b'_')
}

fn is_alphanumeric(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_alphanumeric)
}

/// `[._-]` word `[._-]` number, all but the word optional.
fn phase<'a>(text: &'a [u8], words: &[(&[u8], u8)]) -> Option<(u8, &'a [u8], &'a [u8])> {
    let without_separator = |text: &'a [u8]| match text {
        [c, rest @ ..] if is_separator(*c) => rest,
        _ => text,
    };
    let text = without_separator(text);
    let (rank, rest) = words
        .iter()
        .find_map(|(word, rank)| Some((*rank, strip_prefix_ignoring_case(text, word)?)))?;
    let (number, rest) = split_while(without_separator(rest), |c| c.is_ascii_digit());
    Some((rank, number, rest))
}

/// Missing components are zero.
fn compare_releases(a: &[u8], b: &[u8]) -> Ordering {
    let mut a = a.split(|c| *c == b'.');
    let mut b = b.split(|c| *c == b'.');
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => compare_numbers(x.unwrap_or_default(), y.unwrap_or_default()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_pre_releases(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    // Development releases of a final release come before its first pre-release.
    let class = |v: &Version<'_>| match (v.pre, v.post, v.dev) {
        (Some(_), ..) => 1,
        (None, None, Some(_)) => 0,
        _ => 2,
    };
    class(a).cmp(&class(b)).then_with(|| match (a.pre, b.pre) {
        (Some((x, n)), Some((y, m))) => x.cmp(&y).then_with(|| compare_numbers(n, m)),
        _ => Ordering::Equal,
    })
}

fn compare_options(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_numbers(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn compare_locals(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    let mut a = a.split(|c| is_separator(*c));
    let mut b = b.split(|c| is_separator(*c));
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
        let order = match (is_number(x), is_number(y)) {
            (true, true) => compare_numbers(x, y),
            (false, false) => compare_ignoring_case(x, y),
            (x, y) => x.cmp(&y),
        };
        if order.is_ne() {
            return order;
        }
    }
}
