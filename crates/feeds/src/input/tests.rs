use std::io::Write;

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Seen(Vec<(String, usize, Option<Date>)>);

impl Visitor for Seen {
    fn wants(&self, name: &str) -> bool {
        !name.ends_with(".md")
    }

    fn visit(&mut self, mut entry: Entry<'_>) -> Result<(), FeedError> {
        let bytes = entry.bytes().map_err(|e| FeedError::io(entry.name, e))?;
        self.0.push((entry.name.to_owned(), bytes.len(), entry.modified));
        Ok(())
    }
}

fn names(seen: &Seen) -> Vec<(&str, usize)> {
    seen.0.iter().map(|(n, l, _)| (n.as_str(), *l)).collect()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mtime(1_600_000_000);
        header.set_mode(0o644);
        out.append_data(&mut header, name, *bytes).unwrap();
    }
    out.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        out.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn a_folder_is_read_in_the_order_of_names_with_all_that_is_packed_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(b"bzip").unwrap();
    put("z.json", b"plain");
    put("a/b.json.gz", &gz(b"gz"));
    put("a/c.json.bz2", &bz.finish().unwrap());
    put("a/d.json.zst", &zstd::encode_all(&b"zstandard"[..], 1).unwrap());
    put("m.tar.gz", &gz(&tar(&[("x/1.json", b"one"), ("README.md", b"no"), ("2.json", b"2")])));
    put("n.zip", &zip(&[("3.json", b"three")]));
    put("README.md", b"not wanted");
    put(".git/config", b"hidden");
    let mut seen = Seen::default();
    walk(dir.path(), &mut seen).unwrap();
    let expected = [
        ("a/b.json", 2),
        ("a/c.json", 4),
        ("a/d.json", 9),
        ("x/1.json", 3),
        ("2.json", 1),
        ("3.json", 5),
        ("z.json", 5),
    ];
    assert_eq!(names(&seen), expected);
    assert_eq!(seen.0[3].2, Some(jiff::civil::date(2020, 9, 13)));

    let mut alone = Seen::default();
    walk(&dir.path().join("README.md"), &mut alone).unwrap();
    assert_eq!(names(&alone), [("README.md", 10)], "a file named outright is always read");
}

#[test]
fn several_compressed_members_are_one_stream() {
    let mut seen = Seen::default();
    walk_bytes("x.gz", &[gz(b"one"), gz(b"two")].concat(), &mut seen).unwrap();
    assert_eq!(names(&seen), [("x", 6)]);
}

#[test]
fn broken_streams_are_errors_with_their_place() {
    let whole = gz(&tar(&[("a.json", &[7; 4096])]));
    for cut in [40, whole.len() - 9] {
        let error = walk_bytes("a.tar.gz", &whole[..cut], &mut Seen::default()).unwrap_err();
        assert!(error.to_string().contains("a"), "{error}");
    }
    assert!(walk(Path::new("/nonexistent/feed"), &mut Seen::default()).is_err());
}

#[test]
fn an_xz_stream_cannot_ask_for_gigabytes() {
    // A valid header (magic, flags, CRC) and a block header that asks for a dictionary of 4 GiB.
    let mut bytes = vec![0xfd, b'7', b'z', b'X', b'Z', 0, 0, 1, 0x69, 0x22, 0xde, 0x36];
    bytes.extend([0x02, 0x00, 0x21, 0x01, 40, 0, 0, 0, 0, 0, 0, 0]);
    assert!(walk_bytes("x.xz", &bytes, &mut Seen::default()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_never_panic(
        kind in 0usize..6,
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let magic: [&[u8]; 6] =
            [b"", b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"BZh91", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
        let _ = walk_bytes("x", &[magic[kind], &bytes].concat(), &mut Seen::default());
        let mut tar = tar(&[("a.json", &bytes)]);
        for (at, byte) in bytes.iter().enumerate().take(257) {
            tar[at] ^= byte & 1;
        }
        let _ = walk_bytes("x", &tar, &mut Seen::default());
    }
}
