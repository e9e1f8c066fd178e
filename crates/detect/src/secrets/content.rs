//! What a file is, by its path and first bytes, as far as the search for secrets cares: whether there is text in it at
//! all, and whether it is an archive to be looked into.

/// Sorts of content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Content {
    /// Text, or a format with text in it.
    Text,
    /// `zip` and everything that is one.
    Zip,
    /// An uncompressed tar archive.
    Tar,
    /// Gzip: of a tar archive or of a single file.
    Gzip,
    /// Programs, pictures, sounds, fonts, databases, other compressed formats: nobody keeps a password there in a form
    /// that a search for text would find.
    Opaque,
}

/// First bytes of formats without text.
const OPAQUE_MAGIC: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"!<arch>\n",
    b"\0asm",
    b"\xde\xc0\x17\x0b",
    b"BC\xc0\xde",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"\0\0\x01\0",
    b"8BPS",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\x1aE\xdf\xa3",
    b"\0\0\0\x18ftyp",
    b"\0\0\0\x1cftyp",
    b"\0\0\0 ftyp",
    b"\0\x01\0\0\0",
    b"OTTO",
    b"ttcf",
    b"true\0",
    b"wOFF",
    b"wOF2",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"SQLite format 3\0",
    b"%PDF",
    b"\x80\x02\x8a",
    b"TZif",
    b"\xde\x12\x04\x95",
    b"\x95\x04\x12\xde",
    b"hsqs",
    b"LUKS",
    b"\xed\xab\xee\xdb",
    b"070701",
    b"PAR1",
    b"\x93NUMPY",
    b"\x89HDF",
    b"KSqe",
    b"\xda\xda\xfe\xca",
    b"\xca\xfe\xda\xda",
    b"\xb8\xb4\xb1\x00",
    b"regf",
    b"rsrc",
];

/// Ends of the names of such formats, for those without a magic number.
const OPAQUE_ENDS: &[&str] = &[
    ".ttf",
    ".otf",
    ".eot",
    ".mp3",
    ".mp4",
    ".mov",
    ".avi",
    ".wmv",
    ".wav",
    ".ico",
    ".icns",
    ".psd",
    ".tga",
    ".dds",
    ".swf",
    ".br",
    ".lzma",
    ".lz4",
    ".zst",
    ".xz",
    ".bz2",
    ".gmo",
    ".mo",
    ".bdic",
    ".dat.gz",
    ".pack",
    ".rgb",
    ".onnx",
    ".tflite",
    ".safetensors",
    ".gguf",
    ".pt",
    ".pth",
    ".h5",
    ".npy",
    ".parquet",
];

/// What a file is. `head` are its first bytes.
pub(super) fn content(path: &str, head: &[u8]) -> Content {
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Content::Zip;
    }
    if head.starts_with(b"\x1f\x8b\x08") {
        return Content::Gzip;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Content::Tar;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    // Java's classes share their magic number with fat Mach-O programs, of which there are never more than a few.
    let is_fat = head.starts_with(b"\xca\xfe\xba\xbe")
        && head.get(4..8).is_some_and(|n| n[..3] == [0, 0, 0] && n[3] < 20);
    let by_name = OPAQUE_ENDS.iter().any(|end| {
        name.len() > end.len()
            && name.as_bytes()[name.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
    });
    // `BM`, `MZ` and `ID3` may also begin a text.
    let by_magic = OPAQUE_MAGIC
        .iter()
        .any(|magic| head.starts_with(magic) && (magic.len() > 3 || is_binary(head)));
    if is_fat || by_name || by_magic { Content::Opaque } else { Content::Text }
}

/// Whether the first bytes are not those of a text.
pub(super) fn is_binary(head: &[u8]) -> bool {
    memchr::memchr(0, head).is_some()
}

/// Whether an entry of an archive is compiled code of somebody else's library. What a web application holds of its own
/// lies below `WEB-INF/classes` or `BOOT-INF/classes`.
pub(super) fn is_library_class(path: &str) -> bool {
    // `.sig` are the classes in the JDK's `ct.sym`.
    (path.ends_with(".class") && !path.contains("-INF/classes/")) || path.ends_with(".sig")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_first_bytes_and_name() {
        for (path, head, kind) in [
            ("a", &b"\x7fELF\x02"[..], Content::Opaque),
            ("a", b"BMW_TOKEN=x", Content::Text),
            ("a", b"BM\0\0", Content::Opaque),
            ("a.jar", b"PK\x03\x04", Content::Zip),
            ("a.TTF", b"\0\x02", Content::Opaque),
            ("a.class", b"\xca\xfe\xba\xbe\0\0\0\x41", Content::Text),
            ("a.dylib", b"\xca\xfe\xba\xbe\0\0\0\x02", Content::Opaque),
            ("a.pyc", b"\xcb\x0d\x0d\x0a", Content::Text),
            ("a.gz", b"\x1f\x8b\x08\0", Content::Gzip),
        ] {
            assert_eq!(content(path, head), kind, "{path}");
        }
        assert!(is_library_class("org/x/A.class") && !is_library_class("WEB-INF/classes/A.class"));
    }
}
