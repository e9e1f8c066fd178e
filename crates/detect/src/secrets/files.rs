//! The embedded rule files. Written by `PLIMSOLL_BLESS=1 cargo test -p plimsoll-detect rules`.

/// Name and text of each file of `rules/secrets`.
pub(super) const FILES: &[(&str, &str)] = &[
];
