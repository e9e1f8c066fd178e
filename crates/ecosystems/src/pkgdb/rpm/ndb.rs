//! NDB, rpm's own format (`lib/backend/ndb/rpmpkg.c`), which SUSE uses: a header and slots in the first
//! pages, then blobs in blocks of 16 bytes. All numbers are little-endian.

use plimsoll_model::{FileError, ProblemKind};

use crate::pkgdb::Collector;

use super::package::add_header;

const MAGIC: &[u8] = b"RpmP";
const VERSION: u32 = 0;
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOB_MAGIC: &[u8] = b"BlbS";
const TAIL_MAGIC: &[u8] = b"BlbE";
const PAGE: usize = 4096;
const SLOT: usize = 16;
/// The file's header takes the place of the first two slots.
const FILE_HEADER: usize = 32;
const BLOCK: usize = 16;
const BLOB_HEAD: usize = 16;
const BLOB_TAIL: usize = 12;

/// Whether the bytes start as an NDB package database does.
#[must_use]
pub fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Hands every package header of the database on.
///
/// # Errors
/// Where the file header cannot be read.
pub fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), FileError> {
    let (Some(version), Some(slot_pages)) = (le32(bytes, 4), le32(bytes, 12)) else {
        return Err(FileError::malformed("NDB: the file header is cut off"));
    };
    if !is_database(bytes) || version != VERSION {
        return Err(FileError {
            kind: ProblemKind::Unsupported,
            message: format!("NDB format version {version}"),
        });
    }
    let slots_end = (slot_pages as usize).saturating_mul(PAGE);
    let slots = bytes.get(FILE_HEADER..slots_end.min(bytes.len())).unwrap_or_default();
    if slots_end > bytes.len() {
        collector.lost_as(
            ProblemKind::Truncated,
            format_args!("{slot_pages} pages of slots are claimed, more than the file holds"),
        );
    }
    // No two blobs share a block, so the blobs together are no longer than the file: a file whose slots
    // all name the same long blob would otherwise cost the square of its size.
    let mut blocks_left = bytes.len() / BLOCK;
    for (number, slot) in slots.chunks_exact(SLOT).enumerate() {
        let (Some(package), Some(offset), Some(count)) =
            (le32(slot, 4), le32(slot, 8), le32(slot, 12))
        else {
            continue;
        };
        if !slot.starts_with(SLOT_MAGIC) {
            collector.lost(format_args!("slot {number} has no magic number"));
            continue;
        }
        // A free slot.
        if package == 0 || offset == 0 {
            continue;
        }
        match blocks_left.checked_sub(count as usize) {
            Some(left) => blocks_left = left,
            None => {
                collector.lost(format_args!("slot {number}: the blobs overlap"));
                continue;
            }
        }
        match blob(bytes, package, offset, count) {
            Ok(Blob { header, damage }) => {
                if let Some(what) = damage {
                    collector.lost(format_args!("package {package}: {what}"));
                }
                add_header(header, collector);
            }
            Err(what) => collector.lost(format_args!("package {package}: {what}")),
        }
    }
    Ok(())
}

struct Blob<'a> {
    header: &'a [u8],
    /// Damage that need not touch the header itself. rpm looks for it only when it verifies, and reads
    /// the package nevertheless.
    damage: Option<&'static str>,
}

fn blob(bytes: &[u8], package: u32, offset: u32, count: u32) -> Result<Blob<'_>, &'static str> {
    let start = (offset as usize).saturating_mul(BLOCK);
    let end = start.saturating_add((count as usize).saturating_mul(BLOCK));
    let whole = bytes.get(start..end).ok_or("its blob lies beyond the end of the file")?;
    if !whole.starts_with(BLOB_MAGIC) {
        return Err("its blob has no magic number");
    }
    if le32(whole, 4) != Some(package) {
        return Err("its blob belongs to another package");
    }
    let len = le32(whole, 12).ok_or("its blob is cut off")? as usize;
    let header = len
        .checked_add(BLOB_HEAD)
        .filter(|end| end.saturating_add(BLOB_TAIL) <= whole.len())
        .and_then(|end| whole.get(BLOB_HEAD..end))
        .ok_or("its blob claims more than its blocks hold")?;
    let (body, tail) = whole.split_at(whole.len() - BLOB_TAIL);
    let damage =
        if tail.get(8..) != Some(TAIL_MAGIC) || le32(tail, 4).map(|n| n as usize) != Some(len) {
            Some("the end of its blob is damaged")
        } else if le32(tail, 0) != Some(adler32(body)) {
            Some("its blob does not have the checksum that it names")
        } else {
            None
        };
    Ok(Blob { header, damage })
}

/// Adler-32 (RFC 1950).
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    /// Most bytes before the sums must be reduced, so that they fit 32 bits.
    const RUN: usize = 5552;
    let (mut a, mut b) = (1u32, 0u32);
    for run in bytes.chunks(RUN) {
        for &byte in run {
            a += u32::from(byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    adler32(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkgdb::rpm::fixture::{ndb, packages, summary};

    fn names(bytes: &[u8]) -> (Vec<String>, usize) {
        let mut collector = Collector::default();
        read(bytes, &mut collector).unwrap();
        summary(collector)
    }

    #[test]
    fn adler_of_a_known_text() {
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn reads_all_slots_but_the_free_ones() {
        // Two pages of slots.
        let (expected, headers) = packages(300);
        assert_eq!(names(&ndb(&headers)), (expected, 0));
    }

    #[test]
    fn damage_costs_one_package_at_most() {
        let (expected, headers) = packages(3);
        let file = ndb(&headers);
        for at in PAGE..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x5a;
            let (read, problems) = names(&damaged);
            assert!(read.len() >= expected.len() - 1);
            // The time stamp and the padding are under the checksum too.
            assert!(problems > 0, "byte {at}");
        }
        let (read, problems) = names(&file[..file.len() - 16]);
        assert_eq!((read.len(), problems), (expected.len() - 1, 1));
    }

    #[test]
    fn slots_that_share_a_blob_do_not_multiply_the_work() {
        let mut file = ndb(&packages(1).1);
        let first = file[FILE_HEADER + SLOT..FILE_HEADER + 2 * SLOT].to_vec();
        for slot in file[FILE_HEADER..PAGE].chunks_exact_mut(SLOT) {
            slot.copy_from_slice(&first);
        }
        let (read, _) = names(&file);
        assert!(read.len() < 30, "{}", read.len());
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let mut file = ndb(&[]);
            file.extend(bytes);
            let _ = read(&file, &mut Collector::default());
        }

        #[test]
        fn flipped_bytes_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let mut file = ndb(&packages(4).1);
            for (at, value) in flips {
                let at = at.index(file.len());
                file[at] = value;
            }
            let _ = read(&file, &mut Collector::default());
        }
    }
}
