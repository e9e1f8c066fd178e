//! Hashes of `changeme`, made by `openssl passwd` and by libxcrypt.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// One per scheme. They are hashes of a word that everybody knows.
const HASHES: &[&str] = &[
    "$1$abcdefgh$vamWXVmzWr.RuXnIdXGZJ0",
    "$5$abcdefgh$3fM6mFuAV9ELpU9jDao9SkF9MDf3pWLUQ27Lxh/D9a6",
    "$6$abcdefgh$qxJiXjK0tf4ZjYWJYh.tUf04hCXekze8vUwYRMOJlaFEUS6uMo/UPhWaJVamt3Q/2ZmFqg0pEvm7pAhaqWjFP/",
    "$y$j9T$abcdefghijklmnopqrstu.$Kcu.vggTkAWuKsbYdXVmoegT/Jmj/jPwHww.snc5sV0",
    "$2b$04$abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm",
];

#[test]
fn finds_the_word_and_no_other() {
    for hash in HASHES {
        let mut work = 10_000_000;
        let found = try_words(hash, ["other", "changeme", "never"].into_iter(), &mut work);
        assert_eq!(found, Tried::Found("changeme".into()), "{hash}");
        assert_eq!(try_words(hash, ["other", ""].into_iter(), &mut work), Tried::None, "{hash}");
    }
}

#[test]
fn work_is_bounded() {
    let mut work = 3_000;
    let tried = try_words(HASHES[2], COMMON.iter().copied(), &mut work);
    assert_eq!(tried, Tried::NotAll("the work allowed for trying passwords is used up"));
    assert!(work < 3_000);
    let mut work = u64::MAX;
    for dear in
        ["$6$rounds=999999999$abcdefgh$x", "$2b$31$abcdefghijklmnopqrstuu", "$y$jzT$abcdefgh$x"]
    {
        let tried = try_words(dear, ["changeme"].into_iter(), &mut work);
        assert_eq!(tried, Tried::NotAll("a single try would cost too much"), "{dear}");
    }
    let tried = try_words("abFhv6zf9FaNs", ["changeme"].into_iter(), &mut work);
    assert_eq!(tried, Tried::NotAll("no method to try passwords against this scheme"));
}

#[test]
fn schemes() {
    assert_eq!(Scheme::of("abFhv6zf9FaNs"), Some(Scheme::Des));
    for locked in ["", "!", "*", "x", "!!", "!*", "*LK*", "!$6$x$y"] {
        assert_eq!(Scheme::of(locked), None, "{locked}");
    }
    assert_eq!(Scheme::of("$gy$x"), Some(Scheme::Other));
}

proptest::proptest! {
    #[test]
    fn any_hash_is_answered(hash in "\\PC{0,80}", prefix in "(\\$(1|2b|5|6|y)\\$)?") {
        let mut work = 2_000;
        let _ = try_words(&format!("{prefix}{hash}"), ["a"].into_iter(), &mut work);
    }
}
