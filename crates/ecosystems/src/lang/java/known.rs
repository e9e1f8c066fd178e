//! Jars that are known by their digest, because they do not say themselves what they are: built by Ant or Gradle,
//! without Maven's coordinates. Facts of Maven Central, out of the jars themselves (`cargo xtask known-jars`).

use std::{collections::HashMap, fmt::Write as _, sync::LazyLock};

use sha1::{Digest as _, Sha1};

/// Lines `group:artifact`, and below each ` version bytes sha1` of its jars; `#` begins a comment.
const INDEX: &str = include_str!("known_jars.txt");

/// A jar of the index.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Known {
    pub(super) group: &'static str,
    pub(super) artifact: &'static str,
    pub(super) version: &'static str,
    digest: &'static str,
}

/// By size: a jar is only hashed where one of exactly its size is known, which costs nothing for all others.
static BY_SIZE: LazyLock<HashMap<usize, Vec<Known>>> = LazyLock::new(|| read(INDEX));

/// A line that is not understood is left out; the test of the index finds it.
fn read(text: &'static str) -> HashMap<usize, Vec<Known>> {
    let mut by_size: HashMap<usize, Vec<Known>> = HashMap::new();
    let mut name = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            name = line.split_once(':');
        } else if let (Some((group, artifact)), Some(version), Some(size), Some(digest)) =
            (name, words.next(), words.next().and_then(|size| size.parse().ok()), words.next())
        {
            by_size.entry(size).or_default().push(Known { group, artifact, version, digest });
        }
    }
    by_size
}

/// The jar `bytes`, if it is in the index.
pub(super) fn jar(bytes: &[u8]) -> Option<Known> {
    let same_size = BY_SIZE.get(&bytes.len())?;
    let digest = sha1(bytes);
    same_size.iter().find(|known| known.digest == digest).copied()
}

/// The SHA-1 of `bytes` in hexadecimal: Maven Central's own name of a jar, not a proof against forgery.
#[must_use]
pub fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_index_is_read_and_in_order() {
        let lines = INDEX.lines().filter(|line| line.starts_with(' ')).count();
        let jars: Vec<&Known> = BY_SIZE.values().flatten().collect();
        assert_eq!(jars.len(), lines);
        assert!(lines > 100, "{lines}");
        for known in &jars {
            assert!(known.digest.len() == 40 && !known.version.is_empty(), "{known:?}");
        }
        let names: Vec<&str> = INDEX.lines().filter(|l| !l.starts_with([' ', '#'])).collect();
        assert!(names.is_sorted());
        let mut digests: Vec<&str> = jars.iter().map(|known| known.digest).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), lines, "two packages are said to be the same jar");
    }

    #[test]
    fn what_is_not_in_the_index_is_unknown() {
        assert_eq!(sha1(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(jar(b""), None);
        let size = *BY_SIZE.keys().min().unwrap();
        assert_eq!(jar(&vec![0; size]), None);
    }
}
