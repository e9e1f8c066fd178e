use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

/// An archive by the crate `zip`, another implementation of the format.
pub(crate) fn pack(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn all(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let archive = Archive::open(bytes).unwrap();
    let mut budget = Budget::new(1 << 30);
    archive
        .entries()
        .map(|entry| {
            let entry = entry.unwrap();
            let content = archive.read(&entry, 1 << 20, &mut budget).unwrap();
            (String::from_utf8_lossy(entry.name).into_owned(), content.into_owned())
        })
        .collect()
}

const TWO: &[(&str, &[u8])] = &[("a", b"alpha"), ("b/c", &[b'x'; 5000])];

fn two() -> Vec<(String, Vec<u8>)> {
    TWO.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect()
}

#[test]
fn reads_what_another_program_wrote_with_or_without_a_prefix() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let packed = pack(TWO, method);
        assert_eq!(all(&packed), two());
        let script = [b"#!/bin/sh\nexec java -jar $0\n".as_slice(), &packed].concat();
        assert_eq!(all(&script), two());
    }
}

#[test]
fn a_comment_that_looks_like_an_end_record_does_not_hide_the_archive() {
    let mut packed = pack(TWO, CompressionMethod::Stored);
    let len = packed.len();
    let comment = [b"PK\x05\x06".as_slice(), &[0xff; 30]].concat();
    packed[len - 2..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    packed.extend(comment);
    assert_eq!(all(&packed), two());
}

/// Turns the only entry's sizes and offset, and the directory's place, into zip64.
#[test]
fn zip64_sizes_and_places_are_followed() {
    let mut out = b"PK\x03\x04-\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    out.extend([0xff; 8]);
    out.extend([1, 0, 0, 0]);
    out.extend(b"ahello");
    let start = out.len() as u64;
    out.extend(b"PK\x01\x02-\0-\0\0\0\0\0\0\0\0\0\0\0\0\0");
    out.extend([0xff; 8]);
    out.extend([1, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend([0xff; 4]);
    out.extend(b"a\x01\0\x18\0");
    for value in [5u64, 5, 0] {
        out.extend(value.to_le_bytes());
    }
    let (end, size) = (out.len() as u64, out.len() as u64 - start);
    out.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0-\0-\0\0\0\0\0\0\0\0\0");
    for value in [1, 1, size, start] {
        out.extend(value.to_le_bytes());
    }
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend(end.to_le_bytes());
    out.extend([1, 0, 0, 0]);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([0xff; 12]);
    out.extend([0, 0]);
    assert_eq!(all(&out), [("a".to_owned(), b"hello".to_vec())]);
    let behind_a_prefix = [b"#!/bin/sh\n".as_slice(), &out].concat();
    assert_eq!(all(&behind_a_prefix), [("a".to_owned(), b"hello".to_vec())]);
}

#[test]
fn bombs_and_lies_are_refused() {
    let zeros = vec![0u8; 32 << 20];
    let packed = pack(&[("zeros", &zeros)], CompressionMethod::Deflated);
    let archive = Archive::open(&packed).unwrap();
    let entry = archive.entries().next().unwrap().unwrap();
    let mut budget = Budget::new(1 << 30);
    let read = |most, budget: &mut Budget| archive.read(&entry, most, budget).unwrap_err();
    assert_eq!(read(1 << 30, &mut budget), ZipError::TooLarge("the compression ratio"));
    assert_eq!(read(1 << 20, &mut budget), ZipError::TooLarge("one entry"));
    assert_eq!(read(1 << 30, &mut Budget::new(1 << 20)), ZipError::TooLarge("one file"));
    let start = archive.read_start(&entry, 100, &mut budget).unwrap();
    assert_eq!(start.len(), 100);

    let lie = Entry { size: u64::MAX, compressed: entry.compressed, ..entry };
    assert!(archive.read(&lie, 100, &mut budget).is_err());
    let lie = Entry { compressed: u64::MAX, ..entry };
    assert_eq!(archive.read(&lie, 100, &mut budget).unwrap_err(), ZipError::OutOfBounds);
    let lie = Entry { offset: u64::MAX, ..entry };
    assert_eq!(archive.read(&lie, 100, &mut budget).unwrap_err(), ZipError::OutOfBounds);
}

#[test]
fn a_directory_that_is_cut_off_gives_what_it_has() {
    let packed = pack(TWO, CompressionMethod::Stored);
    let archive = Archive::open(&packed).unwrap();
    let cut = Archive { directory: &archive.directory[..60], ..archive };
    let entries: Vec<_> = cut.entries().collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].unwrap_err(), ZipError::BadDirectory(1));
    assert_eq!(Archive::open(&packed[..packed.len() - 30]).unwrap_err(), ZipError::NoDirectory);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        if let Ok(archive) = Archive::open(&bytes) {
            for entry in archive.entries().flatten() {
                let _ = archive.read(&entry, 1000, &mut Budget::new(1000));
            }
        }
    }

    #[test]
    fn a_damaged_archive_never_panics(at in 0usize..400, value: u8, deflated: bool) {
        let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let mut packed = pack(&[("a", b"alpha"), ("b/c", &[b'x'; 50])], method);
        let at = at % packed.len();
        packed[at] = value;
        if let Ok(archive) = Archive::open(&packed) {
            for entry in archive.entries().flatten() {
                let _ = archive.read(&entry, 1000, &mut Budget::new(10_000));
            }
        }
    }
}
