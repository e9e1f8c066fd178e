//! Programs: ELF, PE, Mach-O and WebAssembly files in memory. What reads a program (Go's build information,
//! Rust's dependency list, classifiers) asks for it with [`looks_like_program`] and finds its way with
//! [`Program`]. Only headers are read: a program in C costs no more than its section table.

use object::{
    BinaryFormat, FileKind, Object as _, ObjectSection as _, ObjectSegment as _, SegmentFlags, elf,
    read::macho::{FatArch as _, MachOFatFile32, MachOFatFile64},
};
use plimsoll_model::FileMeta;

/// Smallest file that is taken for a program with a dependency list: the smallest that Go's linker makes has
/// over 1 MB, the smallest stripped one of Rust about 300 KB.
pub(crate) const MIN_PROGRAM: u64 = 128 << 10;

/// Most sections or segments that are looked at.
const MAX_SECTIONS: usize = 20_000;

/// Most architectures of one universal Mach-O file.
const MAX_ARCHITECTURES: usize = 8;

/// Whether a file of at least [`MIN_PROGRAM`] begins like a program or shared library. Object files and
/// kernel modules (relocatable ELF) are none.
pub(crate) fn looks_like_program(file: &FileMeta<'_>, head: &[u8]) -> bool {
    if file.size() < MIN_PROGRAM {
        return false;
    }
    match head {
        [0x7f, b'E', b'L', b'F', _, order, ..] => {
            let kind = match (order, head.get(16..18)) {
                (2, Some(&[high, low])) | (_, Some(&[low, high])) => {
                    u16::from_le_bytes([low, high])
                }
                _ => return false,
            };
            kind == elf::ET_EXEC.0 || kind == elf::ET_DYN.0
        }
        [b'M', b'Z', ..] | [0, b'a', b's', b'm', ..] => true,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => true,
        // Java's classes begin with the same bytes; their version (45 and up) stands where the number of
        // architectures does.
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, count, ..] => {
            usize::from(*count) <= MAX_ARCHITECTURES
        }
        _ => false,
    }
}

/// Whether UPX packed the program: then its content cannot be seen. Its mark stands behind the program
/// headers.
pub(crate) fn is_packed(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(4).any(|window| window == b"UPX!")
}

/// A part of a program that is mapped into memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// Where it is mapped.
    pub(crate) address: u64,
    /// Its bytes in the file.
    pub(crate) bytes: &'a [u8],
}

/// A program of one architecture.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    file: object::File<'a>,
}

impl<'a> Program<'a> {
    /// The programs in a file: more than one in a universal Mach-O file, none where it is damaged.
    pub(crate) fn all(bytes: &'a [u8]) -> Vec<Self> {
        let parse = |bytes| object::File::parse(bytes).ok().map(|file| Self { file });
        let of = |range: (u64, u64)| {
            let start = usize::try_from(range.0).ok()?;
            let end = start.checked_add(usize::try_from(range.1).ok()?)?;
            bytes.get(start..end).and_then(parse)
        };
        match FileKind::parse(bytes) {
            Ok(FileKind::MachOFat32) => MachOFatFile32::parse(bytes).ok().map_or(vec![], |fat| {
                let arches = fat.arches().iter().take(MAX_ARCHITECTURES);
                arches.filter_map(|arch| of(arch.file_range())).collect()
            }),
            Ok(FileKind::MachOFat64) => MachOFatFile64::parse(bytes).ok().map_or(vec![], |fat| {
                let arches = fat.arches().iter().take(MAX_ARCHITECTURES);
                arches.filter_map(|arch| of(arch.file_range())).collect()
            }),
            _ => parse(bytes).into_iter().collect(),
        }
    }

    /// The first section of one of these names.
    pub(crate) fn section(&self, names: &[&str]) -> Option<Part<'a>> {
        self.file
            .sections()
            .take(MAX_SECTIONS)
            .find(|section| {
                section
                    .name_bytes()
                    .is_ok_and(|name| names.iter().any(|wanted| wanted.as_bytes() == name))
            })
            .and_then(|section| {
                Some(Part { address: section.address(), bytes: section.data().ok()? })
            })
    }

    /// Whether it has a section table: strippers can remove it.
    pub(crate) fn has_sections(&self) -> bool {
        self.file.sections().next().is_some()
    }

    /// Whether it is a program of Windows.
    pub(crate) fn is_windows(&self) -> bool {
        self.file.format() == BinaryFormat::Pe
    }

    /// What is mapped writable and not executable.
    pub(crate) fn data(&self) -> impl Iterator<Item = Part<'a>> {
        self.parts(|flags, name| match flags {
            SegmentFlags::Elf { p_flags, .. } => {
                p_flags.0 & (elf::PF_W.0 | elf::PF_X.0) == elf::PF_W.0
            }
            SegmentFlags::Coff { characteristics } => {
                characteristics.0
                    & (object::pe::IMAGE_SCN_MEM_WRITE.0 | object::pe::IMAGE_SCN_MEM_EXECUTE.0)
                    == object::pe::IMAGE_SCN_MEM_WRITE.0
            }
            _ => name == b"__DATA",
        })
    }

    /// Everything that is mapped.
    pub(crate) fn mapped(&self) -> impl Iterator<Item = Part<'a>> {
        self.parts(|_, _| true)
    }

    fn parts(&self, keep: impl Fn(SegmentFlags, &[u8]) -> bool) -> impl Iterator<Item = Part<'a>> {
        self.file.segments().take(MAX_SECTIONS).filter_map(move |segment| {
            let name = segment.name_bytes().ok().flatten().unwrap_or_default();
            keep(segment.flags(), name)
                .then(|| Some(Part { address: segment.address(), bytes: segment.data().ok()? }))?
        })
    }

    /// From `address` to the end of what is mapped there.
    pub(crate) fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.mapped().find_map(|part| {
            let offset = usize::try_from(address.checked_sub(part.address)?).ok()?;
            part.bytes.get(offset..).filter(|rest| !rest.is_empty())
        })
    }
}

/// The custom section `name` of a WebAssembly module (WebAssembly specification, 5.5.3).
pub(crate) fn custom_section<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = bytes.strip_prefix(b"\0asm")?.get(4..)?;
    for _ in 0..MAX_SECTIONS {
        let (&id, body) = rest.split_first()?;
        let (section, next) = sized(body)?;
        if id == 0 {
            let (section_name, content) = sized(section)?;
            if section_name == name.as_bytes() {
                return Some(content);
            }
        }
        rest = next;
    }
    None
}

/// Bytes behind their length (LEB128), and what follows them.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut len = 0u64;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        len |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return bytes.get(at + 1..)?.split_at_checked(usize::try_from(len).ok()?);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{EntryKind, PathEntry};
    use proptest::prelude::*;

    use super::*;

    fn is_program(head: &[u8], size: u64) -> bool {
        let entry = PathEntry {
            path: "usr/bin/x",
            kind: EntryKind::File,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size,
            target: "",
        };
        looks_like_program(&FileMeta { entry }, head)
    }

    #[test]
    fn programs_and_libraries_are_told_from_object_files_and_classes() {
        let elf = |order: u8, kind: [u8; 2]| {
            let mut head = b"\x7fELF\x02".to_vec();
            head.push(order);
            head.resize(16, 0);
            head.extend(kind);
            head
        };
        assert!(is_program(&elf(1, [2, 0]), MIN_PROGRAM));
        assert!(is_program(&elf(1, [3, 0]), MIN_PROGRAM));
        assert!(is_program(&elf(2, [0, 3]), MIN_PROGRAM));
        assert!(!is_program(&elf(1, [1, 0]), MIN_PROGRAM));
        assert!(!is_program(&elf(1, [2, 0]), MIN_PROGRAM - 1));
        assert!(!is_program(b"\x7fELF", MIN_PROGRAM));
        assert!(is_program(b"MZ\x90\0", MIN_PROGRAM));
        assert!(is_program(b"\xca\xfe\xba\xbe\0\0\0\x02", MIN_PROGRAM));
        assert!(!is_program(b"\xca\xfe\xba\xbe\0\0\0\x34", MIN_PROGRAM));
        assert!(!is_program(b"#!/bin/sh", MIN_PROGRAM));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(magic in 0usize..7, rest: Vec<u8>) {
            let magics: [&[u8]; 7] = [b"", b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"MZ",
                b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\x02", b"\0asm\x01\0\0\0"];
            let bytes = [magics[magic], &rest].concat();
            is_program(&bytes, MIN_PROGRAM);
            let _ = custom_section(&bytes, "x");
            for program in Program::all(&bytes) {
                let _ = (program.section(&["x"]).is_some(), program.at(0).is_some());
                let _ = (program.data().count(), program.mapped().count());
            }
        }
    }
}
