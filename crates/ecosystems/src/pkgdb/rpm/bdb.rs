//! Berkeley DB files, hash and btree, as rpm wrote them up to 4.16 (Berkeley DB's `dbinc/db_page.h`;
//! versions 4 to 6, either byte order, with or without page checksums).
//!
//! Pages are read one after the other rather than along the buckets or the tree, so a damaged page costs only
//! its own records. What such a page takes with it shows in the overflow pages that no record names.

use plimsoll_model::{FileError, ProblemKind};

use crate::pkgdb::Collector;

use super::package::add_header;
use super::pages::PageSet;

const MAGIC_AT: usize = 12;
const HASH_MAGIC: u32 = 0x0006_1561;
const BTREE_MAGIC: u32 = 0x0005_3162;

/// Hash versions 7 (Berkeley DB 3.3) to 10 (6.x), btree versions 8 to 10.
const VERSIONS: std::ops::RangeInclusive<u32> = 7..=10;

const PAGE_HEADER: usize = 26;
/// With checksums: two bytes of padding and four of checksum follow.
const PAGE_HEADER_WITH_CHECKSUM: usize = 32;
const META_CHECKSUM: u8 = 1;

mod page_type {
    pub(super) const INVALID: u8 = 0;
    pub(super) const HASH_UNSORTED: u8 = 2;
    pub(super) const INTERNAL_BTREE: u8 = 3;
    pub(super) const INTERNAL_RECORDS: u8 = 4;
    pub(super) const LEAF_BTREE: u8 = 5;
    pub(super) const LEAF_RECORDS: u8 = 6;
    pub(super) const OVERFLOW: u8 = 7;
    pub(super) const HASH_META: u8 = 8;
    pub(super) const BTREE_META: u8 = 9;
    pub(super) const LEAF_DUPLICATES: u8 = 12;
    pub(super) const HASH: u8 = 13;
}

mod hash_item {
    pub(super) const KEY_DATA: u8 = 1;
    pub(super) const DUPLICATE: u8 = 2;
    pub(super) const OFF_PAGE: u8 = 3;
    pub(super) const OFF_DUPLICATE: u8 = 4;
}

mod btree_item {
    pub(super) const KEY_DATA: u8 = 1;
    pub(super) const DUPLICATE: u8 = 2;
    pub(super) const OVERFLOW: u8 = 3;
    pub(super) const DELETED: u8 = 0x80;
}

/// Whether the bytes start as a hash or btree database does.
#[must_use]
pub fn is_database(bytes: &[u8]) -> bool {
    Order::of(bytes).is_some()
}

/// Hands every package header of the database on.
///
/// # Errors
/// Where the first page says that this is no database that can be read.
pub fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), FileError> {
    let mut database = Database::open(bytes)?;
    if !bytes.len().is_multiple_of(database.page_size) {
        collector.lost_as(
            ProblemKind::Truncated,
            format_args!("the database does not end at the end of a page"),
        );
    }
    for number in 1..database.pages {
        if let Err(what) = database.page(number, collector) {
            collector.lost(format_args!("page {number}: {what}"));
        }
    }
    let orphans = database.overflow_pages_not_read();
    if orphans > 0 {
        collector.lost(format_args!("{orphans} overflow pages belong to no record that was read"));
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(bytes: &[u8]) -> Option<Self> {
        [Self::Little, Self::Big]
            .into_iter()
            .find(|order| matches!(order.u32(bytes, MAGIC_AT), Some(HASH_MAGIC | BTREE_MAGIC)))
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let number = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(number),
            Self::Big => u16::from_be_bytes(number),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let number = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(number),
            Self::Big => u32::from_be_bytes(number),
        })
    }
}

struct Database<'a> {
    bytes: &'a [u8],
    order: Order,
    page_size: usize,
    page_header: usize,
    pages: u32,
    overflow_read: PageSet,
    overflow_seen: PageSet,
    /// Where values that span pages are put together; reused.
    joined: Vec<u8>,
}

impl<'a> Database<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, FileError> {
        let malformed = |what: &str| FileError::malformed(format!("Berkeley DB: {what}"));
        let order = Order::of(bytes).ok_or_else(|| malformed("no magic number"))?;
        let unsupported = |message| FileError { kind: ProblemKind::Unsupported, message };
        let version = order.u32(bytes, 16).unwrap_or_default();
        if !VERSIONS.contains(&version) {
            return Err(unsupported(format!("Berkeley DB format version {version}")));
        }
        let [encryption, _page_type, flags] = *bytes.get(24..27).unwrap_or_default() else {
            return Err(malformed("the first page is cut off"));
        };
        if encryption != 0 {
            return Err(unsupported("an encrypted Berkeley DB file".to_owned()));
        }
        let page_size = order.u32(bytes, 20).unwrap_or_default();
        if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
            return Err(malformed("the page size is no power of two from 512 to 65536"));
        }
        let page_size = page_size as usize;
        // At most MAX_DATABASE / 512 pages.
        let pages = u32::try_from(bytes.len() / page_size).unwrap_or(u32::MAX);
        let page_header =
            if flags & META_CHECKSUM != 0 { PAGE_HEADER_WITH_CHECKSUM } else { PAGE_HEADER };
        Ok(Self {
            bytes,
            order,
            page_size,
            page_header,
            pages,
            overflow_read: PageSet::new(pages),
            overflow_seen: PageSet::new(pages),
            joined: Vec::new(),
        })
    }

    fn raw_page(&self, number: u32) -> Option<&'a [u8]> {
        let start = (number as usize).checked_mul(self.page_size)?;
        self.bytes.get(start..start.checked_add(self.page_size)?)
    }

    fn page(&mut self, number: u32, collector: &mut Collector) -> Result<(), &'static str> {
        let page = self.raw_page(number).ok_or("beyond the end of the file")?;
        let kind = page[25];
        if kind == page_type::INVALID {
            return Ok(());
        }
        if self.order.u32(page, 8) != Some(number) {
            return Err("it bears another page's number");
        }
        match kind {
            page_type::OVERFLOW => {
                self.overflow_seen.insert(number);
                Ok(())
            }
            page_type::HASH_UNSORTED | page_type::HASH => self.hash_page(page, collector),
            page_type::LEAF_BTREE => self.leaf_page(page, true, collector),
            page_type::LEAF_DUPLICATES | page_type::LEAF_RECORDS => {
                self.leaf_page(page, false, collector)
            }
            page_type::INTERNAL_BTREE
            | page_type::INTERNAL_RECORDS
            | page_type::HASH_META
            | page_type::BTREE_META => Ok(()),
            _ => Err("a page of no known type"),
        }
    }

    /// Items stand at the end of the page, the first one last; each begins where the index says and ends where
    /// the one before it begins.
    fn hash_page(&mut self, page: &'a [u8], collector: &mut Collector) -> Result<(), &'static str> {
        let count = usize::from(self.order.u16(page, 20).unwrap_or_default());
        let item = |database: &Self, index: usize| -> Option<&'a [u8]> {
            let begin = |index| {
                let at = database.order.u16(page, database.page_header + 2 * index)?;
                Some(usize::from(at)).filter(|&at| at >= database.page_header + 2 * count)
            };
            let end = if index == 0 { page.len() } else { begin(index - 1)? };
            page.get(begin(index)?..end).filter(|item| !item.is_empty())
        };
        let mut damaged = !count.is_multiple_of(2);
        // Items do not overlap; without this check a page could hold the same bytes thousands of times.
        let mut left = page.len();
        for pair in 0..count / 2 {
            let (Some(key), Some(value)) = (item(self, 2 * pair), item(self, 2 * pair + 1)) else {
                damaged = true;
                continue;
            };
            let Some(rest) = left.checked_sub(value.len()) else {
                damaged = true;
                break;
            };
            left = rest;
            if key[0] == hash_item::KEY_DATA && is_counter(&key[1..]) {
                continue;
            }
            match value[0] {
                hash_item::KEY_DATA => add_header(&value[1..], collector),
                hash_item::OFF_PAGE => {
                    let (first, len) = (self.order.u32(value, 4), self.order.u32(value, 8));
                    let (Some(first), Some(len)) = (first, len) else {
                        damaged = true;
                        continue;
                    };
                    self.overflow(first, len, collector);
                }
                hash_item::DUPLICATE => {
                    let mut rest = &value[1..];
                    // Each value stands between two copies of its length.
                    while let Some(len) = self.order.u16(rest, 0).map(usize::from) {
                        let Some(one) = rest.get(2..2 + len) else {
                            damaged = true;
                            break;
                        };
                        add_header(one, collector);
                        rest = rest.get(len + 4..).unwrap_or_default();
                    }
                }
                // The values are on pages of their own, which are read when their turn comes.
                hash_item::OFF_DUPLICATE => {}
                _ => damaged = true,
            }
        }
        if damaged {
            Err("a record points outside its page or is of no known type")
        } else {
            Ok(())
        }
    }

    /// A leaf of a tree: of keys and values in turn, or (`keyed` unset) of the values of one key.
    fn leaf_page(
        &mut self,
        page: &'a [u8],
        keyed: bool,
        collector: &mut Collector,
    ) -> Result<(), &'static str> {
        let count = usize::from(self.order.u16(page, 20).unwrap_or_default());
        let index_end = self.page_header + 2 * count;
        let mut damaged = keyed && !count.is_multiple_of(2);
        let mut counter = false;
        // As on a hash page. Keys may be shared, values are not.
        let mut left = page.len();
        for index in 0..count {
            let at = self.order.u16(page, self.page_header + 2 * index).map(usize::from);
            let item = at.filter(|&at| at >= index_end).and_then(|at| page.get(at..));
            let (Some(item), true) = (item, index_end <= page.len()) else {
                damaged = true;
                continue;
            };
            let Some(&kind) = item.get(2) else {
                damaged = true;
                continue;
            };
            let len = usize::from(self.order.u16(item, 0).unwrap_or_default());
            let data = (kind & !btree_item::DELETED == btree_item::KEY_DATA)
                .then(|| item.get(3..3 + len))
                .flatten();
            if keyed && index % 2 == 0 {
                counter = data.is_some_and(is_counter);
                continue;
            }
            let Some(rest) = left.checked_sub(data.map_or(0, <[u8]>::len)) else {
                damaged = true;
                break;
            };
            left = rest;
            match (kind, data) {
                _ if counter => {}
                (btree_item::KEY_DATA, Some(data)) => add_header(data, collector),
                (btree_item::OVERFLOW, _) => {
                    let (first, len) = (self.order.u32(item, 4), self.order.u32(item, 8));
                    let (Some(first), Some(len)) = (first, len) else {
                        damaged = true;
                        continue;
                    };
                    self.overflow(first, len, collector);
                }
                (btree_item::DUPLICATE, _) => {}
                (kind, _) if kind & btree_item::DELETED != 0 => {}
                _ => damaged = true,
            }
        }
        if damaged {
            Err("a record points outside its page or is of no known type")
        } else {
            Ok(())
        }
    }

    /// A value on a chain of pages of its own. No page belongs to two values, so a page met twice ends the
    /// chain: that also bounds the work by the size of the file.
    fn overflow(&mut self, first: u32, len: u32, collector: &mut Collector) {
        let wanted = len as usize;
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        let mut number = first;
        let damage = loop {
            if joined.len() >= wanted {
                break None;
            }
            if number == 0 {
                break Some("its chain of pages ends early");
            }
            let Some(page) = self.raw_page(number) else {
                break Some("its chain of pages leaves the file");
            };
            if page[25] != page_type::OVERFLOW || self.order.u32(page, 8) != Some(number) {
                break Some("its chain of pages meets one of another type");
            }
            if !self.overflow_read.insert(number) {
                break Some("its chain of pages meets one that was read before");
            }
            let here = usize::from(self.order.u16(page, 22).unwrap_or_default());
            let Some(data) = page.get(self.page_header..self.page_header + here) else {
                break Some("a page of its chain claims more than it can hold");
            };
            joined.extend_from_slice(data);
            number = self.order.u32(page, 16).unwrap_or_default();
        };
        match damage {
            // A header says how long it is, so one that is whole is good although its chain is not.
            Some(what) => {
                let packages = collector.packages().len();
                if super::header::Header::parse(&joined).is_ok() {
                    add_header(&joined, collector);
                }
                if collector.packages().len() == packages {
                    collector.lost(format_args!("the record at page {first} is damaged: {what}"));
                }
            }
            None => {
                joined.truncate(wanted);
                add_header(&joined, collector);
            }
        }
        self.joined = joined;
    }

    fn overflow_pages_not_read(&self) -> u32 {
        self.overflow_seen.len() - self.overflow_read.len()
    }
}

/// Key 0 holds the number of the last package, not a package.
fn is_counter(key: &[u8]) -> bool {
    key.len() == 4 && key.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkgdb::rpm::fixture::{BdbShape, bdb, packages, summary};

    fn names(bytes: &[u8]) -> (Vec<String>, usize) {
        let mut collector = Collector::default();
        read(bytes, &mut collector).unwrap();
        summary(collector)
    }

    #[test]
    fn hash_and_btree_in_both_byte_orders_with_and_without_checksums() {
        let expected: Vec<String> = packages(9).0;
        for big_endian in [false, true] {
            for btree in [false, true] {
                for checksum in [false, true] {
                    for page_size in [512, 4096, 65_536] {
                        let shape = BdbShape { big_endian, btree, checksum, page_size };
                        let file = bdb(&packages(9).1, shape);
                        assert_eq!(names(&file), (expected.clone(), 0), "{shape:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_damaged_page_costs_only_its_records() {
        let shape = BdbShape { page_size: 512, ..BdbShape::default() };
        let (expected, headers) = packages(9);
        let file = bdb(&headers, shape);
        let overflow: Vec<usize> =
            (1..file.len() / 512).filter(|n| file[n * 512 + 25] == page_type::OVERFLOW).collect();
        assert!(overflow.len() >= 9 * 2);
        for number in overflow {
            for (at, value) in [(25, 99u8), (16, 0xff), (8, 0xee)] {
                let mut damaged = file.clone();
                damaged[number * 512 + at] = value;
                let (read, problems) = names(&damaged);
                assert!(read.len() >= expected.len() - 1, "page {number}: {read:?}");
                assert!(read.len() == expected.len() || problems > 0, "page {number}");
            }
        }
    }

    #[test]
    fn a_lost_leaf_is_noticed() {
        let shape = BdbShape { page_size: 512, ..BdbShape::default() };
        let mut file = bdb(&packages(9).1, shape);
        let leaf = (1..file.len() / 512).find(|n| file[n * 512 + 25] == page_type::HASH).unwrap();
        file[leaf * 512 + 25] = page_type::INVALID;
        let (read, problems) = names(&file);
        assert!(read.len() < 9 && problems == 1);
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        let shape = BdbShape { page_size: 512, ..BdbShape::default() };
        let mut file = bdb(&packages(1).1, shape);
        let first =
            (1..file.len() / 512).find(|n| file[n * 512 + 25] == page_type::OVERFLOW).unwrap();
        file[first * 512 + 16..first * 512 + 20].copy_from_slice(&(first as u32).to_le_bytes());
        assert_eq!(names(&file).0.len(), 0);
    }

    #[test]
    fn values_that_overlap_do_not_multiply_the_work() {
        // One leaf of a btree whose entries all name the same two items.
        let shape = BdbShape { btree: true, ..BdbShape::default() };
        let mut file = bdb(&packages(3).1[2..], shape);
        let leaf =
            (1..file.len() / 4096).find(|n| file[n * 4096 + 25] == page_type::LEAF_BTREE).unwrap();
        let page = &mut file[leaf * 4096..][..4096];
        let pair: [u8; 4] = page[30..34].try_into().unwrap();
        for index in 0..900 {
            page[26 + 4 * index..30 + 4 * index].copy_from_slice(&pair);
        }
        page[20..22].copy_from_slice(&1800u16.to_le_bytes());
        let (read, problems) = names(&file);
        assert!((1..60).contains(&read.len()), "{}", read.len());
        assert!(problems > 0);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let file = bdb(&packages(1).1, BdbShape::default());
        let mut encrypted = file.clone();
        encrypted[24] = 1;
        let mut old = file.clone();
        old[16] = 2;
        let mut odd = file;
        odd[20] = 3;
        for bytes in [encrypted, old, odd] {
            assert!(read(&bytes, &mut Collector::default()).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, big_endian: bool, btree: bool) {
            let shape = BdbShape { big_endian, btree, page_size: 512, checksum: false };
            let mut file = bdb(&[], shape);
            file.extend(bytes);
            let _ = read(&file, &mut Collector::default());
        }

        #[test]
        fn flipped_bytes_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            big_endian: bool,
            btree: bool,
        ) {
            let shape = BdbShape { big_endian, btree, page_size: 512, checksum: false };
            let mut file = bdb(&packages(4).1, shape);
            for (at, value) in flips {
                let at = at.index(file.len());
                file[at] = value;
            }
            let _ = read(&file, &mut Collector::default());
        }
    }
}
