//! The read-only database. Opening reads the footer, the index and the meta section; a look-up searches
//! the index where it lies and reads one block. Nothing of a file is believed unchecked: a damaged one
//! gives errors, never a panic and never a wrong answer that its checksums could have caught.

use std::{
    borrow::Cow,
    fs::File,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use plimsoll_model::{
    DatabaseInfo, Digest, EndOfLife, Epss, NameKind, Namespace, OperatingSystem, Staleness,
};
use sha2::{Digest as _, Sha256};
use zstd::bulk::Decompressor;

use crate::{
    DbError,
    block::BlockIter,
    cache::BlockCache,
    epss,
    flaw::FlawRecord,
    flaw_id::FlawId,
    format::{
        ALIAS_KEY, EPSS_KEY, FLAW_KEY, FOOTER_LEN, Footer, HEADER_LEN, INDEX_ENTRY, MAGIC,
        MAX_META, Meta, NamespaceInfo, PACKAGE_KEY, SCHEMA, content_digest, package_key, text_key,
    },
    row::{Entry, Row},
    source::Source,
};

/// Idle decompressors kept for other threads.
const MAX_IDLE: usize = 16;
/// Bytes read at a time while the whole file is verified.
const VERIFY_CHUNK: usize = 1 << 20;

/// An opened database. Look-ups take `&self` and may run on any number of threads; any number of processes
/// may have the same file open, and a new version may be renamed over it meanwhile.
pub struct VulnDb {
    source: Source,
    origin: String,
    footer: Footer,
    digest: Digest,
    meta: Meta,
    index: Cow<'static, [u8]>,
    dictionary: Vec<u8>,
    cache: BlockCache,
    idle: Mutex<Vec<Decompressor<'static>>>,
}

impl std::fmt::Debug for VulnDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VulnDb").field("origin", &self.origin).field("meta", &self.meta).finish()
    }
}

/// Result of a complete check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verified {
    /// Digest, which is that of the content.
    pub digest: Digest,
    /// Blocks read.
    pub blocks: u64,
    /// Entries decoded.
    pub entries: u64,
    /// Rows decoded.
    pub rows: u64,
    /// Flaw records decoded.
    pub flaws: u64,
    /// Scores decoded.
    pub scores: u64,
}

impl VulnDb {
    /// Opens a file.
    ///
    /// # Errors
    /// Where it cannot be read, is of another schema, or its frame is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DbError> {
        let path = path.as_ref();
        let failed = |source| DbError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(DbError::NotADatabase("it is no regular file"));
        }
        Self::new(Source::file(file).map_err(failed)?, path.display().to_string())
    }

    /// Opens a database that is part of the program.
    ///
    /// # Errors
    /// As for [`VulnDb::open`].
    pub fn from_static(bytes: &'static [u8]) -> Result<Self, DbError> {
        Self::new(Source::Static(bytes), crate::STARTER_ORIGIN.to_owned())
    }

    /// Opens a database in memory.
    ///
    /// # Errors
    /// As for [`VulnDb::open`].
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Self, DbError> {
        Self::new(Source::Shared(bytes.into()), "memory".to_owned())
    }

    fn new(source: Source, origin: String) -> Result<Self, DbError> {
        let len = source.len();
        let footer_at = len
            .checked_sub(FOOTER_LEN as u64)
            .filter(|at| *at >= HEADER_LEN as u64)
            .ok_or(DbError::NotADatabase("it is too short"))?;
        let header = source.read(0, HEADER_LEN)?;
        let (magic, schema) =
            header.split_at_checked(MAGIC.len()).ok_or(DbError::NotADatabase("no header"))?;
        if magic != MAGIC {
            return Err(DbError::NotADatabase("it begins with something else"));
        }
        let found = le32(schema, 0).unwrap_or(0);
        if found != SCHEMA {
            return Err(DbError::Schema { found, supported: SCHEMA });
        }
        let (footer, digest) = Footer::decode(&source.read(footer_at, FOOTER_LEN)?, len)?;
        let section = |at, len, crc, name| section(&source, at, len, crc, name);
        let dictionary = section(
            footer.dictionary_at,
            footer.dictionary_len,
            footer.dictionary_crc,
            "dictionary",
        )?
        .into_owned();
        let meta = section(footer.meta_at, footer.meta_len, footer.meta_crc, "meta section")?;
        let raw = usize::try_from(footer.meta_raw).unwrap_or(usize::MAX).min(MAX_META);
        let meta = zstd::bulk::decompress(&meta, raw)
            .map_err(|e| DbError::damaged(format!("meta section: {e}")))?;
        let meta = Meta::decode(&meta).map_err(|_| DbError::damaged("meta section"))?;
        let index = match &source {
            // A copy would only waste memory.
            Source::Static(bytes) => {
                section(footer.index_at, footer.index_len, footer.index_crc, "index")?;
                let at = usize::try_from(footer.index_at).unwrap_or(usize::MAX);
                let end =
                    at.saturating_add(usize::try_from(footer.index_len).unwrap_or(usize::MAX));
                Cow::Borrowed(bytes.get(at..end).unwrap_or_default())
            }
            _ => Cow::Owned(
                section(footer.index_at, footer.index_len, footer.index_crc, "index")?.into_owned(),
            ),
        };
        Ok(Self {
            source,
            origin,
            footer,
            digest,
            meta,
            index,
            dictionary,
            cache: BlockCache::default(),
            idle: Mutex::default(),
        })
    }

    /// What the file says about itself; the digest is only as good as [`VulnDb::verify`]. Staleness is left
    /// for the scan to judge.
    #[must_use]
    pub fn info(&self) -> DatabaseInfo {
        DatabaseInfo {
            origin: self.origin.clone(),
            schema: SCHEMA,
            built: self.meta.built,
            digest: self.digest,
            feeds: self.meta.feeds.clone(),
            staleness: Staleness {
                age_days: None,
                limit_days: 0,
                is_stale: false,
                advice: String::new(),
            },
        }
    }

    /// When a system's life ends: by the database's dates where it has them, else as the system is known.
    #[must_use]
    pub fn end_of_life(&self, os: &OperatingSystem) -> Option<EndOfLife> {
        let known = os.end_of_life.clone();
        let is_it = |n: &Namespace| n.ecosystem == os.id && n.release == os.release;
        let Some((_, told)) = self.meta.ends.iter().find(|(namespace, _)| is_it(namespace)) else {
            return known;
        };
        let extended = told.extended.clone().or_else(|| known.and_then(|end| end.extended));
        Some(EndOfLife { date: told.date, extended })
    }

    /// Feeds, namespaces and counts.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.source.len()
    }

    /// What there is for a namespace; `None` means that no statement can be made about its packages.
    #[must_use]
    pub fn coverage(&self, namespace: &Namespace) -> Option<&NamespaceInfo> {
        let all = &self.meta.namespaces;
        let place = all.binary_search_by(|info| info.namespace.cmp(namespace)).ok()?;
        all.get(place)
    }

    /// Everything that is said about a package in a namespace, in a fixed order.
    ///
    /// # Errors
    /// Where the block cannot be read or is damaged.
    pub fn lookup(
        &self,
        namespace: &Namespace,
        kind: NameKind,
        package: &str,
    ) -> Result<Vec<Row>, DbError> {
        let found = self.with_entry(namespace, kind, package, |entry| entry.rows())?;
        Ok(found.unwrap_or_default())
    }

    /// The same without copying it out.
    pub(crate) fn with_entry<T>(
        &self,
        namespace: &Namespace,
        kind: NameKind,
        package: &str,
        use_it: impl FnOnce(&Entry<'_>) -> T,
    ) -> Result<Option<T>, DbError> {
        self.get(&package_key(namespace, kind, package), |value| {
            let entry = Entry::decode(value)
                .map_err(|_| DbError::damaged(format!("statements about {package}")))?;
            Ok(use_it(&entry))
        })
    }

    /// What is known about a flaw, by its primary id or by an alias. A flaw about which nothing is known
    /// but whom it affects has no record.
    ///
    /// # Errors
    /// Where the block cannot be read or is damaged.
    pub fn flaw(&self, id: &str) -> Result<Option<FlawRecord>, DbError> {
        if let found @ Some(_) = self.flaw_record(id)? {
            return Ok(found);
        }
        let primary = self.get(&text_key(ALIAS_KEY, id), |value| {
            let id = std::str::from_utf8(value).map_err(|_| DbError::damaged("an alias"))?;
            Ok(id.to_owned())
        })?;
        primary.map_or(Ok(None), |primary| self.flaw_record(&primary))
    }

    /// The family of a file that is known to be malicious, by the SHA-256 of its content: `None` where no list names it.
    /// Lists of malware are kept among the flaws, the digest being the id.
    ///
    /// # Errors
    /// Where the block cannot be read or is damaged.
    pub fn known_malware(&self, sha256: &Digest) -> Result<Option<String>, DbError> {
        let record = self.flaw_record(&sha256.to_string())?;
        Ok(record.map(|record| record.title.unwrap_or_default()))
    }

    pub(crate) fn flaw_record(&self, id: &str) -> Result<Option<FlawRecord>, DbError> {
        let record = self.get(&text_key(FLAW_KEY, id), |value| {
            FlawRecord::decode(id, value).map_err(|_| DbError::damaged(format!("record of {id}")))
        })?;
        let Some(mut record) = record else { return Ok(None) };
        if record.epss.is_none() {
            record.epss = self.score(id)?;
        }
        Ok(Some(record))
    }

    /// The score that is stored apart from a flaw's record.
    pub(crate) fn score(&self, id: &str) -> Result<Option<Epss>, DbError> {
        let (Some(day), Some((key, place))) = (self.meta.epss_day, epss::key_of(&FlawId::new(id)))
        else {
            return Ok(None);
        };
        let score = self.get(&key, |entry| {
            epss::find(entry, place).map_err(|_| DbError::damaged(format!("score of {id}")))
        })?;
        Ok(score.flatten().map(|score| score.epss(day)))
    }

    /// Reads the whole file: its digest, every block, every entry.
    ///
    /// # Errors
    /// At the first thing that is not as the builder wrote it.
    pub fn verify(&self) -> Result<Verified, DbError> {
        let mut hasher = Sha256::new();
        let end = self.source.len().saturating_sub(32 + MAGIC.len() as u64);
        let mut at = 0;
        while at < end {
            let len = usize::try_from(end - at).unwrap_or(VERIFY_CHUNK).min(VERIFY_CHUNK);
            hasher.update(self.source.read(at, len)?);
            at += len as u64;
        }
        let digest = content_digest(hasher);
        if digest != self.digest {
            return Err(DbError::damaged("its content does not have the digest that it names"));
        }
        let mut seen = Verified { digest, blocks: 0, entries: 0, rows: 0, flaws: 0, scores: 0 };
        let mut last = Vec::new();
        for number in 0..self.blocks() {
            let block = self.read_block(number)?;
            self.verify_block(&block, &mut last, &mut seen)
                .ok_or_else(|| DbError::damaged(format!("block {number}")))?;
            seen.blocks += 1;
        }
        let counts = (seen.entries, seen.rows, seen.flaws);
        if counts != (self.footer.entries, self.meta.rows, self.meta.flaws) {
            return Err(DbError::damaged("its counts are wrong"));
        }
        Ok(seen)
    }

    fn verify_block(&self, block: &[u8], last: &mut Vec<u8>, seen: &mut Verified) -> Option<()> {
        let mut entries = BlockIter::new(block);
        while let Some((key, value)) = entries.next().ok()? {
            if key <= last.as_slice() {
                return None;
            }
            *last = key.to_vec();
            seen.entries += 1;
            match *key.first()? {
                PACKAGE_KEY => {
                    crate::format::split_package_key(key)?;
                    let entry = Entry::decode(value).ok()?;
                    seen.rows += entry.statements.iter().map(|s| s.flaws.len() as u64).sum::<u64>();
                }
                FLAW_KEY => {
                    let id = std::str::from_utf8(key.get(1..)?).ok()?;
                    FlawRecord::decode(id, value).ok()?;
                    seen.flaws += 1;
                }
                ALIAS_KEY => {
                    std::str::from_utf8(value).ok()?;
                }
                EPSS_KEY => {
                    seen.scores += epss::check(value).ok()?;
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// The shared compression dictionary.
    pub(crate) fn dictionary(&self) -> &[u8] {
        &self.dictionary
    }

    pub(crate) fn footer(&self) -> &Footer {
        &self.footer
    }

    pub(crate) fn blocks(&self) -> usize {
        usize::try_from(self.footer.blocks).unwrap_or(usize::MAX)
    }

    /// The first key of a block, shortened to what tells it from the block before.
    pub(crate) fn separator(&self, number: usize) -> Option<&[u8]> {
        let heap = self.index.get(self.blocks().checked_mul(INDEX_ENTRY)?..)?;
        let at = |number: usize| {
            let place = le32(&self.index, number.checked_mul(INDEX_ENTRY)? + 20)?;
            usize::try_from(place).ok()
        };
        let end = if number + 1 < self.blocks() { at(number + 1)? } else { heap.len() };
        heap.get(at(number)?..end)
    }

    pub(crate) fn get<T>(
        &self,
        key: &[u8],
        use_it: impl FnOnce(&[u8]) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let (mut low, mut high) = (0, self.blocks());
        while low < high {
            let middle = low + (high - low) / 2;
            let separator = self.separator(middle).ok_or_else(|| DbError::damaged("the index"))?;
            if separator <= key { low = middle + 1 } else { high = middle }
        }
        let Some(number) = low.checked_sub(1) else { return Ok(None) };
        let block = match self.cache.get(number) {
            Some(block) => block,
            None => {
                let block: Arc<[u8]> = self.read_block(number)?.into();
                self.cache.put(number, &block);
                block
            }
        };
        let value = BlockIter::find(&block, key)
            .map_err(|_| DbError::damaged(format!("block {number}")))?;
        value.map(use_it).transpose()
    }

    /// Where a block is.
    pub(crate) fn place(&self, number: usize) -> Result<BlockPlace, DbError> {
        let damaged = |what: &str| DbError::damaged(format!("block {number}: {what}"));
        let entry = number
            .checked_mul(INDEX_ENTRY)
            .and_then(|at| self.index.get(at..at.checked_add(INDEX_ENTRY)?))
            .ok_or_else(|| damaged("not in the index"))?;
        let field = |at| le32(entry, at).unwrap_or(0);
        let offset = u64::from(field(0)) | u64::from(field(4)) << 32;
        let (len, raw, crc) = (field(8), field(12), field(16));
        let inside = offset >= HEADER_LEN as u64
            && offset.checked_add(len.into()).is_some_and(|end| end <= self.footer.dictionary_at)
            && u64::from(raw) <= self.footer.largest_block;
        if !inside {
            return Err(damaged("lies outside of the file's blocks"));
        }
        Ok(BlockPlace { offset, len, raw, crc })
    }

    /// A block's bytes as they are stored.
    pub(crate) fn stored(&self, number: usize) -> Result<(BlockPlace, Cow<'_, [u8]>), DbError> {
        let place = self.place(number)?;
        let stored = self.source.read(place.offset, place.len as usize)?;
        if crc32fast::hash(&stored) != place.crc {
            return Err(DbError::damaged(format!("block {number}: its checksum is wrong")));
        }
        Ok((place, stored))
    }

    pub(crate) fn read_block(&self, number: usize) -> Result<Vec<u8>, DbError> {
        let damaged = |what: &str| DbError::damaged(format!("block {number}: {what}"));
        let (BlockPlace { raw, .. }, stored) = self.stored(number)?;
        let bytes = self
            .decompress(&stored, raw as usize)
            .map_err(|e| damaged(&format!("does not decompress: {e}")))?;
        if bytes.len() == raw as usize { Ok(bytes) } else { Err(damaged("has another length")) }
    }

    fn decompress(&self, stored: &[u8], raw: usize) -> std::io::Result<Vec<u8>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut decompressor = match idle {
            Some(decompressor) => decompressor,
            None => Decompressor::with_dictionary(&self.dictionary)?,
        };
        let bytes = decompressor.decompress(stored, raw)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(decompressor);
        }
        Ok(bytes)
    }
}

/// Where a block is in the file, its lengths and its checksum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct BlockPlace {
    pub(crate) offset: u64,
    pub(crate) len: u32,
    pub(crate) raw: u32,
    pub(crate) crc: u32,
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn section<'a>(
    source: &'a Source,
    at: u64,
    len: u64,
    crc: u32,
    name: &str,
) -> Result<Cow<'a, [u8]>, DbError> {
    let len = usize::try_from(len).map_err(|_| DbError::damaged(name))?;
    let bytes = source.read(at, len)?;
    if crc32fast::hash(&bytes) == crc {
        Ok(bytes)
    } else {
        Err(DbError::damaged(format!("{name}: its checksum is wrong")))
    }
}
