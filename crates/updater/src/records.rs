//! What a feed said when it was last understood: its parsed advisories in one file.
//!
//! A build reads these files and never a feed's own. So a feed that breaks in the middle leaves no half of its
//! records in a database, one that cannot be had or understood is replaced by what it said last, and one that
//! did not change is not parsed again.
//!
//! ```text
//! "PLIMSREC"  schema (u32)  zstd of ( length (u32)  advisory in postcard )*
//! what is known about it, in JSON  its SHA-256  its length (u32)  "PLIMSREC"
//! ```

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use jiff::{Timestamp, civil::Date};
use plimsoll_feeds::{BadRecord, Stats};
use plimsoll_model::{Advisory, EndOfLife, Knowledge, Namespace};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::files::{persist, temporary};

const MAGIC: &[u8; 8] = b"PLIMSREC";

/// Raised whenever [`Advisory`] changes its shape: postcard has no names.
const SCHEMA: u32 = 2;

const HEADER: u64 = 12;
const FOOTER: u64 = 44;

/// Longest advisory, in bytes.
const MAX_RECORD: usize = 64 << 20;

/// Longest description of a file, in bytes: it names each input.
const MAX_ABOUT: u64 = 64 << 20;

/// Bad records that are remembered with their places.
const MAX_BAD: usize = 10;

const LEVEL: i32 = 3;

/// What is known about a feed's records.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct About {
    /// The feed.
    pub feed: String,
    /// The program that parsed it: another one may understand more.
    pub parser: String,
    /// Fingerprints of what was parsed, by address or path.
    pub input: BTreeMap<String, String>,
    /// SHA-256 of the records.
    pub content: String,
    /// SHA-256 of the stored bytes.
    stored: String,
    /// Advisories.
    pub records: u64,
    /// Records that could not be understood.
    pub bad: u64,
    /// The first of them: place and fault.
    pub problems: Vec<(String, String)>,
    /// Records left out on purpose.
    pub skipped: u64,
    /// Date of the newest data.
    pub date: Option<Date>,
    /// When it was parsed.
    pub parsed: Timestamp,
    /// Licence of the data.
    pub licence: String,
    /// Where it comes from, for people.
    pub source: String,
    /// Which flaws it can know.
    pub knows: Knowledge,
    /// Ends of life of releases that it tells.
    #[serde(default)]
    pub ends: Vec<(Namespace, EndOfLife)>,
}

/// Who parsed what, when.
#[derive(Clone, Debug)]
pub(crate) struct Provenance {
    pub(crate) feed: String,
    pub(crate) parser: String,
    pub(crate) input: BTreeMap<String, String>,
    pub(crate) parsed: Timestamp,
    pub(crate) licence: String,
    pub(crate) source: String,
    pub(crate) knows: Knowledge,
}

/// Writes a feed's records into a temporary file.
pub(crate) struct RecordsWriter {
    out: zstd::stream::write::Encoder<'static, Hashing<BufWriter<NamedTempFile>>>,
    content: Sha256,
    records: u64,
}

impl RecordsWriter {
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(temporary(folder)?);
        file.write_all(MAGIC)?;
        file.write_all(&SCHEMA.to_le_bytes())?;
        let out = zstd::stream::write::Encoder::new(Hashing::new(file), LEVEL)?;
        Ok(Self { out, content: Sha256::new(), records: 0 })
    }

    pub(crate) fn add(&mut self, advisory: &Advisory) -> io::Result<()> {
        let bytes = postcard::to_stdvec(advisory).map_err(io::Error::other)?;
        if bytes.len() > MAX_RECORD {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "an advisory is too large"));
        }
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
        for part in [&len[..], &bytes] {
            self.content.update(part);
            self.out.write_all(part)?;
        }
        self.records += 1;
        Ok(())
    }

    /// Puts the file in its place.
    pub(crate) fn finish(self, path: &Path, from: Provenance, stats: &Stats) -> io::Result<About> {
        let Hashing { inner: mut file, hash } = self.out.finish()?;
        let problem = |bad: &BadRecord| (bad.place.clone(), bad.message.clone());
        let about = About {
            feed: from.feed,
            parser: from.parser,
            input: from.input,
            content: hex(self.content),
            stored: hex(hash),
            records: self.records,
            bad: stats.bad,
            problems: stats.problems.iter().take(MAX_BAD).map(problem).collect(),
            skipped: stats.skipped_total(),
            date: stats.date,
            parsed: from.parsed,
            licence: from.licence,
            source: from.source,
            knows: from.knows,
            ends: stats.ends.clone(),
        };
        let json = serde_json::to_vec(&about).map_err(io::Error::other)?;
        file.write_all(&json)?;
        file.write_all(&Sha256::digest(&json))?;
        let len = u32::try_from(json.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        file.write_all(&len.to_le_bytes())?;
        file.write_all(MAGIC)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        persist(file, path)?;
        Ok(about)
    }
}

/// A feed's records, found whole.
#[derive(Debug)]
pub struct Records {
    file: File,
    body: u64,
    about: About,
}

impl Records {
    /// Opens a file and reads it once through: what is opened can be relied on.
    ///
    /// # Errors
    /// Where it cannot be read, is of another schema or damaged.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        let mut head = [0; HEADER as usize];
        file.read_exact(&mut head)?;
        let (magic, schema) = head.split_at(MAGIC.len());
        if magic != MAGIC || schema != SCHEMA.to_le_bytes() {
            return Err(damaged("not records of this program"));
        }
        let foot_at = len.checked_sub(FOOTER).ok_or_else(|| damaged("too short"))?;
        file.seek(SeekFrom::Start(foot_at))?;
        let mut foot = [0; FOOTER as usize];
        file.read_exact(&mut foot)?;
        let (about_hash, foot) = foot.split_at(32);
        let (about_len, magic) = foot.split_at(4);
        let about_len = u32::from_le_bytes(about_len.try_into().unwrap_or_default());
        let about_at = foot_at.checked_sub(about_len.into()).filter(|at| *at >= HEADER);
        let about_at = about_at.filter(|_| magic == MAGIC && u64::from(about_len) <= MAX_ABOUT);
        let about_at = about_at.ok_or_else(|| damaged("no end"))?;
        file.seek(SeekFrom::Start(about_at))?;
        let mut about = Vec::new();
        (&file).take(about_len.into()).read_to_end(&mut about)?;
        if Sha256::digest(&about).as_slice() != about_hash {
            return Err(damaged("its description is not the one that was written"));
        }
        let about: About = serde_json::from_slice(&about).map_err(io::Error::other)?;
        let body = about_at - HEADER;
        file.seek(SeekFrom::Start(HEADER))?;
        let mut hashing = Hashing::new(io::sink());
        io::copy(&mut BufReader::with_capacity(1 << 17, &file).take(body), &mut hashing)?;
        if hex(hashing.hash) != about.stored {
            return Err(damaged("other bytes than were written"));
        }
        Ok(Self { file, body, about })
    }

    /// What is known about them.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Hands over every advisory.
    ///
    /// # Errors
    /// Where the file cannot be read, or `out` fails.
    pub fn each<E: From<io::Error>>(
        &self,
        mut out: impl FnMut(Advisory) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(HEADER))?;
        let body = BufReader::new(file.take(self.body));
        let mut body =
            BufReader::with_capacity(1 << 17, zstd::stream::read::Decoder::with_buffer(body)?);
        let mut bytes = Vec::new();
        for _ in 0..self.about.records {
            let mut len = [0; 4];
            body.read_exact(&mut len)?;
            let len = u32::from_le_bytes(len) as usize;
            if len > MAX_RECORD {
                return Err(damaged("a length is wrong").into());
            }
            bytes.clear();
            // Not `len` bytes at once: as many as there are.
            (&mut body).take(len as u64).read_to_end(&mut bytes)?;
            out(postcard::from_bytes(&bytes).map_err(io::Error::other)?)?;
        }
        if body.read(&mut [0])? != 0 {
            return Err(damaged("more records than announced").into());
        }
        Ok(())
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Hashes what passes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A hash in hexadecimal digits.
pub(crate) fn hex(hash: Sha256) -> String {
    plimsoll_model::Digest::from_bytes(hash.finalize().into()).hex()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn write(path: &Path, n: u64) -> About {
        let mut writer = RecordsWriter::new(path.parent().unwrap()).unwrap();
        for n in 0..n {
            let id = format!("CVE-2024-{n:04}");
            writer.add(&Advisory { id, ..Advisory::default() }).unwrap();
        }
        let from = Provenance {
            feed: "test".into(),
            parser: "1".into(),
            input: [("a".into(), "b".into())].into(),
            parsed: Timestamp::UNIX_EPOCH,
            licence: String::new(),
            source: String::new(),
            knows: Knowledge::AllStates,
        };
        writer.finish(path, from, &Stats { records: n, ..Stats::default() }).unwrap()
    }

    fn read(path: &Path) -> io::Result<Vec<String>> {
        let mut ids = Vec::new();
        Records::open(path)?.each(|advisory| {
            ids.push(advisory.id);
            Ok::<_, io::Error>(())
        })?;
        Ok(ids)
    }

    #[test]
    fn records_come_back_and_equal_ones_have_equal_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.records");
        let about = write(&path, 3);
        assert_eq!(read(&path).unwrap(), ["CVE-2024-0000", "CVE-2024-0001", "CVE-2024-0002"]);
        assert_eq!(Records::open(&path).unwrap().about(), &about);
        assert_eq!(write(&path, 3).content, about.content);
        assert_ne!(write(&path, 4).content, about.content);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    /// What another program wrote stands in for a feed that fails. If this test fails, [`Advisory`] has
    /// changed its shape: raise [`SCHEMA`] and write the new number here.
    #[test]
    fn the_shape_is_that_of_the_schema() {
        let text = || Some("x".to_owned());
        let day = Some(jiff::civil::date(2024, 1, 2));
        let advisory = Advisory {
            id: "a".into(),
            feed: "b".into(),
            flaws: vec!["c".into()],
            aliases: vec!["d".into()],
            withdrawn: day,
            published: day,
            modified: day,
            cwes: vec!["e".into()],
            title: text(),
            description: text(),
            references: vec!["f".into()],
            affected: vec![plimsoll_model::Affected {
                namespace: plimsoll_model::Namespace::new("g", "h"),
                package: "i".into(),
                name_kind: plimsoll_model::NameKind::Binary,
                arches: vec!["j".into()],
                module: text(),
                channel: Some(plimsoll_model::Channel { name: "k".into(), paid: true }),
                ranges: vec![plimsoll_model::Range::before("l")],
                versions: vec!["m".into()],
                state: plimsoll_model::FixState::Fixed,
                severity: Some(plimsoll_model::Severity::High),
            }],
            ratings: vec![plimsoll_model::Rating {
                source: "n".into(),
                severity: Some(plimsoll_model::Severity::Low),
                cvss: Some(plimsoll_model::CvssRating { version: "o".into(), vector: "p".into() }),
            }],
            kev: Some(plimsoll_model::Kev {
                added: jiff::civil::date(2024, 1, 3),
                ransomware: true,
            }),
            epss: Some(plimsoll_model::Epss {
                probability: 0.5,
                percentile: 0.25,
                date: jiff::civil::date(2024, 1, 4),
            }),
            symbols: BTreeMap::from([("q".into(), vec!["r".into()])]),
        };
        let bytes = postcard::to_stdvec(&advisory).unwrap();
        assert_eq!(
            (SCHEMA, hex(Sha256::new_with_prefix(bytes))),
            (2, "7873bb64d600b48e4f78f4ceaabb7e1929698ce767c849746e4cbd78387452ce".to_owned())
        );
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.records");
        write(&path, 5);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            assert!(Records::open(&path).is_err(), "byte {at}");
        }
        for len in 0..good.len() {
            std::fs::write(&path, &good[..len]).unwrap();
            assert!(Records::open(&path).is_err(), "{len} bytes");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_records_with_a_right_digest_are_safe_to_read(body: Vec<u8>, packed: bool, records: u64) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("any");
            let body = if packed { zstd::encode_all(body.as_slice(), 1).unwrap() } else { body };
            let about = serde_json::to_vec(&About {
                stored: hex(Sha256::new_with_prefix(&body)),
                records,
                ..write(&path, 0)
            });
            let about = about.unwrap();
            let mut bytes = [&MAGIC[..], &SCHEMA.to_le_bytes(), &body, &about].concat();
            bytes.extend(Sha256::digest(&about));
            bytes.extend((about.len() as u32).to_le_bytes());
            bytes.extend(MAGIC);
            std::fs::write(&path, bytes).unwrap();
            let opened = Records::open(&path).unwrap();
            let mut seen = 0;
            let read = opened.each(|_| { seen += 1; Ok::<_, io::Error>(()) });
            prop_assert!(read.is_err() || seen == records);
        }

        #[test]
        fn any_bytes_are_safe_to_open(body: Vec<u8>, about: Vec<u8>, len: u32) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("any");
            for len in [len, about.len() as u32] {
                let mut bytes = [&MAGIC[..], &SCHEMA.to_le_bytes(), &body, &about].concat();
                bytes.extend(Sha256::digest(&about));
                bytes.extend(len.to_le_bytes());
                bytes.extend(MAGIC);
                std::fs::write(&path, bytes).unwrap();
                prop_assert!(Records::open(&path).is_err());
            }
        }
    }
}
