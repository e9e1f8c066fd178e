//! Berkeley DB 4.5 to 5.3, access method hash, little-endian: a meta page, two buckets, the pages that follow them, and
//! overflow pages for headers that fill more than a quarter of a page (Berkeley DB's `db_page.h`, `hash.h`).

use super::int;

const PAGE: usize = 4096;
const HEAD: usize = 26;
const BUCKETS: usize = 2;
const HASH_META: u8 = 8;
const HASH: u8 = 13;
const OVERFLOW: u8 = 7;

type Item = (Vec<u8>, Vec<u8>);

pub(super) fn write(headers: &[Vec<u8>]) -> Vec<u8> {
    // Meta and buckets have fixed places; everything else follows in any order.
    let mut pages: Vec<Vec<u8>> = vec![vec![0; PAGE]; 1 + BUCKETS];
    let mut buckets: Vec<Vec<Item>> = vec![Vec::new(); BUCKETS];
    // Record 0 holds the highest number that rpm has given out.
    let mut records = vec![(0u32, int(headers.len()).to_le_bytes().to_vec())];
    records.extend((1u32..).zip(headers.iter().cloned()));
    for (number, value) in records {
        let key = number.to_le_bytes();
        let stored = if value.len() <= PAGE / 4 {
            [&[1], &value[..]].concat()
        } else {
            overflow(&mut pages, &value)
        };
        let bucket = &mut buckets[hash(&key) as usize % BUCKETS];
        bucket.push(([&[1], &key[..]].concat(), stored));
    }
    for (number, mut items) in buckets.into_iter().enumerate() {
        items.sort();
        bucket_pages(&mut pages, 1 + number, &items);
    }
    meta(&mut pages, headers.len() + 1);
    pages.concat()
}

/// Fowler, Noll and Vo's hash as Berkeley DB has it (`__ham_func5`).
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0u32, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(*byte))
}

fn put(page: &mut [u8], at: usize, number: usize) {
    page[at..at + 4].copy_from_slice(&int(number).to_le_bytes());
}

fn head(
    number: usize,
    previous: usize,
    next: usize,
    entries: u16,
    offset: usize,
    kind: u8,
) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    put(&mut page, 8, number);
    put(&mut page, 12, previous);
    put(&mut page, 16, next);
    page[20..22].copy_from_slice(&entries.to_le_bytes());
    page[22..24].copy_from_slice(&u16::try_from(offset).unwrap().to_le_bytes());
    page[25] = kind;
    page
}

fn overflow(pages: &mut Vec<Vec<u8>>, value: &[u8]) -> Vec<u8> {
    let first = pages.len();
    let parts: Vec<&[u8]> = value.chunks(PAGE - HEAD).collect();
    for (index, part) in parts.iter().enumerate() {
        let here = first + index;
        let previous = if index == 0 { 0 } else { here - 1 };
        let next = if index + 1 == parts.len() { 0 } else { here + 1 };
        let mut page = head(here, previous, next, 1, part.len(), OVERFLOW);
        page[HEAD..HEAD + part.len()].copy_from_slice(part);
        pages.push(page);
    }
    [&[3, 0, 0, 0][..], &int(first).to_le_bytes(), &int(value.len()).to_le_bytes()].concat()
}

fn bucket_pages(pages: &mut Vec<Vec<u8>>, bucket: usize, items: &[Item]) {
    let cost = |(key, value): &Item| key.len() + value.len() + 4;
    let mut groups: Vec<Vec<&Item>> = vec![Vec::new()];
    let mut used = HEAD;
    for item in items {
        if used + cost(item) > PAGE {
            groups.push(Vec::new());
            used = HEAD;
        }
        used += cost(item);
        groups.last_mut().unwrap().push(item);
    }
    let mut here = bucket;
    let mut previous = 0;
    for (index, group) in groups.iter().enumerate() {
        let next = if index + 1 == groups.len() { 0 } else { pages.len() };
        let mut end = PAGE;
        let mut page = vec![0; PAGE];
        let flat = group.iter().flat_map(|(key, value)| [key, value]);
        for (slot, bytes) in flat.enumerate() {
            end -= bytes.len();
            page[end..end + bytes.len()].copy_from_slice(bytes);
            let at = HEAD + 2 * slot;
            page[at..at + 2].copy_from_slice(&u16::try_from(end).unwrap().to_le_bytes());
        }
        let entries = u16::try_from(2 * group.len()).unwrap();
        page[..HEAD].copy_from_slice(&head(here, previous, next, entries, end, HASH)[..HEAD]);
        if next != 0 {
            pages.push(Vec::new());
        }
        pages[here] = page;
        (previous, here) = (here, next);
    }
}

fn meta(pages: &mut [Vec<u8>], elements: usize) {
    let last = pages.len() - 1;
    let page = &mut pages[0];
    put(page, 12, 0x61561);
    put(page, 16, 9);
    put(page, 20, PAGE);
    page[25] = HASH_META;
    put(page, 32, last);
    put(page, 40, elements);
    put(page, 44, elements);
    // Identifies the file in a cache that several share; any will do.
    page[52..72].copy_from_slice(b"plimsoll test fixtur");
    put(page, 72, BUCKETS - 1);
    put(page, 76, BUCKETS - 1);
    put(page, 80, (BUCKETS - 1) / 2);
    put(page, 88, elements);
    page[92..96].copy_from_slice(&hash(b"%$sniglet^&\0").to_le_bytes());
    // Buckets follow the meta page.
    put(page, 96, 1);
    put(page, 100, 1);
}
