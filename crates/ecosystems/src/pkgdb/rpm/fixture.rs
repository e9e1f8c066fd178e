//! Writers of small databases for tests: just what the readers must understand, in the plainest layout.

use crate::pkgdb::Collector;

use super::header::tag;
use super::ndb::checksum as adler32;
use super::sqlite::wal_checksum;

pub(super) enum Value<'a> {
    Text(&'a str),
    Texts(Vec<&'a str>),
    Translated(Vec<&'a str>),
    Int16(Vec<u16>),
    Int32(Vec<u32>),
}

/// A header blob as databases store it.
pub(super) fn header(tags: &[(u32, Value<'_>)]) -> Vec<u8> {
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, value) in tags {
        let (kind, align, count, data): (u32, usize, usize, Vec<u8>) = match value {
            Value::Text(text) => (6, 1, 1, [text.as_bytes(), b"\0"].concat()),
            Value::Texts(texts) => (8, 1, texts.len(), (texts.join("\0") + "\0").into_bytes()),
            Value::Translated(texts) => (9, 1, texts.len(), (texts.join("\0") + "\0").into_bytes()),
            Value::Int16(n) => (3, 2, n.len(), n.iter().flat_map(|n| n.to_be_bytes()).collect()),
            Value::Int32(n) => (4, 4, n.len(), n.iter().flat_map(|n| n.to_be_bytes()).collect()),
        };
        while !store.len().is_multiple_of(align) {
            store.push(0);
        }
        for number in [*tag, kind, store.len() as u32, count as u32] {
            index.extend(number.to_be_bytes());
        }
        store.extend(data);
    }
    let mut blob = (tags.len() as u32).to_be_bytes().to_vec();
    blob.extend((store.len() as u32).to_be_bytes());
    blob.extend(index);
    blob.extend(store);
    blob
}

/// `n` packages of different sizes: what [`summary`] says of them, and their headers. Every third is small
/// enough to stand within a page, the others take several pages of 512 bytes.
pub(super) fn packages(n: usize) -> (Vec<String>, Vec<Vec<u8>>) {
    (0..n)
        .map(|i| {
            let name = format!("package{i:03}");
            let many: Vec<String> = (0..100 + i).map(|f| format!("file{f:04}")).collect();
            let mut tags = vec![
                (tag::NAME, Value::Text(&name)),
                (tag::VERSION, Value::Text("1.2")),
                (tag::RELEASE, Value::Text("3")),
            ];
            if i % 3 != 2 {
                tags.push((
                    tag::BASE_NAMES,
                    Value::Texts(many.iter().map(String::as_str).collect()),
                ));
                tags.push((tag::DIR_NAMES, Value::Texts(vec!["/usr/"])));
                tags.push((tag::DIR_INDEXES, Value::Int32(vec![0; many.len()])));
            }
            let files = if i % 3 == 2 { 0 } else { many.len() };
            (format!("{name} 1.2-3 {files}"), header(&tags))
        })
        .unzip()
}

/// `NAME VERSION FILES` of each package, sorted, and the number of problems.
pub(super) fn summary(collector: Collector) -> (Vec<String>, usize) {
    let (packages, problems) = collector.into_parts();
    let mut out: Vec<String> =
        packages.iter().map(|p| format!("{} {} {}", p.name, p.version, p.files.len())).collect();
    out.sort();
    (out, problems.len())
}

#[derive(Clone, Copy, Debug)]
pub(super) struct BdbShape {
    pub(super) big_endian: bool,
    pub(super) btree: bool,
    pub(super) checksum: bool,
    pub(super) page_size: usize,
}

impl Default for BdbShape {
    fn default() -> Self {
        Self { big_endian: false, btree: false, checksum: false, page_size: 4096 }
    }
}

/// A Berkeley DB file: two packages on each hash or leaf page, long values on overflow pages.
pub(super) fn bdb(headers: &[Vec<u8>], shape: BdbShape) -> Vec<u8> {
    let BdbShape { big_endian, btree, checksum, page_size } = shape;
    let u32 =
        |n: usize| if big_endian { (n as u32).to_be_bytes() } else { (n as u32).to_le_bytes() };
    let u16 =
        |n: usize| if big_endian { (n as u16).to_be_bytes() } else { (n as u16).to_le_bytes() };
    let head_len = if checksum { 32 } else { 26 };
    let page = |number: usize, next: usize, entries: usize, offset: usize, kind: u8| {
        let mut page = vec![0; page_size];
        page[8..12].copy_from_slice(&u32(number));
        page[16..20].copy_from_slice(&u32(next));
        page[20..22].copy_from_slice(&u16(entries));
        page[22..24].copy_from_slice(&u16(offset));
        page[25] = kind;
        page
    };
    let mut meta = page(0, 0, 0, 0, if btree { 9 } else { 8 });
    meta[12..16].copy_from_slice(&u32(if btree { 0x53162 } else { 0x61561 }));
    meta[16..20].copy_from_slice(&u32(9));
    meta[20..24].copy_from_slice(&u32(page_size));
    meta[24..28].copy_from_slice(&[0, if btree { 9 } else { 8 }, u8::from(checksum), 0]);
    let mut pages = vec![meta];

    let mut records = vec![(0usize, u32(headers.len()).to_vec())];
    records.extend(headers.iter().cloned().enumerate().map(|(n, header)| (n + 1, header)));
    for group in records.chunks(2) {
        let mut items = Vec::new();
        for (key, value) in group {
            let item = |kind: u8, data: &[u8]| {
                if btree {
                    [&u16(data.len())[..], &[kind], data].concat()
                } else {
                    [&[kind], data].concat()
                }
            };
            items.push(item(1, &u32(*key)));
            if value.len() <= page_size / 4 {
                items.push(item(1, value));
                continue;
            }
            let parts: Vec<&[u8]> = value.chunks(page_size - head_len).collect();
            let first = pages.len();
            for (index, part) in parts.iter().enumerate() {
                let next = if index + 1 == parts.len() { 0 } else { first + index + 1 };
                let mut overflow = page(first + index, next, 1, part.len(), 7);
                overflow[head_len..head_len + part.len()].copy_from_slice(part);
                pages.push(overflow);
            }
            // A hash item names its kind first, a btree item third; both have three bytes to spare.
            let kind = if btree { [0, 0, 3, 0] } else { [3, 0, 0, 0] };
            items.push([&kind[..], &u32(first), &u32(value.len())].concat());
        }
        let mut leaf = page(pages.len(), 0, items.len(), 0, if btree { 5 } else { 13 });
        let mut end = page_size;
        for (index, item) in items.iter().enumerate() {
            let begin = end - item.len();
            leaf[begin..end].copy_from_slice(item);
            // An offset of 65536 would not fit; items never begin there.
            leaf[head_len + 2 * index..head_len + 2 * index + 2].copy_from_slice(&u16(begin));
            end = begin;
        }
        pages.push(leaf);
    }
    // A page of the free list, with leftovers that must not be read.
    let mut free = page(pages.len(), 0, 2, 0, 0);
    free[head_len..].fill(0x55);
    pages.push(free);
    pages.concat()
}

/// An NDB file with a free slot before each used one.
pub(super) fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    let slot_pages = (2 + 2 * headers.len()) / 256 + 1;
    let mut slots = Vec::new();
    let mut blobs = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        let number = index as u32 + 1;
        let blocks = (16 + header.len() + 12).div_ceil(16);
        let offset = slot_pages * 256 + blobs.len() / 16;
        slots.extend([&b"Slot"[..], &[0; 12]].concat());
        slots.extend(b"Slot");
        for number in [number, offset as u32, blocks as u32] {
            slots.extend(number.to_le_bytes());
        }
        let mut blob = b"BlbS".to_vec();
        for number in [number, 1_600_000_000, header.len() as u32] {
            blob.extend(number.to_le_bytes());
        }
        blob.extend(header);
        blob.resize(blocks * 16 - 12, 0);
        let sum = adler32(&blob);
        blob.extend(sum.to_le_bytes());
        blob.extend((header.len() as u32).to_le_bytes());
        blob.extend(b"BlbE");
        blobs.extend(blob);
    }
    let mut file = b"RpmP".to_vec();
    for number in [0, 1, slot_pages as u32, headers.len() as u32 + 1, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.extend(slots);
    while file.len() < slot_pages * 4096 {
        file.extend([&b"Slot"[..], &[0; 12]].concat());
    }
    file.extend(blobs);
    file
}

fn varint(number: usize) -> Vec<u8> {
    let mut out = vec![(number & 0x7f) as u8];
    let mut rest = number >> 7;
    while rest > 0 {
        out.insert(0, (rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out
}

/// A record of columns given as (type, value).
fn record(columns: &[(usize, &[u8])]) -> Vec<u8> {
    let types: Vec<u8> = columns.iter().flat_map(|(kind, _)| varint(*kind)).collect();
    let mut out = varint(types.len() + 1);
    out.extend(types);
    columns.iter().for_each(|(_, value)| out.extend(*value));
    out
}

/// An SQLite file: page 1 the schema, page 2 the root of `Packages`, then leaves and overflow pages.
pub(super) fn sqlite(headers: &[Vec<u8>], page_size: usize) -> Vec<u8> {
    let mut pages: Vec<Vec<u8>> = vec![vec![0; page_size]; 2];
    let be32 = |n: usize| (n as u32).to_be_bytes();
    let mut leaves = Vec::new();
    let mut cells: Vec<Vec<u8>> = Vec::new();
    let mut used = 8;
    for (index, header) in headers.iter().enumerate() {
        let row = record(&[(0, b""), (header.len() * 2 + 12, header)]);
        let mut cell = [varint(row.len()), varint(index + 1)].concat();
        let most = page_size - 35;
        if row.len() <= most {
            cell.extend(&row);
        } else {
            let least = (page_size - 12) * 32 / 255 - 23;
            let fitting = least + (row.len() - least) % (page_size - 4);
            let local = if fitting <= most { fitting } else { least };
            cell.extend(&row[..local]);
            cell.extend(be32(pages.len() + 1));
            let parts: Vec<&[u8]> = row[local..].chunks(page_size - 4).collect();
            for (index, part) in parts.iter().enumerate() {
                let next = if index + 1 == parts.len() { 0 } else { pages.len() + 2 };
                let mut page = [&be32(next)[..], part].concat();
                page.resize(page_size, 0);
                pages.push(page);
            }
        }
        if used + cell.len() + 2 > page_size {
            pages.push(tree_page(page_size, 0, 13, None, &cells));
            leaves.push((pages.len(), index));
            cells.clear();
            used = 8;
        }
        used += cell.len() + 2;
        cells.push(cell);
    }
    if leaves.is_empty() {
        pages[1] = tree_page(page_size, 0, 13, None, &cells);
    } else {
        pages.push(tree_page(page_size, 0, 13, None, &cells));
        let last = pages.len();
        // As many levels of interior pages as it takes.
        let mut level = leaves;
        let mut right = last;
        let most = (page_size - 12) / 12 - 1;
        while level.len() > most {
            let mut above = Vec::new();
            let mut rest = &level[..];
            while rest.len() > most {
                let (group, after) = rest.split_at(most);
                let (&(group_right, key), group) = group.split_last().unwrap();
                pages.push(interior(page_size, group, group_right));
                above.push((pages.len(), key));
                rest = after;
            }
            pages.push(interior(page_size, rest, right));
            right = pages.len();
            level = above;
        }
        pages[1] = interior(page_size, &level, right);
    }
    let sql =
        b"CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)";
    let columns: [(usize, &[u8]); 5] = [
        (23, b"table"),
        (29, b"Packages"),
        (29, b"Packages"),
        (1, &[2]),
        (sql.len() * 2 + 13, sql),
    ];
    let row = record(&columns);
    let cell = [varint(row.len()), varint(1), row].concat();
    pages[0] = tree_page(page_size, 100, 13, None, &[cell]);
    pages[0][..16].copy_from_slice(b"SQLite format 3\0");
    let size = if page_size == 65_536 { 1 } else { page_size as u16 };
    pages[0][16..18].copy_from_slice(&size.to_be_bytes());
    let count = pages.len();
    pages[0][28..32].copy_from_slice(&be32(count));
    pages[0][56..60].copy_from_slice(&be32(1));
    pages.concat()
}

fn interior(page_size: usize, children: &[(usize, usize)], right: usize) -> Vec<u8> {
    let cells: Vec<Vec<u8>> = children
        .iter()
        .map(|(page, key)| [&(*page as u32).to_be_bytes()[..], &varint(*key)].concat())
        .collect();
    tree_page(page_size, 0, 5, Some(right), &cells)
}

fn tree_page(
    page_size: usize,
    start: usize,
    kind: u8,
    right: Option<usize>,
    cells: &[Vec<u8>],
) -> Vec<u8> {
    let mut page = vec![0; page_size];
    page[start] = kind;
    page[start + 3..start + 5].copy_from_slice(&(cells.len() as u16).to_be_bytes());
    let mut index = start + 8;
    if let Some(right) = right {
        page[index..index + 4].copy_from_slice(&(right as u32).to_be_bytes());
        index += 4;
    }
    let mut end = page_size;
    for cell in cells {
        let begin = end - cell.len();
        page[begin..end].copy_from_slice(cell);
        page[index..index + 2].copy_from_slice(&(begin as u16).to_be_bytes());
        index += 2;
        end = begin;
    }
    page
}

/// A write-ahead log that holds every page of `database`, committed with its last frame.
pub(super) fn wal_of(database: &[u8], page_size: usize, big_endian_sums: bool) -> Vec<u8> {
    let salts = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0];
    let magic: u32 = if big_endian_sums { 0x377f_0683 } else { 0x377f_0682 };
    let mut out = Vec::new();
    for number in [magic, 3_007_000, page_size as u32, 0] {
        out.extend(number.to_be_bytes());
    }
    out.extend(salts);
    let mut sums = wal_checksum(!big_endian_sums, (0, 0), &out);
    let push = |out: &mut Vec<u8>, sums: (u32, u32)| {
        out.extend(sums.0.to_be_bytes());
        out.extend(sums.1.to_be_bytes());
    };
    push(&mut out, sums);
    let pages: Vec<&[u8]> = database.chunks_exact(page_size).collect();
    for (index, page) in pages.iter().enumerate() {
        let commit = if index + 1 == pages.len() { pages.len() as u32 } else { 0 };
        let start = [(index as u32 + 1).to_be_bytes(), commit.to_be_bytes()].concat();
        sums = wal_checksum(!big_endian_sums, sums, &start);
        sums = wal_checksum(!big_endian_sums, sums, page);
        out.extend(start);
        out.extend(salts);
        push(&mut out, sums);
        out.extend(*page);
    }
    out
}
