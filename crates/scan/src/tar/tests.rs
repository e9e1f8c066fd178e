use std::{io::Write as _, process::Command};

use proptest::prelude::*;

use super::*;

/// An entry with its content.
type Read = (TarEntry, Vec<u8>);

fn read_all(bytes: &[u8], step: usize) -> (Vec<Read>, Option<TarError>) {
    let mut tar = TarReader::new(Box::new(SliceSource { bytes, step }));
    let mut found = Vec::new();
    loop {
        match tar.next_entry() {
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error)),
            Ok(Some(entry)) => {
                let mut content = Vec::new();
                let size = entry.size.min(1 << 20);
                let head = tar.head().map(<[u8]>::to_vec);
                match tar.read(&mut content, if tar.is_unusable() { 0 } else { size }) {
                    Ok(()) => {
                        let is_file = entry.kind == EntryKind::File;
                        assert!(!is_file || content.starts_with(&head.unwrap()));
                        found.push((entry, content));
                    }
                    Err(error) => return (found, Some(error)),
                }
            }
        }
    }
}

fn header(name: &str, flag: u8, size: u64) -> [u8; 512] {
    let mut block = [0u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[108..115].copy_from_slice(b"0000000");
    block[116..123].copy_from_slice(b"0000000");
    block[124..136].copy_from_slice(format!("{size:012o}").as_bytes());
    block[156] = flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    seal(&mut block);
    block
}

fn seal(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

fn archive(parts: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (header, body) in parts {
        out.extend_from_slice(header);
        out.extend_from_slice(body);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in records {
        let rest = format!(" {key}={value}\n");
        let mut len = rest.len() + 1;
        while len != rest.len() + len.to_string().len() {
            len += 1;
        }
        out.extend_from_slice(format!("{len}{rest}").as_bytes());
    }
    out
}

fn names(read: &[Read]) -> Vec<String> {
    read.iter().map(|(e, _)| String::from_utf8_lossy(&e.path).into_owned()).collect()
}

#[test]
fn agrees_with_the_tar_crate_on_long_names_links_and_large_numbers() {
    let mut builder = ::tar::Builder::new(Vec::new());
    let long = format!("{}/end", "deep/".repeat(60));
    for (name, body) in [("a", &b"hello"[..]), (&long, b"long"), ("empty", b"")] {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(body.len() as u64);
        header.set_mode(0o4755);
        header.set_uid(3_000_000);
        header.set_gid(7);
        builder.append_data(&mut header, name, body).unwrap();
    }
    let mut link = ::tar::Header::new_gnu();
    link.set_entry_type(::tar::EntryType::Symlink);
    link.set_size(0);
    link.set_uid(0);
    builder.append_link(&mut link, "link", format!("/{long}")).unwrap();
    let bytes = builder.into_inner().unwrap();
    let (read, error) = read_all(&bytes, 700);
    assert!(error.is_none(), "{error:?}");
    let mut oracle = ::tar::Archive::new(&bytes[..]);
    let expected: Vec<(Vec<u8>, u64, Option<Vec<u8>>)> = oracle
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let link = entry.link_name_bytes().map(|l| l.into_owned());
            (entry.path_bytes().into_owned(), entry.header().uid().unwrap(), link)
        })
        .collect();
    let ours: Vec<_> = read
        .iter()
        .map(|(e, _)| {
            (e.path.clone(), u64::from(e.uid), (!e.link.is_empty()).then(|| e.link.clone()))
        })
        .collect();
    assert_eq!(ours, expected);
    assert_eq!(read[0].1, b"hello");
    assert_eq!(read[0].0.mode, 0o4755);
    assert_eq!(read[3].0.kind, EntryKind::Symlink);
}

#[test]
fn gnu_tar_writes_every_kind_of_sparse_file_and_long_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse");
    let mut file = std::fs::File::create(&path).unwrap();
    use std::io::Seek as _;
    for (at, text) in [(4096u64, "one"), (300_000, "two"), (900_000, "three")] {
        file.seek(std::io::SeekFrom::Start(at)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    file.set_len(1_000_000).unwrap();
    drop(file);
    let expected = std::fs::read(&path).unwrap();
    std::fs::write(dir.path().join("plain"), b"behind").unwrap();
    for form in ["gnu", "0.0", "0.1", "1.0"] {
        let mut tar = Command::new("tar");
        match form {
            "gnu" => tar.arg("--format=gnu"),
            version => tar.args(["--format=posix", &format!("--sparse-version={version}")]),
        };
        let output = tar.args(["-S", "-cf", "-", "sparse", "plain"]).current_dir(&dir).output();
        let Ok(output) = output else {
            eprintln!("skipped: there is no tar program");
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.len() < 500_000, "tar found no holes");
        let (read, error) = read_all(&output.stdout, 1000);
        assert!(error.is_none(), "{form}: {error:?}");
        assert_eq!(names(&read), ["sparse", "plain"], "{form}");
        assert!(read[0].1 == expected, "{form}: content differs");
        assert_eq!(read[0].0.size, 1_000_000);
        assert_eq!(read[1].1, b"behind");
    }
}

#[test]
fn pax_overrides_and_a_global_header_does_not() {
    let records = pax(&[("path", "real"), ("size", "3"), ("uid", "70000"), ("comment", "x")]);
    let global = pax(&[("path", "everything-is-this")]);
    let bytes = archive(&[
        (&header("g", b'g', global.len() as u64), &global),
        (&header("x", b'x', records.len() as u64), &records),
        (&header("short", b'0', 0), b"abc"),
        (&header("next", b'0', 1), b"d"),
    ]);
    let (read, error) = read_all(&bytes, 4096);
    assert!(error.is_none());
    assert_eq!(names(&read), ["real", "next"]);
    assert_eq!((read[0].1.as_slice(), read[0].0.uid), (&b"abc"[..], 70000));
    assert_eq!(read[0].0.note.map(|n| n.0), Some(ProblemKind::UnsafeEntry));
    assert_eq!(read[1].0.note, None);
}

#[test]
fn v7_and_ustar_prefix() {
    let mut v7 = header("old/", 0, 0);
    v7[257..265].fill(0);
    seal(&mut v7);
    let mut prefixed = header("name", b'0', 0);
    prefixed[345..348].copy_from_slice(b"a/b");
    seal(&mut prefixed);
    let (read, _) = read_all(&archive(&[(&v7, b""), (&prefixed, b"")]), 512);
    assert_eq!(names(&read), ["old/", "a/b/name"]);
    assert_eq!(read[0].0.kind, EntryKind::Dir);
}

#[test]
fn hostile_headers_end_the_archive_and_keep_what_came_before() {
    let first = header("first", b'0', 2);
    let mut negative = header("negative", b'0', 0);
    negative[124..136].fill(0xff);
    seal(&mut negative);
    let mut broken = header("broken", b'0', 0);
    broken[0] = b'B';
    let big = header("big", b'L', MAX_TAR_EXTENSION + 1);
    let lying = header("lying", b'0', 1 << 33);
    for (name, bad) in [
        ("negative size", &negative[..]),
        ("wrong checksum", &broken),
        ("giant extension", &big),
        ("size beyond the end", &lying),
        ("half a header", &first[..300]),
    ] {
        let mut bytes = archive(&[(&first, b"ok")]);
        bytes.truncate(1024);
        bytes.extend_from_slice(bad);
        let (read, error) = read_all(&bytes, 333);
        assert_eq!(names(&read), ["first"], "{name}");
        let error = error.expect(name);
        match name {
            "giant extension" => assert!(matches!(error, TarError::Extension(_))),
            "size beyond the end" | "half a header" => {
                assert!(matches!(error, TarError::Truncated), "{name}: {error}");
            }
            _ => assert!(matches!(error, TarError::Malformed(_)), "{name}: {error}"),
        }
    }
}

#[test]
fn an_archive_without_end_blocks_and_one_with_a_zero_block_inside_are_read() {
    let (one, two) = (header("one", b'0', 0), header("two", b'0', 0));
    let mut bytes = one.to_vec();
    bytes.resize(1024, 0);
    bytes.extend_from_slice(&two);
    let (read, error) = read_all(&bytes, 512);
    assert!(error.is_none());
    assert_eq!(names(&read), ["one", "two"]);
    assert_eq!(read[1].0.note.map(|n| n.0), Some(ProblemKind::Malformed));
}

#[test]
fn a_sparse_map_that_contradicts_itself_hides_only_that_file() {
    for map in ["0,5,3,4", "18446744073709551615,9", "0,900,1000,4", "5", "0,x"] {
        let records =
            pax(&[("GNU.sparse.map", map), ("GNU.sparse.size", "1000"), ("GNU.sparse.name", "s")]);
        let bytes = archive(&[
            (&header("x", b'x', records.len() as u64), &records),
            (&header("y", b'0', 9), b"123456789"),
            (&header("after", b'0', 2), b"ok"),
        ]);
        let (read, error) = read_all(&bytes, 512);
        assert!(error.is_none(), "{map}");
        assert_eq!(names(&read), ["s", "after"], "{map}");
        assert!(read[0].0.note.is_some(), "{map}");
        assert!(read[0].1.is_empty(), "{map}");
        assert_eq!(read[1].1, b"ok");
    }
}

#[test]
fn a_huge_hole_costs_nothing_until_it_is_read() {
    let records = pax(&[("GNU.sparse.map", "0,1"), ("GNU.sparse.size", "1099511627776")]);
    let bytes = archive(&[
        (&header("x", b'x', records.len() as u64), &records),
        (&header("y", b'0', 1), b"1"),
    ]);
    let mut tar = TarReader::new(Box::new(SliceSource { bytes: &bytes, step: 512 }));
    let entry = tar.next_entry().unwrap().unwrap();
    assert_eq!(entry.size, 1 << 40);
    assert_eq!(tar.head().unwrap().len(), 512);
    assert!(tar.next_entry().unwrap().is_none());
}

fn any_archive() -> impl Strategy<Value = Vec<u8>> {
    let entry = (
        "[a-z./]{0,120}",
        prop::sample::select(b"0\x001235xgLKSDV".to_vec()),
        prop::collection::vec(any::<u8>(), 0..600),
        prop::option::of(0u64..3000),
    );
    (prop::collection::vec(entry, 0..8), prop::collection::vec((any::<u16>(), any::<u8>()), 0..4))
        .prop_map(|(entries, damage)| {
            let mut out = Vec::new();
            for (name, flag, body, lie) in entries {
                let name = &name[..name.len().min(100)];
                out.extend_from_slice(&header(name, flag, lie.unwrap_or(body.len() as u64)));
                out.extend_from_slice(&body);
                out.resize(out.len().next_multiple_of(512), 0);
            }
            out.resize(out.len() + 1024, 0);
            for (at, byte) in damage {
                let at = usize::from(at) % out.len();
                out[at] = byte;
            }
            out
        })
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        let _ = read_all(&bytes, 100);
    }

    #[test]
    fn damaged_archives_never_panic_and_chunks_make_no_difference(
        bytes in any_archive(),
        step in 1usize..2000,
    ) {
        let (one, error) = read_all(&bytes, usize::MAX);
        let (other, other_error) = read_all(&bytes, step);
        prop_assert_eq!(one, other);
        prop_assert_eq!(error.is_some(), other_error.is_some());
    }
}
