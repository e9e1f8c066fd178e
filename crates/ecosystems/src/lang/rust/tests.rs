use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use plimsoll_model::{Confidence, DependencyScope};
use proptest::prelude::*;

use super::*;

const LIST: &str = r#"{"packages":[
    {"name":"app","version":"0.1.0","source":"local","root":true,"dependencies":[1,3]},
    {"name":"time","version":"0.1.42","source":"crates.io","dependencies":[2]},
    {"name":"libc","version":"0.2.80","source":"crates.io"},
    {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"}],"format":1}"#;

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// An ELF program with nothing but the section `.dep-v0`, in the byte order of x86.
pub(super) fn elf(section: &[u8]) -> Vec<u8> {
    let names = b"\0.dep-v0\0.shstrtab\0";
    let (data, strings) = (64u64, 64 + section.len() as u64);
    let table = strings + names.len() as u64;
    let mut out = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    out.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    out.extend([0; 16]);
    out.extend(table.to_le_bytes());
    out.extend([0, 0, 0, 0, 64, 0, 56, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
    out.extend(section);
    out.extend(names);
    out.extend([0; 64]);
    for (name, kind, offset, len) in
        [(1u32, 1u32, data, section.len() as u64), (9, 3, strings, names.len() as u64)]
    {
        out.extend(name.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend([0; 16]);
        out.extend(offset.to_le_bytes());
        out.extend(len.to_le_bytes());
        out.extend([0; 24]);
    }
    out
}

fn wasm(section: &[u8]) -> Vec<u8> {
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    // A type section first, then a custom section.
    out.extend([1, 1, 0]);
    let body = [&[7], b".dep-v0".as_slice(), section].concat();
    out.push(0);
    out.extend([0x80 | (body.len() & 0x7f) as u8, (body.len() >> 7) as u8]);
    out.extend(body);
    out
}

#[test]
fn the_list_says_who_needs_what() {
    for program in [elf(&compressed(LIST)), wasm(&compressed(LIST))] {
        let (packages, problems) = parse_program(&program).unwrap().into_parts();
        assert_eq!(problems, []);
        let rows: Vec<_> = packages
            .iter()
            .map(|p| {
                let app = p.app.as_ref().unwrap();
                (&p.name[..], &p.version[..], app.required_by.join(","), app.is_direct, app.scope)
            })
            .collect();
        let runtime = DependencyScope::Runtime;
        assert_eq!(
            rows,
            [
                ("app", "0.1.0", String::new(), None, runtime),
                ("time", "0.1.42", "app@0.1.0".into(), Some(true), runtime),
                ("libc", "0.2.80", "time@0.1.42".into(), Some(false), runtime),
                ("cc", "1.0.0", "app@0.1.0".into(), Some(true), DependencyScope::Development),
            ]
        );
        assert_eq!(packages[0].app.as_ref().unwrap().confidence, Confidence::Medium);
    }
}

#[test]
fn damaged_lists_are_said() {
    for section in [&b"not zlib"[..], &compressed("{}"), &compressed("{\"packages\":[1]}")] {
        let (packages, problems) = parse_program(&elf(section)).unwrap().into_parts();
        assert_eq!((packages.len(), problems.len()), (0, 1));
    }
    assert!(parse_program(b"\x7fELF").is_none());
    assert!(parse_program(b"\0asm\x01\0\0\0\0\xff\xff\xff\xff\xff").is_none());
    let bomb = " ".repeat(32 << 20);
    let (_, problems) = parse_program(&elf(&compressed(&bomb))).unwrap().into_parts();
    assert_eq!(problems.len(), 1);
}

#[test]
fn lock_files_of_all_versions() {
    let new = r#"version = 4
        [[package]]
        name = "app"
        version = "0.1.0"
        dependencies = ["rand 0.7.3", "rand 0.8.5"]
        [[package]]
        name = "rand"
        version = "0.7.3"
        source = "registry+https://github.com/rust-lang/crates.io-index"
        checksum = "x"
        dependencies = ["libc"]
        [[package]]
        name = "rand"
        version = "0.8.5"
        source = "registry+https://github.com/rust-lang/crates.io-index"
        [[package]]
        name = "libc"
        version = "0.2.80"
        source = "registry+https://github.com/rust-lang/crates.io-index""#;
    let old = new.replace("version = 4\n", "").replace(
        "\"rand 0.7.3\", \"rand 0.8.5\"",
        "\"rand 0.7.3 (registry+https://github.com/rust-lang/crates.io-index)\", \
         \"rand 0.8.5 (registry+https://github.com/rust-lang/crates.io-index)\"",
    ) + "\n[metadata]\n\"checksum rand 0.7.3 (registry)\" = \"x\"\n";
    for text in [new, &old] {
        let (packages, problems) = parse_cargo_lock(text.as_bytes()).unwrap().into_parts();
        assert_eq!(problems, []);
        let rows: Vec<_> = packages
            .iter()
            .map(|p| {
                let app = p.app.as_ref().unwrap();
                (&p.name[..], &p.version[..], app.required_by.join(","), app.is_direct)
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("rand", "0.7.3", "app@0.1.0".to_owned(), Some(true)),
                ("rand", "0.8.5", "app@0.1.0".to_owned(), Some(true)),
                ("libc", "0.2.80", "rand@0.7.3".to_owned(), Some(false)),
            ]
        );
    }
    assert!(parse_cargo_lock(b"version = 4").is_err());
    assert!(parse_cargo_lock(b"[").is_err());
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse_program(&bytes);
        let _ = parse_program(&[b"\0asm\x01\0\0\0", &bytes[..]].concat());
        let _ = parse_program(&elf(&bytes));
        let _ = parse_cargo_lock(&bytes);
    }

    #[test]
    fn a_damaged_program_never_panics(at: prop::sample::Index, value: u8) {
        let mut program = elf(&compressed(LIST));
        let at = at.index(program.len());
        program[at] = value;
        let _ = parse_program(&program);
    }
}
