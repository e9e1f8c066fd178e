//! Finding a version in the bytes of a program.

use memchr::memmem;

use super::Evidence;

/// Longest version.
const MAX_VERSION: usize = 40;

/// Most places at which a text is tried: one that occurs more often shows nothing.
const MAX_TRIES: usize = 10_000;

/// How far behind a version the second text of [`Evidence::AfterWith`] may be.
const WITHIN: usize = 120;

/// The version that `evidence` shows, if there is any.
pub(super) fn version(bytes: &[u8], evidence: Evidence) -> Option<String> {
    match evidence {
        Evidence::After(text) => memmem::find_iter(bytes, text.as_bytes())
            .take(MAX_TRIES)
            .find_map(|at| read(bytes.get(at + text.len()..)?)),
        Evidence::AfterWith(text, more) => {
            memmem::find_iter(bytes, text.as_bytes()).take(MAX_TRIES).find_map(|at| {
                let rest = bytes.get(at + text.len()..)?;
                let near = rest.get(..WITHIN.min(rest.len()))?;
                memmem::find(near, more.as_bytes())?;
                read(rest)
            })
        }
        Evidence::Before(text) => memmem::find_iter(bytes, text.as_bytes())
            .take(MAX_TRIES)
            .find_map(|at| read_back(bytes.get(..at)?)),
        Evidence::Alone(start) => alone(bytes, start),
    }
}

/// At least two numbers with dots between, with what may follow them in a version (`1.1.1w`, `9.2p1`,
/// `3.12.0rc1`).
fn read(bytes: &[u8]) -> Option<String> {
    let window = bytes.get(..MAX_VERSION.min(bytes.len()))?;
    let digits = window.iter().take_while(|c| c.is_ascii_digit() || **c == b'.').count();
    let mut end = digits;
    // A letter or two with a number: patch levels and pre-releases.
    let letters = window.get(end..)?.iter().take_while(|c| c.is_ascii_lowercase()).count();
    if (1..=5).contains(&letters) {
        let numbers =
            window.get(end + letters..)?.iter().take_while(|c| c.is_ascii_digit()).count();
        let next = window.get(end + letters + numbers);
        if (letters <= 2 || numbers > 0) && next.is_none_or(|c| !c.is_ascii_alphanumeric()) {
            end += letters + numbers;
        }
    }
    checked(window.get(..end)?, window.get(..digits)?)
}

/// The version that ends where `bytes` end.
fn read_back(bytes: &[u8]) -> Option<String> {
    let start = bytes.len().saturating_sub(MAX_VERSION);
    let window = bytes.get(start..)?;
    let len = window.iter().rev().take_while(|c| c.is_ascii_digit() || **c == b'.').count();
    let text = window.get(window.len() - len..)?;
    checked(text, text)
}

fn checked(text: &[u8], numbers: &[u8]) -> Option<String> {
    let numbers = str::from_utf8(numbers).ok()?.trim_end_matches('.');
    let is_version = numbers.split('.').count() >= 2
        && numbers.split('.').all(|part| !part.is_empty() && part.len() <= 10);
    let text = str::from_utf8(text).ok()?.trim_end_matches('.');
    is_version.then(|| text.to_owned())
}

/// `\0` start … three numbers `\0`.
fn alone(bytes: &[u8], start: &str) -> Option<String> {
    memmem::find_iter(bytes, b"\0")
        .filter(|at| {
            // Only where a digit follows; most zero bytes stand in rows.
            bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        })
        .find_map(|at| {
            let rest = bytes.get(at + 1..)?;
            let window = rest.get(..MAX_VERSION.min(rest.len()))?;
            let len = window.iter().position(|c| *c == 0)?;
            let text = str::from_utf8(window.get(..len)?).ok()?;
            let mut parts = text.split('.');
            let is_number = |part: Option<&str>| {
                part.is_some_and(|p| {
                    !p.is_empty() && p.len() <= 4 && p.bytes().all(|c| c.is_ascii_digit())
                })
            };
            let is_version = is_number(parts.next())
                && is_number(parts.next())
                && is_number(parts.next())
                && parts.next().is_none();
            (is_version && text.starts_with(start)).then(|| text.to_owned())
        })
}
