//! SUSE's format (rpm's `lib/backend/ndb/rpmpkg.c`): a table of slots, then blobs of 16-byte blocks.

use super::int;

const SLOTS_IN_PAGE: usize = 256;
const BLOCK: usize = 16;
const BLOB_HEAD: usize = 16;
const BLOB_TAIL: usize = 12;

pub(super) fn write(headers: &[Vec<u8>]) -> Vec<u8> {
    // The file's own head takes the place of two slots.
    let slot_pages = (2 + headers.len()).div_ceil(SLOTS_IN_PAGE);
    let (mut slots, mut blobs) = (Vec::new(), Vec::new());
    for (number, header) in (1u32..).zip(headers) {
        let blocks = (BLOB_HEAD + header.len() + BLOB_TAIL).div_ceil(BLOCK);
        let offset = slot_pages * SLOTS_IN_PAGE + blobs.len() / BLOCK;
        slots.extend(b"Slot");
        for field in [number, int(offset), int(blocks)] {
            slots.extend(field.to_le_bytes());
        }
        let mut blob = b"BlbS".to_vec();
        for field in [number, 1_500_000_000, int(header.len())] {
            blob.extend(field.to_le_bytes());
        }
        blob.extend(header);
        blob.resize(blocks * BLOCK - BLOB_TAIL, 0);
        let sum = adler32(&blob);
        blob.extend(sum.to_le_bytes());
        blob.extend(int(header.len()).to_le_bytes());
        blob.extend(b"BlbE");
        blobs.extend(blob);
    }
    let mut file = b"RpmP".to_vec();
    for field in [0, 1, int(slot_pages), int(headers.len()) + 1, 0, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    file.extend(slots);
    while file.len() < slot_pages * SLOTS_IN_PAGE * BLOCK {
        file.extend([&b"Slot"[..], &[0; 12]].concat());
    }
    file.extend(blobs);
    file
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}
