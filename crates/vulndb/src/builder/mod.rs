//! Makes a database out of advisories: normalises their ids, joins what the feeds say about the same flaw,
//! settles which feed speaks for a package, and writes one file. It fetches and parses nothing.
//!
//! The same advisories give the same bytes, in whatever order they come.

mod aliases;
mod base;
mod merge;
mod sorter;
mod spill;
mod spoken;
mod table;

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{self, BufReader, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::Date};
use plimsoll_model::{
    Advisory, Affected, Digest, EndOfLife, FeedInfo, Knowledge, Namespace, Severity,
};

use crate::{
    DbError, VulnDb,
    codec::Writer,
    flaw::FlawRecord,
    flaw_id::{FlawId, Normalized, normalize},
    format::package_key,
};

use self::{aliases::Aliases, sorter::Sorter, spill::SpillRow, spoken::Spoken};

/// Longest name of a package, namespace, feed, module, architecture or channel, and longest version.
pub const MAX_NAME_LEN: usize = 1024;
/// Memory for sorting, by default.
const DEFAULT_MEMORY: usize = 256 << 20;

/// How a database is built.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Program and version, for the meta section.
    pub tool: String,
    /// The time that the file names as its own. Given, not read from a clock: two builds are equal.
    pub built: Timestamp,
    /// About how many bytes may be sorted in memory; the rest goes through temporary files.
    pub memory: usize,
    /// Whether to keep records of flaws that affect no package of the database. They answer
    /// [`crate::VulnDb::flaw`] only, and are most of what NVD, KEV and EPSS have.
    pub keep_unreferenced: bool,
    /// Whether to keep titles, descriptions and addresses. Without them a database holds facts only.
    pub keep_prose: bool,
    /// The database of the build before. Its dictionary is used again as long as it serves, which keeps
    /// unchanged blocks the same bytes and the difference between the two files small. A file that cannot
    /// be used (another schema, damaged) is as good as none.
    pub previous: Option<PathBuf>,
}

impl BuildOptions {
    /// The usual options.
    #[must_use]
    pub fn new(tool: impl Into<String>, built: Timestamp) -> Self {
        Self {
            tool: tool.into(),
            built,
            memory: DEFAULT_MEMORY,
            keep_unreferenced: false,
            keep_prose: true,
            previous: None,
        }
    }
}

/// What a build took and made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BuildStats {
    /// Advisories given.
    pub advisories: u64,
    /// … of them withdrawn, and left out.
    pub withdrawn: u64,
    /// Ids whose spelling was repaired.
    pub repaired_ids: u64,
    /// Ids that were empty or too long, and left out.
    pub refused_ids: u64,
    /// Statements whose names or versions were empty, too long or held a zero byte, and were left out.
    pub refused_rows: u64,
    /// "Same flaw" statements that were not followed because they contradict each other.
    pub refused_aliases: u64,
    /// Rows given twice.
    pub duplicates: u64,
    /// Rows of a feed that another with a higher priority overruled.
    pub overruled: u64,
    /// Rows written.
    pub rows: u64,
    /// Packages with rows.
    pub packages: u64,
    /// Flaws that have rows.
    pub affecting: u64,
    /// Records of flaws written.
    pub flaws: u64,
    /// Aliases written.
    pub aliases: u64,
    /// EPSS scores written apart from the records.
    pub scores: u64,
    /// Whether the dictionary is that of [`BuildOptions::previous`].
    pub dictionary_kept: bool,
    /// Blocks.
    pub blocks: u64,
    /// Bytes of the blocks before compression.
    pub raw_bytes: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Digest of the content.
    pub digest: Option<Digest>,
}

/// Collects advisories. Memory stays below about twice [`BuildOptions::memory`] plus the ids of aliases.
#[derive(Debug)]
pub struct Builder {
    options: BuildOptions,
    rows: Sorter,
    /// What advisories say about flaws, in the order they came; sorted when the aliases are known.
    flaws: BufWriter<File>,
    aliases: Aliases,
    priorities: HashMap<String, u8>,
    spoken: Spoken,
    feeds: BTreeMap<String, FeedInfo>,
    /// Ends of life by the text of their namespace.
    ends: BTreeMap<String, (Namespace, EndOfLife)>,
    /// Newest day of any score.
    epss_day: Option<Date>,
    stats: BuildStats,
}

impl Builder {
    /// An empty database.
    ///
    /// # Errors
    /// Where no temporary file can be made.
    pub fn new(options: BuildOptions) -> Result<Self, DbError> {
        Ok(Self {
            rows: Sorter::new(options.memory),
            flaws: BufWriter::new(tempfile::tempfile()?),
            aliases: Aliases::default(),
            priorities: HashMap::new(),
            spoken: Spoken::default(),
            feeds: BTreeMap::new(),
            ends: BTreeMap::new(),
            epss_day: None,
            stats: BuildStats::default(),
            options,
        })
    }

    /// Names a feed, its date, counts and licence.
    pub fn feed(&mut self, info: FeedInfo) {
        self.feeds.insert(info.id.clone(), info);
    }

    /// Says when a release's life ends; of several for one release the last counts.
    pub fn end_of_life(&mut self, namespace: Namespace, end: EndOfLife) {
        self.ends.insert(namespace.to_string(), (namespace, end));
    }

    /// Where two feeds speak about the same flaw in the same package of the same namespace, only the one
    /// with the higher priority is kept; feeds have priority 0 unless told, and equal ones are both kept.
    pub fn priority(&mut self, feed: impl Into<String>, priority: u8) {
        self.priorities.insert(feed.into(), priority);
    }

    /// Where `leader` says anything about a flaw in a release, what `feed` says about it there is left out,
    /// whatever packages the two name. What a leader says of a channel only is nothing about the release.
    pub fn fills(&mut self, feed: impl Into<String>, leader: impl Into<String>) {
        self.spoken.fills(feed.into(), leader.into());
    }

    /// Takes an advisory.
    ///
    /// # Errors
    /// Where a temporary file cannot be written.
    pub fn add(&mut self, advisory: Advisory) -> Result<(), DbError> {
        self.stats.advisories += 1;
        if advisory.withdrawn.is_some() {
            self.stats.withdrawn += 1;
            return Ok(());
        }
        let Some(id) = self.id(&advisory.id) else { return Ok(()) };
        let mut flaws: Vec<String> = advisory.flaws.iter().filter_map(|f| self.id(f)).collect();
        flaws.sort_unstable();
        flaws.dedup();
        if flaws.is_empty() {
            if !advisory.flaws.is_empty() {
                return Ok(());
            }
            flaws.push(id.clone());
        }
        self.epss_day = self.epss_day.max(advisory.epss.as_ref().map(|epss| epss.date));
        let mut own_name = flaws == [id.as_str()];
        if let [flaw] = flaws.as_slice() {
            for alias in &advisory.aliases {
                if let Some(alias) = self.id(alias) {
                    own_name |= alias == id;
                    self.aliases.join(flaw, &alias);
                }
            }
        }
        // An erratum's severity is that of its worst flaw in these packages: it says nothing about a flaw
        // elsewhere, so it goes to the rows.
        let severity =
            if own_name { None } else { advisory.ratings.iter().find_map(|r| r.severity) };
        for affected in &advisory.affected {
            self.row(&id, &advisory, &flaws, affected, severity)?;
        }
        if let [flaw] = flaws.as_slice() {
            self.flaw(&id, flaw, own_name, advisory)?;
        }
        Ok(())
    }

    fn id(&mut self, id: &str) -> Option<String> {
        match normalize(id) {
            Normalized::AsIs(id) => Some(id),
            Normalized::Repaired(id) => {
                self.stats.repaired_ids += 1;
                Some(id)
            }
            Normalized::Refused => {
                self.stats.refused_ids += 1;
                None
            }
        }
    }

    fn row(
        &mut self,
        id: &str,
        advisory: &Advisory,
        flaws: &[String],
        affected: &Affected,
        severity: Option<Severity>,
    ) -> Result<(), DbError> {
        let feed = advisory.feed.as_str();
        let row = SpillRow {
            flaws: flaws.to_vec(),
            feed: feed.to_owned(),
            advisory: id.to_owned(),
            state: affected.state,
            severity: affected.severity.or(severity),
            ranges: affected.ranges.iter().cloned().map(Into::into).collect(),
            versions: affected.versions.clone(),
            arches: affected.arches.clone(),
            module: affected.module.clone(),
            channel: affected.channel.clone(),
            symbols: advisory.symbols.get(&affected.package).cloned().unwrap_or_default(),
        };
        let namespace = &affected.namespace;
        let names = [&affected.package, &namespace.ecosystem, &row.feed];
        let sound = |text: &str| text.len() <= MAX_NAME_LEN && !text.contains('\0');
        if names.iter().any(|name| name.is_empty() || !sound(name))
            || !sound(&namespace.release)
            || !row.texts().all(|text| sound(text) && !text.is_empty())
        {
            self.stats.refused_rows += 1;
            return Ok(());
        }
        self.spoken.note(feed, flaws, namespace, affected.channel.is_some());
        let key = package_key(namespace, affected.name_kind, &affected.package);
        self.rows.push(key, row.encode())?;
        Ok(())
    }

    fn flaw(
        &mut self,
        id: &str,
        flaw: &str,
        own_name: bool,
        mut advisory: Advisory,
    ) -> Result<(), DbError> {
        if !own_name {
            advisory.ratings.iter_mut().for_each(|r| r.severity = None);
            advisory.ratings.retain(|r| r.cvss.is_some());
            advisory.title = None;
            advisory.description = None;
        }
        if !self.options.keep_prose {
            advisory.title = None;
            advisory.description = None;
            advisory.references.clear();
        }
        let record = FlawRecord {
            id: String::new(),
            aliases: Vec::new(),
            published: advisory.published,
            modified: advisory.modified,
            ratings: advisory.ratings,
            cwes: advisory.cwes,
            title: advisory.title,
            description: advisory.description,
            references: advisory.references,
            kev: advisory.kev,
            epss: advisory.epss,
        };
        if record.is_empty() {
            return Ok(());
        }
        let mut value = Writer::default();
        value.byte(u8::from(!own_name));
        value.text(&advisory.feed);
        value.text(id);
        record.encode_into(&mut value);
        sorter::write_record(&mut self.flaws, flaw.as_bytes(), &value.0)?;
        Ok(())
    }

    /// Writes the database.
    ///
    /// # Errors
    /// Where a file cannot be written, or the content passes a limit of the format.
    pub fn finish(self, out: impl Write) -> Result<BuildStats, DbError> {
        let Self {
            options,
            rows,
            flaws,
            aliases,
            priorities,
            spoken,
            mut feeds,
            ends,
            epss_day,
            mut stats,
        } = self;
        let resolved = aliases.resolve();
        stats.refused_aliases = resolved.refused;
        let mut table = table::TableWriter::new()?;
        let mut merge = merge::RowMerge::new(&resolved, &priorities, &spoken);
        let mut sorted = rows.finish()?;
        while let Some((key, value)) = sorted.next()? {
            merge.push(&mut table, &key, &value)?;
        }
        let merged = merge.finish(&mut table)?;
        let mut spool = flaws.into_inner().map_err(io::IntoInnerError::into_error)?;
        spool.rewind()?;
        let mut records = merge::FlawMerge::new(&resolved, &priorities, epss_day, options.memory);
        if !options.keep_unreferenced {
            records.only(&merged.flaws);
        }
        let mut spool = BufReader::new(spool);
        while let Some((flaw, value)) = sorter::read_record(&mut spool)? {
            records.push(&flaw, &value)?;
        }
        let counts = records.finish(&mut table)?;
        (stats.flaws, stats.aliases, stats.scores) = (counts.flaws, counts.aliases, counts.scores);
        for id in merged.feeds.keys() {
            feeds.entry(id.clone()).or_insert_with(|| FeedInfo {
                id: id.clone(),
                date: None,
                records: 0,
                skipped: 0,
                licence: String::new(),
                source: String::new(),
                knows: Knowledge::default(),
            });
        }
        let meta = crate::format::Meta {
            tool: options.tool,
            built: Timestamp::from_second(options.built.as_second()).unwrap_or(options.built),
            feeds: feeds.into_values().collect(),
            namespaces: merged.namespaces,
            rows: merged.rows,
            flaws: stats.flaws,
            epss_day,
            dictionary_ratio: 0,
            ends: ends.into_values().collect(),
        };
        let previous = options.previous.and_then(|path| VulnDb::open(path).ok());
        let previous = previous.map(|db| table::Dictionary {
            bytes: db.dictionary().to_vec(),
            ratio: db.meta().dictionary_ratio,
        });
        let (written, kept) = table.finish(meta, previous, out)?;
        stats.dictionary_kept = kept;
        stats.rows = merged.rows;
        stats.packages = merged.packages;
        stats.affecting = merged.flaws.len() as u64;
        stats.duplicates = merged.duplicates;
        stats.overruled = merged.overruled;
        stats.blocks = written.blocks;
        stats.raw_bytes = written.raw;
        stats.bytes = written.bytes;
        stats.digest = Some(written.digest);
        Ok(stats)
    }

    /// Writes the database beside `path` and renames it there, so that a reader sees the old file or the
    /// new one and never a part of either.
    ///
    /// # Errors
    /// As for [`Builder::finish`].
    pub fn finish_to_path(self, path: impl AsRef<Path>) -> Result<BuildStats, DbError> {
        let path = path.as_ref();
        let failed = |source| DbError::File { path: path.to_owned(), source };
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut file = tempfile::Builder::new()
            .prefix(".plimsoll-db-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)
            .map_err(failed)?;
        let stats = self.finish(BufWriter::new(file.as_file_mut()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|e| failed(e.error))?;
        Ok(stats)
    }
}

/// The flaws that have rows.
type FlawSet = std::collections::HashSet<FlawId>;
