//! Just enough of the SQLite file format (sqlite.org/fileformat2.html) to read the one table that matters
//! from bytes in memory, as untrusted input: a linked SQLite would want a file, and a C library on hostile
//! bytes. Indexes, free pages and everything else are not looked at.

use plimsoll_model::{FileError, ProblemKind};

use crate::pkgdb::Collector;

mod record;
mod wal;

use record::{Payload, Record, varint};
use wal::Wal;
#[cfg(test)]
pub(super) use wal::checksum as wal_checksum;

use super::package::add_header;
use super::pages::PageSet;

const MAGIC: &[u8] = b"SQLite format 3\0";
const FILE_HEADER: usize = 100;
const UTF8: u32 = 1;

/// Pages of the largest database that is read.
const MOST_PAGES: u32 = (super::MAX_DATABASE / 512) as u32;

const INTERIOR_TABLE: u8 = 5;
const LEAF_TABLE: u8 = 13;

/// The table that holds the package headers, as (number, header).
const TABLE: &str = "Packages";

/// Whether the bytes start as an SQLite database does.
#[must_use]
pub fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Hands every package header of the database on, as it is with the committed part of its write-ahead log
/// applied. `database` may be empty where the log holds everything.
///
/// # Errors
/// Where the first page or the list of tables cannot be read.
pub fn read(database: &[u8], wal: &[u8], collector: &mut Collector) -> Result<(), FileError> {
    let wal = match Wal::open(wal) {
        Ok(wal) => wal,
        Err(what) => {
            collector.lost(format_args!("the write-ahead log was not applied: {what}"));
            Wal::default()
        }
    };
    if database.is_empty() && wal.is_empty() {
        return Ok(());
    }
    let pages = Pages::open(database, wal)?;
    let mut root = None;
    let mut walk = Walk::new(&pages, 1, TABLE_OF_TABLES);
    walk.run(&pages, collector, &mut |row, _| {
        // type, name, tbl_name, rootpage, sql
        if row.value(0) == Some(b"table") && row.value(1) == Some(TABLE.as_bytes()) {
            root = row.number(3).and_then(|root| u32::try_from(root).ok());
        }
    });
    let Some(root) = root else {
        return Err(FileError::malformed(format!("SQLite: there is no readable table {TABLE}")));
    };
    let mut walk = Walk::new(&pages, root, TABLE);
    walk.run(&pages, collector, &mut |row, collector| match row.first_blob() {
        Some(header) => add_header(header, collector),
        None => collector.lost(format_args!("a row of {TABLE} without a header")),
    });
    Ok(())
}

const TABLE_OF_TABLES: &str = "sqlite_schema";

struct Pages<'a> {
    database: &'a [u8],
    wal: Wal<'a>,
    size: usize,
    /// Bytes of a page without the reserved ones at its end.
    usable: usize,
    count: u32,
}

impl<'a> Pages<'a> {
    fn open(database: &'a [u8], wal: Wal<'a>) -> Result<Self, FileError> {
        let malformed = |what| FileError::malformed(format!("SQLite: {what}"));
        let first = wal.page(1).unwrap_or(database);
        let header =
            first.get(..FILE_HEADER).ok_or_else(|| malformed("the file header is cut off"))?;
        if !is_database(header) {
            return Err(malformed("no magic number"));
        }
        let size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            size => usize::from(size),
        };
        let usable = size.saturating_sub(usize::from(header[20]));
        if !size.is_power_of_two() || size < 512 || usable < 480 {
            return Err(malformed("an impossible page size"));
        }
        if !wal.is_empty() && wal.page_size() != size {
            return Err(malformed("the write-ahead log has pages of another size"));
        }
        let encoding = be32(header, 56).unwrap_or_default();
        if encoding != UTF8 && encoding != 0 {
            return Err(FileError {
                kind: ProblemKind::Unsupported,
                message: "an SQLite database in UTF-16".to_owned(),
            });
        }
        // The page count in the header may be stale (section 1.3.8); pages past the end are met as damage.
        let in_file = u32::try_from(database.len() / size).unwrap_or(u32::MAX);
        let count = if wal.is_empty() { in_file } else { wal.page_count().min(MOST_PAGES) };
        Ok(Self { database, wal, size, usable, count })
    }

    /// Page `number`, counted from 1.
    fn page(&self, number: u32) -> Option<&'a [u8]> {
        if number == 0 || number > self.count {
            return None;
        }
        if let Some(page) = self.wal.page(number) {
            return page.get(..self.usable);
        }
        let start = (number as usize - 1).checked_mul(self.size)?;
        self.database.get(start..start.checked_add(self.usable)?)
    }
}

/// Goes through the rows of one table in order.
struct Walk<'t> {
    table: &'t str,
    /// Pages still to read, the next one last.
    ahead: Vec<u32>,
    met: PageSet,
    /// Where rows that span pages are put together; reused.
    joined: Vec<u8>,
}

impl<'t> Walk<'t> {
    fn new(pages: &Pages<'_>, root: u32, table: &'t str) -> Self {
        let mut met = PageSet::new(pages.count.saturating_add(1));
        met.insert(root);
        Self { table, ahead: vec![root], met, joined: Vec::new() }
    }

    fn run(
        &mut self,
        pages: &Pages<'_>,
        collector: &mut Collector,
        row: &mut dyn FnMut(&Record<'_>, &mut Collector),
    ) {
        while let Some(number) = self.ahead.pop() {
            let result = match pages.page(number) {
                Some(page) => self.page(pages, number, page, collector, row),
                None => Err("is beyond the end of the database"),
            };
            if let Err(what) = result {
                collector.lost(format_args!("page {number} of table {} {what}", self.table));
            }
        }
    }

    fn page(
        &mut self,
        pages: &Pages<'_>,
        number: u32,
        page: &[u8],
        collector: &mut Collector,
        row: &mut dyn FnMut(&Record<'_>, &mut Collector),
    ) -> Result<(), &'static str> {
        let start = if number == 1 { FILE_HEADER } else { 0 };
        let header = page.get(start..).unwrap_or_default();
        let (Some(&kind), Some(cells)) = (header.first(), be16(header, 3)) else {
            return Err("is cut off");
        };
        let index = match kind {
            INTERIOR_TABLE => start + 12,
            LEAF_TABLE => start + 8,
            _ => return Err("is of another kind"),
        };
        let cells = usize::from(cells);
        let mut damaged = false;
        let mut cell = |number: usize| {
            let found = be16(page, index + 2 * number)
                .map(usize::from)
                .filter(|&at| at >= index + 2 * cells)
                .and_then(|at| page.get(at..));
            damaged |= found.is_none();
            found
        };
        if kind == INTERIOR_TABLE {
            // Each page has one place in one tree, so one that is met again, as in a cycle, is not read again.
            let children = (0..cells).map(|n| cell(n).and_then(|cell| be32(cell, 0)));
            let start = self.ahead.len();
            for child in children.chain([be32(header, 8)]).flatten() {
                if self.met.insert(child) {
                    self.ahead.push(child);
                } else {
                    collector.lost(format_args!(
                        "page {child} of table {} is reached twice or beyond the end",
                        self.table
                    ));
                }
            }
            self.ahead[start..].reverse();
        } else {
            // Cells do not overlap; without this check a page could hold one row thousands of times.
            let mut left = page.len();
            for number in 0..cells {
                let Some(cell) = cell(number) else { continue };
                match self.row(pages, cell) {
                    Ok(Payload::Here(bytes)) => {
                        left = left.checked_sub(bytes.len()).ok_or("holds cells that overlap")?;
                        row(&Record::parse(bytes), collector);
                    }
                    Ok(Payload::Joined) => row(&Record::parse(&self.joined), collector),
                    Err(what) => {
                        collector.lost(format_args!("a row of table {} {what}", self.table))
                    }
                }
            }
        }
        if damaged { Err("holds cells that point outside it") } else { Ok(()) }
    }

    /// The row of a leaf's cell: its first part stands in the cell, what does not fit on a chain of pages
    /// (section 1.6).
    fn row<'a>(&mut self, pages: &Pages<'_>, cell: &'a [u8]) -> Result<Payload<'a>, &'static str> {
        let (len, after_len) = varint(cell).ok_or("is cut off")?;
        let (_row_id, after_id) = varint(after_len).ok_or("is cut off")?;
        let len = usize::try_from(len).map_err(|_| "claims an impossible size")?;
        let usable = pages.usable;
        let most = usable - 35;
        if len <= most {
            return after_id.get(..len).map(Payload::Here).ok_or("does not fit its page");
        }
        if len > super::MAX_DATABASE {
            return Err("claims more than a database may hold");
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let fitting = least + (len - least) % (usable - 4);
        let local = if fitting <= most { fitting } else { least };
        let (here, after) = after_id.split_at_checked(local).ok_or("does not fit its page")?;
        self.joined.clear();
        self.joined.extend_from_slice(here);
        let mut next = be32(after, 0).ok_or("does not fit its page")?;
        while self.joined.len() < len {
            let page = pages.page(next).ok_or("continues beyond the end of the database")?;
            if !self.met.insert(next) {
                return Err("continues on a page that is used elsewhere");
            }
            let (link, data) = page.split_at_checked(4).ok_or("continues on no page")?;
            self.joined.extend_from_slice(&data[..data.len().min(len - self.joined.len())]);
            next = be32(link, 0).unwrap_or_default();
        }
        Ok(Payload::Joined)
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkgdb::rpm::fixture::{packages, sqlite, summary, wal_of};

    fn names(database: &[u8], wal: &[u8]) -> (Vec<String>, usize) {
        let mut collector = Collector::default();
        read(database, wal, &mut collector).unwrap();
        summary(collector)
    }

    #[test]
    fn reads_all_rows_at_every_page_size() {
        for page_size in [512, 4096, 65_536] {
            let (expected, headers) = packages(150);
            let (read, problems) = names(&sqlite(&headers, page_size), b"");
            assert_eq!((read, problems), (expected, 0), "{page_size}");
        }
    }

    #[test]
    fn the_log_replaces_what_was_committed_and_only_that() {
        let (old, old_headers) = packages(3);
        let (new, new_headers) = packages(40);
        let before = sqlite(&old_headers, 512);
        let after = sqlite(&new_headers, 512);
        let wal = wal_of(&after, 512, false);
        assert_eq!(names(&before, &wal), (new.clone(), 0));
        assert_eq!(names(b"", &wal), (new.clone(), 0));
        assert_eq!(names(&before, &wal_of(&after, 512, true)), (new, 0));
        // The last frame is the commit: without it nothing counts.
        assert_eq!(names(&before, &wal[..wal.len() - 1]), (old.clone(), 0));
        // Nor does anything after the first frame with a wrong checksum.
        for at in [40, 50, 60, wal.len() - 1] {
            let mut torn = wal.clone();
            torn[at] ^= 1;
            assert_eq!(names(&before, &torn).0, old, "byte {at}");
        }
        let mut no_log = wal.clone();
        no_log[0] = 0;
        assert_eq!(names(&before, &no_log), (old, 1));
    }

    #[test]
    fn a_damaged_page_costs_only_its_rows() {
        let (expected, headers) = packages(30);
        let file = sqlite(&headers, 4096);
        let mut unharmed = 0;
        for page in 2..file.len() / 4096 {
            let mut damaged = file.clone();
            damaged[page * 4096] ^= 0xff;
            let mut collector = Collector::default();
            if read(&damaged, b"", &mut collector).is_err() {
                continue;
            }
            let (read, problems) = summary(collector);
            unharmed += usize::from(read.len() == expected.len());
            assert!(read.len() == expected.len() || problems > 0, "page {page}");
            assert!(read.len() + 12 >= expected.len(), "page {page}: {}", read.len());
        }
        assert!(unharmed < file.len() / 4096);
    }

    #[test]
    fn cells_that_overlap_do_not_multiply_the_work() {
        let mut file = sqlite(&packages(3).1[2..], 4096);
        let page = &mut file[4096..8192];
        let cell: [u8; 2] = page[8..10].try_into().unwrap();
        page[3..5].copy_from_slice(&1500u16.to_be_bytes());
        for index in 0..1500 {
            page[8 + 2 * index..10 + 2 * index].copy_from_slice(&cell);
        }
        let (read, problems) = names(&file, b"");
        assert!((1..60).contains(&read.len()), "{}", read.len());
        assert!(problems > 0);
    }

    #[test]
    fn a_tree_that_bites_its_tail_ends() {
        let mut file = sqlite(&packages(40).1, 512);
        // The root's last child is the root.
        file[512 + 8..512 + 12].copy_from_slice(&2u32.to_be_bytes());
        let (read, problems) = names(&file, b"");
        assert!(!read.is_empty() && problems == 1, "{} {problems}", read.len());
    }

    #[test]
    fn without_the_table_it_is_no_package_database() {
        let mut file = sqlite(&[], 4096);
        let at = file.windows(8).position(|w| w == b"Packages").unwrap();
        file[at..at + 16].copy_from_slice(b"QackagesQackages");
        assert!(read(&file, b"", &mut Collector::default()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, wal: Vec<u8>) {
            let mut file = sqlite(&[], 512);
            file.extend(bytes);
            let mut log = wal_of(&file, 512, false);
            log.extend(&wal);
            let _ = read(&file, &wal, &mut Collector::default());
            let _ = read(&file, &log, &mut Collector::default());
        }

        #[test]
        fn flipped_bytes_never_panic(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let mut file = sqlite(&packages(8).1, 512);
            for (at, value) in flips {
                let at = at.index(file.len());
                file[at] = value;
            }
            let _ = read(&file, b"", &mut Collector::default());
        }
    }
}
