//! What an entry's name means: a path, a whiteout, or something that no layer should hold.

use plimsoll_model::{Whiteout, normalize_path};

use crate::limits::MAX_PATH;

/// The meaning of a name.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Name {
    /// The root directory.
    Root,
    /// A path.
    Path(String),
    /// A deletion.
    Whiteout(Whiteout),
    /// Metadata of the aufs file system, which says nothing of the image (`.wh..wh.plnk`, `.wh..wh.aufs`).
    Aufs,
    /// A name that is not used, and why.
    Refused(&'static str),
    /// A name beyond [`MAX_PATH`].
    TooLong,
}

/// Reads a name as the OCI image specification does ("Layer Filesystem Changeset", "Whiteouts").
pub(crate) fn read_name(raw: &[u8]) -> Name {
    if raw.len() > MAX_PATH {
        return Name::TooLong;
    }
    if raw.contains(&0) {
        return Name::Refused("a name with a NUL byte");
    }
    let Some(path) = normalize_path(raw) else {
        return Name::Refused("a name with a `..` part");
    };
    if path.is_empty() {
        return if raw.is_empty() { Name::Refused("an entry without a name") } else { Name::Root };
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    if let Some(hidden) = name.strip_prefix(".wh.") {
        return match hidden {
            ".wh..opq" => Name::Whiteout(Whiteout::Opaque(folder.to_owned())),
            hidden if hidden.starts_with(".wh.") => Name::Aufs,
            "" | "." | ".." => Name::Refused("a whiteout of nothing"),
            _ if folder.is_empty() => Name::Whiteout(Whiteout::Path(hidden.to_owned())),
            _ => Name::Whiteout(Whiteout::Path(format!("{folder}/{hidden}"))),
        };
    }
    if folder.split('/').any(|part| part.starts_with(".wh..wh.")) {
        return Name::Aufs;
    }
    Name::Path(path)
}

/// A link target as text, invalid UTF-8 written as in paths.
pub(crate) fn read_target(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let path = |p: &str| Name::Path(p.into());
        let white = |p: &str| Name::Whiteout(Whiteout::Path(p.into()));
        let opaque = |p: &str| Name::Whiteout(Whiteout::Opaque(p.into()));
        let long = "a/".repeat(2100);
        for (raw, expected) in [
            ("./etc/passwd", path("etc/passwd")),
            ("/etc/passwd", path("etc/passwd")),
            ("./", Name::Root),
            ("", Name::Refused("an entry without a name")),
            ("a/../../etc/shadow", Name::Refused("a name with a `..` part")),
            ("a\0b", Name::Refused("a name with a NUL byte")),
            (".wh.a", white("a")),
            ("x/.wh.a", white("x/a")),
            ("x/.wh..hidden", white("x/.hidden")),
            ("x/.wh..wh..opq", opaque("x")),
            (".wh..wh..opq", opaque("")),
            (".wh..wh.plnk", Name::Aufs),
            (".wh..wh.plnk/12.34", Name::Aufs),
            ("x/.wh.", Name::Refused("a whiteout of nothing")),
            ("x/.wh..", Name::Refused("a whiteout of nothing")),
            ("x/.wh...", Name::Refused("a whiteout of nothing")),
            ("x/.wh.a/b", path("x/.wh.a/b")),
            (long.as_str(), Name::TooLong),
        ] {
            assert_eq!(read_name(raw.as_bytes()), expected, "{raw:?}");
        }
    }
}
