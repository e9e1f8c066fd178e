//! Where Go's linker leaves the version of the compiler and the modules of a program: in the section
//! `.go.buildinfo`, or at the beginning of the writable data, behind a magic text (Go's
//! `debug/buildinfo`). Since Go 1.18 both texts follow it; before, it points to them.

use crate::program::{Part, Program};

const MAGIC: &[u8] = b"\xff Go buildinf:";

/// The magic text stands at a multiple of this.
const ALIGN: usize = 16;

const HEADER: usize = 32;

/// Longest text that is read: module lists of the largest programs stay below 1 MB.
const MAX_TEXT: usize = 8 << 20;

/// Mark at the beginning and end of the module list: 16 bytes each.
const MARK: usize = 16;

/// Both texts, as they stand in the program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BuildInfo<'a> {
    /// `go1.22.3`.
    pub(super) version: &'a str,
    /// Lines of the module list; empty where the program was built without modules.
    pub(super) modules: &'a str,
}

/// What is wrong with a program that has build information.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Damaged;

/// The build information of a program; `None` where it is not Go's.
pub(super) fn find<'a>(program: &Program<'a>) -> Option<Result<BuildInfo<'a>, Damaged>> {
    let part = locate(program)?;
    Some(decode(part.bytes, |address| program.at(address)).ok_or(Damaged))
}

fn locate<'a>(program: &Program<'a>) -> Option<Part<'a>> {
    // Older linkers of macOS cut the name off.
    const NAMES: &[&str] = &[".go.buildinfo", "__go_buildinfo"];
    if let Some(section) = program.section(NAMES) {
        return search(section);
    }
    // A program with named sections but without this one is not Go's, unless its format has no such
    // section (PE) or its table was cut.
    let names_it = program.section(&[".gopclntab", "__gopclntab", ".note.go.buildid"]).is_some();
    if program.is_windows() || !program.has_sections() || names_it {
        return program.data().find_map(search);
    }
    None
}

/// The part from the magic text on.
fn search(part: Part<'_>) -> Option<Part<'_>> {
    // The text is aligned in memory, which need not be so in the file.
    let first = (ALIGN - (part.address % ALIGN as u64) as usize) % ALIGN;
    let mut at = first;
    while let Some(rest) = part.bytes.get(at..).filter(|rest| rest.len() >= HEADER) {
        if rest.starts_with(MAGIC) {
            return Some(Part { address: part.address + at as u64, bytes: rest });
        }
        at += ALIGN;
    }
    None
}

/// Both texts; `at` gives the program's memory.
fn decode<'a>(bytes: &'a [u8], at: impl Fn(u64) -> Option<&'a [u8]>) -> Option<BuildInfo<'a>> {
    let (pointer_size, flags) = (*bytes.get(14)?, *bytes.get(15)?);
    let (version, modules) = if flags & 2 != 0 {
        let (version, rest) = inline(bytes.get(HEADER..)?)?;
        (version, inline(rest).map_or(&b""[..], |(modules, _)| modules))
    } else {
        let pointer = Pointer { size: pointer_size, big_endian: flags & 1 != 0 };
        let text = |field: usize| {
            let header = at(pointer.read(bytes.get(16 + field * usize::from(pointer.size)..)?)?)?;
            let start = pointer.read(header)?;
            let len =
                usize::try_from(pointer.read(header.get(usize::from(pointer.size)..)?)?).ok()?;
            at(start)?.get(..len).filter(|text| text.len() <= MAX_TEXT)
        };
        (text(0)?, text(1).unwrap_or_default())
    };
    let version = std::str::from_utf8(version).ok().filter(|version| !version.is_empty())?;
    // The list stands between two marks of 16 bytes, its last line ends before the second.
    let modules = match modules.len().checked_sub(2 * MARK) {
        Some(1..) if modules[modules.len() - MARK - 1] == b'\n' => {
            std::str::from_utf8(&modules[MARK..modules.len() - MARK]).ok()?
        }
        _ => "",
    };
    Some(BuildInfo { version, modules })
}

/// A text behind its length (LEB128).
fn inline(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut len = 0usize;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let rest = bytes.get(at + 1..)?;
            return (len <= MAX_TEXT).then(|| rest.split_at_checked(len))?;
        }
    }
    None
}

/// How a program writes its pointers.
#[derive(Clone, Copy)]
struct Pointer {
    size: u8,
    big_endian: bool,
}

impl Pointer {
    fn read(self, bytes: &[u8]) -> Option<u64> {
        let bytes = bytes.get(..usize::from(self.size))?;
        let value = match (self.size, self.big_endian) {
            (4, false) => u64::from(u32::from_le_bytes(bytes.try_into().ok()?)),
            (4, true) => u64::from(u32::from_be_bytes(bytes.try_into().ok()?)),
            (8, false) => u64::from_le_bytes(bytes.try_into().ok()?),
            (8, true) => u64::from_be_bytes(bytes.try_into().ok()?),
            _ => return None,
        };
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = "path\texample.org/a\nmod\texample.org/a\t(devel)\t\n";

    fn marked() -> Vec<u8> {
        [&[1; MARK], LIST.as_bytes(), &[2; MARK]].concat()
    }

    #[test]
    fn texts_behind_the_header_are_read() {
        let mut bytes = [MAGIC, &[8, 2], &[0; 16], &[6], b"go1.22"].concat();
        bytes.extend([0x80 | (marked().len() & 0x7f) as u8, (marked().len() >> 7) as u8]);
        bytes.extend(marked());
        let found = decode(&bytes, |_| None).unwrap();
        assert_eq!(found, BuildInfo { version: "go1.22", modules: LIST });
        for end in 0..bytes.len() {
            let cut = decode(&bytes[..end], |_| None);
            assert!(cut.is_none_or(|cut| cut.modules.is_empty()));
        }
    }

    #[test]
    fn texts_behind_pointers_are_read_in_both_byte_orders() {
        for (big_endian, size) in [(false, 8usize), (true, 8), (false, 4), (true, 4)] {
            let word = |value: u64| match (size, big_endian) {
                (8, false) => value.to_le_bytes().to_vec(),
                (8, true) => value.to_be_bytes().to_vec(),
                (4, false) => (value as u32).to_le_bytes().to_vec(),
                _ => (value as u32).to_be_bytes().to_vec(),
            };
            const BASE: u64 = 0x1000;
            let mut memory =
                [word(BASE + 64), word(6), word(BASE + 128), word(marked().len() as u64)].concat();
            memory.resize(64, 0);
            memory.extend(b"go1.16");
            memory.resize(128, 0);
            memory.extend(marked());
            let mut bytes = [MAGIC, &[size as u8, u8::from(big_endian)]].concat();
            bytes.extend(word(BASE));
            bytes.extend(word(BASE + 2 * size as u64));
            bytes.resize(HEADER, 0);
            let at = |address: u64| memory.get(usize::try_from(address.checked_sub(BASE)?).ok()?..);
            let found = decode(&bytes, at).unwrap();
            assert_eq!(found, BuildInfo { version: "go1.16", modules: LIST });
        }
    }

    #[test]
    fn the_magic_text_is_found_at_aligned_addresses_only() {
        let mut bytes = vec![0; 200];
        bytes[40..40 + MAGIC.len()].copy_from_slice(MAGIC);
        assert_eq!(search(Part { address: 8, bytes: &bytes }).unwrap().address, 48);
        assert!(search(Part { address: 0, bytes: &bytes }).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(header: Vec<u8>, memory: Vec<u8>) {
            let bytes = [MAGIC, &header].concat();
            let _ = decode(&bytes, |address| memory.get(usize::try_from(address).ok()?..));
        }
    }
}
