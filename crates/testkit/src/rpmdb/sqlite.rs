//! The table `Packages` in an SQLite file (sqlite.org/fileformat2.html): page 1 is the schema, page 2 the table's root,
//! page 3 the empty `sqlite_sequence` that an automatic number needs, then the empty tables of rpm's indexes: it does not
//! open a read-only database that lacks one.

use super::int;

const PAGE: usize = 4096;
const FILE_HEAD: usize = 100;
const LEAF: u8 = 13;
const INTERIOR: u8 = 5;

/// What rpm 4.16 to 4.20 look packages up by (`lib/rpmdb.c`).
const INDEXES: &[&str] = &[
    "Name",
    "Basenames",
    "Group",
    "Requirename",
    "Providename",
    "Conflictname",
    "Obsoletename",
    "Triggername",
    "Dirnames",
    "Installtid",
    "Sigmd5",
    "Sha1header",
    "Filetriggername",
    "Transfiletriggername",
    "Recommendname",
    "Suggestname",
    "Supplementname",
    "Enhancename",
];

pub(super) fn write(headers: &[Vec<u8>]) -> Vec<u8> {
    let mut pages: Vec<Vec<u8>> = vec![Vec::new(); 3];
    let mut leaves: Vec<(Vec<Vec<u8>>, usize)> = vec![(Vec::new(), 0)];
    let mut used = 8;
    for (number, header) in (1usize..).zip(headers) {
        let cell = row(&mut pages, number, &record(&[(0, b""), (header.len() * 2 + 12, header)]));
        if used + cell.len() + 2 > PAGE {
            leaves.push((Vec::new(), 0));
            used = 8;
        }
        used += cell.len() + 2;
        let leaf = leaves.last_mut().unwrap();
        leaf.0.push(cell);
        leaf.1 = number;
    }
    if let [(cells, _)] = &leaves[..] {
        pages[1] = tree_page(0, LEAF, None, cells);
    } else {
        // One level of interior pages holds some 300 leaves: more than any test needs.
        let mut children = Vec::new();
        for (cells, last) in leaves {
            pages.push(tree_page(0, LEAF, None, &cells));
            children.push((pages.len(), last));
        }
        let (right, _) = children.pop().unwrap();
        let cells: Vec<Vec<u8>> = children
            .iter()
            .map(|(page, key)| [&int(*page).to_be_bytes()[..], &varint(*key)].concat())
            .collect();
        pages[1] = tree_page(0, INTERIOR, Some(right), &cells);
    }
    pages[2] = tree_page(0, LEAF, None, &[]);
    let mut cells = vec![
        schema(
            1,
            "Packages",
            2,
            "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)",
        ),
        schema(2, "sqlite_sequence", 3, "CREATE TABLE sqlite_sequence(name,seq)"),
    ];
    for name in INDEXES {
        pages.push(tree_page(0, LEAF, None, &[]));
        let sql = format!("CREATE TABLE '{name}' (key NOT NULL, hnum INTEGER, idx INTEGER)");
        cells.push(schema(cells.len() + 1, name, pages.len(), &sql));
    }
    pages[0] = tree_page(FILE_HEAD, LEAF, None, &cells);
    let count = pages.len();
    file_head(&mut pages[0], count);
    pages.concat()
}

fn file_head(page: &mut [u8], pages: usize) {
    page[..16].copy_from_slice(b"SQLite format 3\0");
    page[16..18].copy_from_slice(&u16::try_from(PAGE).unwrap().to_be_bytes());
    page[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
    // Change counter, pages, schema cookie and format, text encoding UTF-8, the counter again, SQLite's version.
    for (at, number) in
        [(24, 1), (28, int(pages)), (40, 1), (44, 4), (56, 1), (92, 1), (96, 3_040_000)]
    {
        page[at..at + 4].copy_from_slice(&u32::to_be_bytes(number));
    }
}

fn schema(number: usize, name: &str, root: usize, sql: &str) -> Vec<u8> {
    let text = |text: &str| text.len() * 2 + 13;
    let row = record(&[
        (text("table"), b"table"),
        (text(name), name.as_bytes()),
        (text(name), name.as_bytes()),
        (4, &int(root).to_be_bytes()),
        (text(sql), sql.as_bytes()),
    ]);
    [varint(row.len()), varint(number), row].concat()
}

/// A cell of a leaf; what does not fit goes to overflow pages.
fn row(pages: &mut Vec<Vec<u8>>, number: usize, record: &[u8]) -> Vec<u8> {
    let mut cell = [varint(record.len()), varint(number)].concat();
    let most = PAGE - 35;
    if record.len() <= most {
        cell.extend(record);
        return cell;
    }
    let least = (PAGE - 12) * 32 / 255 - 23;
    let fitting = least + (record.len() - least) % (PAGE - 4);
    let local = if fitting <= most { fitting } else { least };
    cell.extend(&record[..local]);
    cell.extend(int(pages.len() + 1).to_be_bytes());
    let parts: Vec<&[u8]> = record[local..].chunks(PAGE - 4).collect();
    for (index, part) in parts.iter().enumerate() {
        let next = if index + 1 == parts.len() { 0 } else { pages.len() + 2 };
        let mut page = [&int(next).to_be_bytes()[..], part].concat();
        page.resize(PAGE, 0);
        pages.push(page);
    }
    cell
}

/// A record of columns given as (serial type, value).
fn record(columns: &[(usize, &[u8])]) -> Vec<u8> {
    let types: Vec<u8> = columns.iter().flat_map(|(kind, _)| varint(*kind)).collect();
    let mut out = varint(types.len() + 1);
    out.extend(types);
    columns.iter().for_each(|(_, value)| out.extend(*value));
    out
}

fn varint(number: usize) -> Vec<u8> {
    let mut out = vec![u8::try_from(number & 0x7f).unwrap()];
    let mut rest = number >> 7;
    while rest > 0 {
        out.insert(0, u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    out
}

fn tree_page(start: usize, kind: u8, right: Option<usize>, cells: &[Vec<u8>]) -> Vec<u8> {
    let short = |number: usize| u16::try_from(number).unwrap().to_be_bytes();
    let mut page = vec![0; PAGE];
    page[start] = kind;
    page[start + 3..start + 5].copy_from_slice(&short(cells.len()));
    let mut index = start + 8;
    if let Some(right) = right {
        page[index..index + 4].copy_from_slice(&int(right).to_be_bytes());
        index += 4;
    }
    let mut end = PAGE;
    for cell in cells {
        end -= cell.len();
        page[end..end + cell.len()].copy_from_slice(cell);
        page[index..index + 2].copy_from_slice(&short(end));
        index += 2;
    }
    page[start + 5..start + 7].copy_from_slice(&short(end));
    page
}
