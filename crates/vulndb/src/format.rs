//! The file's frame: header, footer, keys and the meta section. `docs/database.md` describes all of it.

use jiff::{Timestamp, civil::Date};
use plimsoll_ecosystems::names;
use plimsoll_model::{Digest, EndOfLife, FeedInfo, Knowledge, NameKind, Namespace, PackageKind};
use sha2::{Digest as _, Sha256};

use crate::{
    DbError,
    codec::{Corrupt, Reader, Writer},
};

/// Raised whenever the format or the meaning of a field changes; other versions are refused.
pub const SCHEMA: u32 = 2;
/// First and last bytes of the file.
pub(crate) const MAGIC: &[u8; 8] = b"PLIMSLDB";
/// Magic and schema.
pub(crate) const HEADER_LEN: usize = 12;
/// Ten 64-bit fields, three 32-bit checksums, the checksum of those, the digest, the magic.
pub(crate) const FOOTER_LEN: usize = FIELDS * 8 + 16 + 32 + 8;
const FIELDS: usize = 10;
/// About the uncompressed size of a block of statements.
pub(crate) const BLOCK_TARGET: usize = 8 * 1024;
/// The same for records of flaws and for scores: every finding reads one of each, and unpacking them is most of
/// what it costs.
pub(crate) const SMALL_BLOCK_TARGET: usize = 2 * 1024;
/// Largest uncompressed block: a block holds at least one whole entry, and the largest entry is that of a
/// kernel (about half a megabyte for all its flaws of one release).
pub const MAX_BLOCK: usize = 8 << 20;
/// Most rows, and most statements, about one package. A kernel has about 15,000 in one release; the limit
/// keeps a hostile block, where each takes few bytes, from filling the memory when it is read.
pub const MAX_ROWS: usize = 500_000;
/// Largest shared compression dictionary.
pub(crate) const MAX_DICTIONARY: usize = 1 << 20;
/// Largest meta section, uncompressed.
pub(crate) const MAX_META: usize = 16 << 20;
/// Bytes of one index entry: offset of the block (8), its stored and its uncompressed length, its CRC-32 and
/// the place of its first key in the key heap (4 each), all little-endian.
pub(crate) const INDEX_ENTRY: usize = 24;

/// Keys of the four kinds of entries sort one after the other.
pub(crate) const PACKAGE_KEY: u8 = 1;
pub(crate) const FLAW_KEY: u8 = 2;
pub(crate) const ALIAS_KEY: u8 = 3;
pub(crate) const EPSS_KEY: u8 = 4;

/// Key of a package's statements. Names cannot hold a zero byte: the builder refuses them, so no two
/// packages share a key. Names of languages stand in the form in which their registries compare them.
pub(crate) fn package_key(namespace: &Namespace, kind: NameKind, package: &str) -> Vec<u8> {
    let mut key = vec![PACKAGE_KEY];
    key.extend_from_slice(namespace.ecosystem.as_bytes());
    key.push(0);
    key.extend_from_slice(namespace.release.as_bytes());
    key.extend_from_slice(match kind {
        NameKind::Source => b"\0S",
        NameKind::Binary => b"\0B",
    });
    let language = PackageKind::of_language(&namespace.ecosystem);
    let name = language.map_or(package.into(), |kind| names::canonical(kind, package));
    key.extend_from_slice(name.as_bytes());
    key
}

/// The namespace, kind and name that a package key was made from.
pub(crate) fn split_package_key(key: &[u8]) -> Option<(Namespace, NameKind, String)> {
    let rest = std::str::from_utf8(key.strip_prefix(&[PACKAGE_KEY])?).ok()?;
    let (ecosystem, rest) = rest.split_once('\0')?;
    let (release, rest) = rest.split_once('\0')?;
    let kind = match rest.as_bytes().first()? {
        b'S' => NameKind::Source,
        b'B' => NameKind::Binary,
        _ => return None,
    };
    Some((Namespace::new(ecosystem, release), kind, rest.get(1..)?.to_owned()))
}

pub(crate) fn text_key(kind: u8, text: &str) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(text.as_bytes());
    key
}

/// Where the sections are. They follow each other without gaps: blocks, dictionary, meta, index, footer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Footer {
    pub(crate) dictionary_at: u64,
    pub(crate) dictionary_len: u64,
    pub(crate) meta_at: u64,
    pub(crate) meta_len: u64,
    pub(crate) meta_raw: u64,
    pub(crate) index_at: u64,
    pub(crate) index_len: u64,
    pub(crate) blocks: u64,
    pub(crate) largest_block: u64,
    pub(crate) entries: u64,
    pub(crate) dictionary_crc: u32,
    pub(crate) meta_crc: u32,
    pub(crate) index_crc: u32,
}

impl Footer {
    /// The footer up to the digest.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(FOOTER_LEN);
        for field in [
            self.dictionary_at,
            self.dictionary_len,
            self.meta_at,
            self.meta_len,
            self.meta_raw,
            self.index_at,
            self.index_len,
            self.blocks,
            self.largest_block,
            self.entries,
        ] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        for crc in [self.dictionary_crc, self.meta_crc, self.index_crc] {
            out.extend_from_slice(&crc.to_le_bytes());
        }
        let own = crc32fast::hash(&out);
        out.extend_from_slice(&own.to_le_bytes());
        out
    }

    /// Reads and checks a footer of a file of `len` bytes; the digest in it is not checked.
    pub(crate) fn decode(bytes: &[u8], len: u64) -> Result<(Self, Digest), DbError> {
        let short = || DbError::NotADatabase("its end is missing");
        let (body, rest) = bytes.split_at_checked(FIELDS * 8 + 16).ok_or_else(short)?;
        let (digest, magic) = rest.split_at_checked(32).ok_or_else(short)?;
        if magic != MAGIC {
            return Err(short());
        }
        let (fields, crcs) = body.split_at_checked(FIELDS * 8).ok_or_else(short)?;
        let mut words =
            fields.chunks_exact(8).map(|c| c.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)));
        let mut sums =
            crcs.chunks_exact(4).map(|c| c.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b)));
        let mut word = || words.next().unwrap_or(0);
        let mut sum = || sums.next().unwrap_or(0);
        let footer = Self {
            dictionary_at: word(),
            dictionary_len: word(),
            meta_at: word(),
            meta_len: word(),
            meta_raw: word(),
            index_at: word(),
            index_len: word(),
            blocks: word(),
            largest_block: word(),
            entries: word(),
            dictionary_crc: sum(),
            meta_crc: sum(),
            index_crc: sum(),
        };
        let covered = body.get(..FIELDS * 8 + 12).ok_or_else(short)?;
        if sum() != crc32fast::hash(covered) {
            return Err(DbError::damaged("the footer's checksum is wrong"));
        }
        let digest = <[u8; 32]>::try_from(digest).map_err(|_| short())?;
        footer.check(len)?;
        Ok((footer, Digest::from_bytes(digest)))
    }

    fn check(&self, len: u64) -> Result<(), DbError> {
        let ends = |at: u64, len: u64, next: u64| at.checked_add(len) == Some(next);
        let index_table = self.blocks.checked_mul(INDEX_ENTRY as u64);
        let whole = len
            .checked_sub(FOOTER_LEN as u64)
            .is_some_and(|end| ends(self.index_at, self.index_len, end))
            && ends(self.dictionary_at, self.dictionary_len, self.meta_at)
            && ends(self.meta_at, self.meta_len, self.index_at)
            && self.dictionary_at >= HEADER_LEN as u64
            && index_table.is_some_and(|table| table <= self.index_len)
            && self.dictionary_len <= MAX_DICTIONARY as u64
            && self.meta_raw <= MAX_META as u64
            && self.largest_block <= MAX_BLOCK as u64;
        if whole { Ok(()) } else { Err(DbError::damaged("its sections do not fit together")) }
    }
}

/// SHA-256 of everything before the footer's digest.
pub(crate) fn content_digest(hasher: Sha256) -> Digest {
    Digest::from_bytes(hasher.finalize().into())
}

/// Whole-database facts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Meta {
    /// Program and version that built it.
    pub tool: String,
    /// When it was built.
    pub built: Timestamp,
    /// Its feeds, by id.
    pub feeds: Vec<FeedInfo>,
    /// For which it has advisories, in order.
    pub namespaces: Vec<NamespaceInfo>,
    /// Statements about one flaw in one package.
    pub rows: u64,
    /// Records of flaws.
    pub flaws: u64,
    /// Day of the EPSS scores that are stored by themselves.
    pub epss_day: Option<Date>,
    /// What a sample of the blocks shrank to when the dictionary was trained, in hundredths of a percent:
    /// tells a later build whether it has aged. Zero without a dictionary.
    pub dictionary_ratio: u32,
    /// Ends of life of releases, where a feed tells them, in order. They go before those that the program has.
    pub ends: Vec<(Namespace, EndOfLife)>,
}

/// What a database has for one namespace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamespaceInfo {
    /// Which.
    pub namespace: Namespace,
    /// Rows under names of source packages.
    pub source_rows: u64,
    /// Rows under names of binary packages.
    pub binary_rows: u64,
    /// Packages with rows.
    pub packages: u64,
    /// Ids of the feeds that they come from.
    pub feeds: Vec<String>,
    /// Whether flaws without a fix are among them.
    pub knows: Knowledge,
}

const KNOWLEDGE: [Knowledge; 3] =
    [Knowledge::AllStates, Knowledge::FixedOnly, Knowledge::RatingsOnly];

fn knowledge_number(knows: Knowledge) -> u8 {
    KNOWLEDGE.iter().position(|k| *k == knows).unwrap_or(0) as u8
}

fn knowledge(number: u8) -> Result<Knowledge, Corrupt> {
    KNOWLEDGE.get(usize::from(number)).copied().ok_or(Corrupt)
}

impl Meta {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.text(&self.tool);
        out.uint(u64::try_from(self.built.as_second()).unwrap_or(0));
        out.len(self.feeds.len());
        for feed in &self.feeds {
            out.text(&feed.id);
            out.opt_date(feed.date);
            out.uint(feed.records);
            out.uint(feed.skipped);
            out.text(&feed.licence);
            out.text(&feed.source);
            out.byte(knowledge_number(feed.knows));
        }
        out.len(self.namespaces.len());
        for info in &self.namespaces {
            out.text(&info.namespace.ecosystem);
            out.text(&info.namespace.release);
            out.uint(info.source_rows);
            out.uint(info.binary_rows);
            out.uint(info.packages);
            out.texts(&info.feeds);
            out.byte(knowledge_number(info.knows));
        }
        out.uint(self.rows);
        out.uint(self.flaws);
        out.opt_date(self.epss_day);
        out.uint(self.dictionary_ratio.into());
        // Databases without dates end here, as all did once.
        if !self.ends.is_empty() {
            out.len(self.ends.len());
            for (namespace, end) in &self.ends {
                out.text(&namespace.ecosystem);
                out.text(&namespace.release);
                out.date(end.date);
                out.byte(end.extended.is_some().into());
                if let Some((name, date)) = &end.extended {
                    out.text(name);
                    out.date(*date);
                }
            }
        }
        out.0
    }

    /// Reads a meta section.
    ///
    /// # Errors
    /// Where the bytes are not one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let tool = r.text()?.to_owned();
        let built = i64::try_from(r.uint()?).map_err(|_| Corrupt)?;
        let built = Timestamp::from_second(built).map_err(|_| Corrupt)?;
        let mut feeds = Vec::new();
        for _ in 0..r.count()? {
            feeds.push(FeedInfo {
                id: r.text()?.to_owned(),
                date: r.opt_date()?,
                records: r.uint()?,
                skipped: r.uint()?,
                licence: r.text()?.to_owned(),
                source: r.text()?.to_owned(),
                knows: knowledge(r.byte()?)?,
            });
        }
        let mut namespaces = Vec::new();
        for _ in 0..r.count()? {
            namespaces.push(NamespaceInfo {
                namespace: Namespace::new(r.text()?, r.text()?),
                source_rows: r.uint()?,
                binary_rows: r.uint()?,
                packages: r.uint()?,
                feeds: r.texts()?,
                knows: knowledge(r.byte()?)?,
            });
        }
        let (rows, flaws, epss_day) = (r.uint()?, r.uint()?, r.opt_date()?);
        let dictionary_ratio = u32::try_from(r.uint()?).map_err(|_| Corrupt)?;
        let mut ends = Vec::new();
        if !r.is_empty() {
            for _ in 0..r.count()? {
                let namespace = Namespace::new(r.text()?, r.text()?);
                let date = r.date()?;
                let extended =
                    if r.flag()? { Some((r.text()?.to_owned(), r.date()?)) } else { None };
                ends.push((namespace, EndOfLife { date, extended }));
            }
        }
        if !r.is_empty() {
            return Err(Corrupt);
        }
        Ok(Self { tool, built, feeds, namespaces, rows, flaws, epss_day, dictionary_ratio, ends })
    }
}
