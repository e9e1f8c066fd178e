//! Turns sorted records into entries: all statements about one package, all that is known about one flaw.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
};

use jiff::civil::Date;
use plimsoll_model::{FixState, Knowledge, NameKind, Rating};

use super::{
    FlawSet, aliases::Resolved, sorter::Sorter, spill::SpillRow, spoken::Spoken, table::TableWriter,
};
use crate::{
    DbError,
    codec::{Reader, Writer},
    epss::{self, Chunk, Score},
    flaw::FlawRecord,
    flaw_id::FlawId,
    format::{ALIAS_KEY, FLAW_KEY, MAX_ROWS, NamespaceInfo, split_package_key, text_key},
    row::{Entry, Flaw, Statement, Text, TextRange},
};

/// Most addresses kept for one flaw.
const MAX_REFERENCES: usize = 50;
/// Most ratings kept for one flaw.
const MAX_RATINGS: usize = 50;

fn broken() -> DbError {
    DbError::Io(io::Error::new(io::ErrorKind::InvalidData, "a temporary file was changed"))
}

/// What became of the rows.
#[derive(Debug, Default)]
pub(super) struct MergedRows {
    pub(super) rows: u64,
    pub(super) packages: u64,
    pub(super) duplicates: u64,
    pub(super) overruled: u64,
    pub(super) namespaces: Vec<NamespaceInfo>,
    pub(super) feeds: BTreeMap<String, ()>,
    pub(super) flaws: FlawSet,
}

/// Gathers the rows of one package after the other.
#[derive(Debug)]
pub(super) struct RowMerge<'a> {
    resolved: &'a Resolved,
    priorities: &'a HashMap<String, u8>,
    spoken: &'a Spoken,
    key: Vec<u8>,
    rows: Vec<SpillRow>,
    out: MergedRows,
}

impl<'a> RowMerge<'a> {
    pub(super) fn new(
        resolved: &'a Resolved,
        priorities: &'a HashMap<String, u8>,
        spoken: &'a Spoken,
    ) -> Self {
        let out = MergedRows::default();
        Self { resolved, priorities, spoken, key: Vec::new(), rows: Vec::new(), out }
    }

    pub(super) fn push(
        &mut self,
        table: &mut TableWriter,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), DbError> {
        if self.key != key {
            self.flush(table)?;
            self.key = key.to_vec();
        }
        self.rows.push(SpillRow::decode(value).map_err(|_| broken())?);
        Ok(())
    }

    pub(super) fn finish(mut self, table: &mut TableWriter) -> Result<MergedRows, DbError> {
        self.flush(table)?;
        self.out.namespaces.iter_mut().for_each(|info| info.feeds.sort_unstable());
        // Keys order a release before those it is a prefix of, as tuples do, but not every pair.
        self.out.namespaces.sort_unstable_by(|a, b| a.namespace.cmp(&b.namespace));
        Ok(self.out)
    }

    fn flush(&mut self, table: &mut TableWriter) -> Result<(), DbError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut rows = std::mem::take(&mut self.rows);
        self.leave_to_leaders(&mut rows)?;
        if rows.is_empty() {
            return Ok(());
        }
        let resolved = self.resolved;
        let priority = |row: &SpillRow| self.priorities.get(&row.feed).copied().unwrap_or(0);
        let mut best: HashMap<&str, u8> = HashMap::new();
        for row in &rows {
            for flaw in &row.flaws {
                let highest = best.entry(resolved.primary(flaw)).or_default();
                *highest = priority(row).max(*highest);
            }
        }
        let mut groups: BTreeMap<Grouping<'_>, BTreeSet<FlawId>> = BTreeMap::new();
        let mut count = 0u64;
        for row in &rows {
            for flaw in &row.flaws {
                let flaw = resolved.primary(flaw);
                if best.get(flaw).is_some_and(|best| *best > priority(row)) {
                    self.out.overruled += 1;
                    continue;
                }
                let group = Grouping::new(row, flaw);
                if groups.entry(group).or_default().insert(FlawId::new(flaw)) {
                    count += 1;
                } else {
                    self.out.duplicates += 1;
                }
            }
        }
        if count > MAX_ROWS as u64 {
            return Err(DbError::TooLarge { what: "all of one package", limit: MAX_ROWS as u64 });
        }
        let entry = entry(&groups);
        table.push(&self.key, &entry.encode())?;
        self.count(&groups, count)?;
        Ok(())
    }

    fn leave_to_leaders(&mut self, rows: &mut Vec<SpillRow>) -> Result<(), DbError> {
        if self.spoken.is_empty() {
            return Ok(());
        }
        let (namespace, _, _) = split_package_key(&self.key).ok_or_else(broken)?;
        for row in &mut *rows {
            let Some(spoken) = self.spoken.of(&row.feed, &namespace) else { continue };
            let before = row.flaws.len();
            row.flaws.retain(|flaw| {
                !spoken.contains(&FlawId::new(flaw))
                    && !spoken.contains(&FlawId::new(self.resolved.primary(flaw)))
            });
            self.out.overruled += (before - row.flaws.len()) as u64;
        }
        rows.retain(|row| !row.flaws.is_empty());
        Ok(())
    }

    fn count(
        &mut self,
        groups: &BTreeMap<Grouping<'_>, BTreeSet<FlawId>>,
        count: u64,
    ) -> Result<(), DbError> {
        let (namespace, kind, _) = split_package_key(&self.key).ok_or_else(broken)?;
        if self.out.namespaces.last().is_none_or(|info| info.namespace != namespace) {
            self.out.namespaces.push(NamespaceInfo {
                namespace,
                source_rows: 0,
                binary_rows: 0,
                packages: 0,
                feeds: Vec::new(),
                knows: Knowledge::FixedOnly,
            });
        }
        if let Some(info) = self.out.namespaces.last_mut() {
            match kind {
                NameKind::Source => info.source_rows += count,
                NameKind::Binary => info.binary_rows += count,
            }
            info.packages += 1;
            if groups.keys().any(|g| !matches!(g.state, FixState::Fixed | FixState::NotAffected)) {
                info.knows = Knowledge::AllStates;
            }
            for feed in groups.keys().map(|group| group.feed) {
                if !info.feeds.iter().any(|known| known == feed) {
                    info.feeds.push(feed.to_owned());
                }
                self.out.feeds.entry(feed.to_owned()).or_default();
            }
        }
        self.out.rows += count;
        self.out.packages += 1;
        self.out.flaws.extend(groups.values().flatten().cloned());
        Ok(())
    }
}

/// All of a row but its flaws: rows that agree in it become one statement.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Grouping<'a> {
    feed: &'a str,
    advisory: Option<&'a str>,
    state: plimsoll_model::FixState,
    severity: Option<plimsoll_model::Severity>,
    ranges: &'a [crate::row::RowRange],
    versions: &'a [String],
    arches: &'a [String],
    module: Option<&'a str>,
    channel: Option<(&'a str, bool)>,
    symbols: &'a [String],
}

impl<'a> Grouping<'a> {
    fn new(row: &'a SpillRow, flaw: &str) -> Self {
        Self {
            feed: &row.feed,
            advisory: (row.advisory != flaw).then_some(row.advisory.as_str()),
            state: row.state,
            severity: row.severity,
            ranges: &row.ranges,
            versions: &row.versions,
            arches: &row.arches,
            module: row.module.as_deref(),
            channel: row.channel.as_ref().map(|c| (c.name.as_str(), c.paid)),
            symbols: &row.symbols,
        }
    }
}

fn entry<'a>(groups: &'a BTreeMap<Grouping<'a>, BTreeSet<FlawId>>) -> Entry<'a> {
    let mut texts: BTreeSet<&str> = BTreeSet::new();
    for (group, flaws) in groups {
        texts.insert(group.feed);
        texts.extend(group.advisory);
        texts.extend(group.module);
        texts.extend(group.channel.map(|(name, _)| name));
        for range in group.ranges {
            let ends = [&range.introduced, &range.fixed, &range.last_affected];
            texts.extend(ends.into_iter().flatten().map(String::as_str));
        }
        let lists = group.versions.iter().chain(group.arches).chain(group.symbols);
        texts.extend(lists.map(String::as_str));
        for flaw in flaws {
            if let FlawId::Other(id) = flaw {
                texts.insert(id);
            }
        }
    }
    let texts: Vec<&str> = texts.into_iter().collect();
    let number = |text: &str| texts.binary_search(&text).map_or(0, |place| place as Text);
    let end = |end: &Option<String>| end.as_deref().map(number);
    let statements = groups
        .iter()
        .map(|(group, flaws)| Statement {
            feed: number(group.feed),
            advisory: group.advisory.map(number),
            state: group.state,
            severity: group.severity,
            ranges: group
                .ranges
                .iter()
                .map(|range| TextRange {
                    introduced: end(&range.introduced),
                    fixed: end(&range.fixed),
                    last_affected: end(&range.last_affected),
                })
                .collect(),
            versions: group.versions.iter().map(|v| number(v)).collect(),
            arches: group.arches.iter().map(|a| number(a)).collect(),
            module: group.module.map(number),
            channel: group.channel.map(|(name, paid)| (number(name), paid)),
            symbols: group.symbols.iter().map(|s| number(s)).collect(),
            flaws: flaws
                .iter()
                .map(|flaw| match flaw {
                    FlawId::Cve { year, number } => Flaw::Cve(*year, *number),
                    FlawId::Other(id) => Flaw::Other(number(id)),
                })
                .collect(),
        })
        .collect();
    Entry { texts, statements }
}

/// Gathers what the feeds say about one flaw after the other.
#[derive(Debug)]
pub(super) struct FlawMerge<'a> {
    resolved: &'a Resolved,
    priorities: &'a HashMap<String, u8>,
    only: Option<&'a FlawSet>,
    epss_day: Option<Date>,
    sorter: Sorter,
    scores: Sorter,
}

/// What was written about flaws.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FlawCounts {
    pub(super) flaws: u64,
    pub(super) aliases: u64,
    pub(super) scores: u64,
}

impl<'a> FlawMerge<'a> {
    pub(super) fn new(
        resolved: &'a Resolved,
        priorities: &'a HashMap<String, u8>,
        epss_day: Option<Date>,
        memory: usize,
    ) -> Self {
        let (sorter, scores) = (Sorter::new(memory), Sorter::new(memory));
        Self { resolved, priorities, only: None, epss_day, sorter, scores }
    }

    pub(super) fn only(&mut self, flaws: &'a FlawSet) {
        self.only = Some(flaws);
    }

    fn wanted(&self, flaw: &str) -> bool {
        self.only.is_none_or(|only| only.contains(&FlawId::new(flaw)))
    }

    /// A record as [`super::Builder`] spooled it. Its place among those of the same flaw: the flaw's own
    /// records before errata, then by priority, feed and id.
    pub(super) fn push(&mut self, flaw: &[u8], value: &[u8]) -> Result<(), DbError> {
        let flaw = std::str::from_utf8(flaw).map_err(|_| broken())?;
        let primary = self.resolved.primary(flaw);
        if !self.wanted(primary) {
            return Ok(());
        }
        let mut reader = Reader::new(value);
        let kind = reader.byte().map_err(|_| broken())?;
        let feed = reader.text().map_err(|_| broken())?;
        let priority = self.priorities.get(feed).copied().unwrap_or(0);
        let mut placed = vec![kind, u8::MAX - priority];
        placed.extend_from_slice(value.get(1..).unwrap_or_default());
        self.sorter.push(primary.as_bytes().to_vec(), placed)?;
        Ok(())
    }

    /// Writes all records, aliases and scores; says how many of each.
    pub(super) fn finish(mut self, table: &mut TableWriter) -> Result<FlawCounts, DbError> {
        let (resolved, epss_day) = (self.resolved, self.epss_day);
        let mut scores = self.scores;
        let mut aliases: BTreeMap<&str, &str> = BTreeMap::new();
        let wanted = |id: &str| self.only.is_none_or(|only| only.contains(&FlawId::new(id)));
        for (primary, names) in &resolved.classes {
            if wanted(primary) {
                // A flaw with nothing but names has a record of them.
                self.sorter.push(primary.as_bytes().to_vec(), Vec::new())?;
                aliases.extend(names.iter().map(|name| (&**name, &**primary)));
            }
        }
        let mut merge = self.sorter.finish()?;
        let mut count = 0;
        let mut current: Option<(Box<[u8]>, Part)> = None;
        let mut write = |table: &mut TableWriter, (id, part): (Box<[u8]>, Part)| {
            let id = std::str::from_utf8(&id).map_err(|_| broken())?;
            let mut record = part.record;
            let names = resolved.classes.get(id).into_iter().flatten();
            record.aliases = names.map(ToString::to_string).collect();
            settle(&mut record);
            let score = record.epss.as_ref().and_then(|epss| Score::of(epss, epss_day));
            if let (Some(score), Some((mut key, place))) = (score, epss::key_of(&FlawId::new(id))) {
                record.epss = None;
                key.push(place);
                let mut value = Writer::default();
                value.uint(score.probability.into());
                value.uint(score.percentile.into());
                scores.push(key, value.0)?;
            }
            count += 1;
            table.push(&text_key(FLAW_KEY, id), &record.encode())
        };
        while let Some((flaw, value)) = merge.next()? {
            let more = decode_part(&value).map_err(|_| broken())?;
            match &mut current {
                Some((id, part)) if *id == flaw => join(part, more),
                _ => {
                    if let Some(done) = current.replace((flaw, more)) {
                        write(table, done)?;
                    }
                }
            }
        }
        if let Some(done) = current {
            write(table, done)?;
        }
        for (alias, primary) in &aliases {
            table.push(&text_key(ALIAS_KEY, alias), primary.as_bytes())?;
        }
        let scores = write_scores(scores, table)?;
        Ok(FlawCounts { flaws: count, aliases: aliases.len() as u64, scores })
    }
}

/// Scores in the order of their ids, up to 256 to an entry.
fn write_scores(scores: Sorter, table: &mut TableWriter) -> Result<u64, DbError> {
    let mut sorted = scores.finish()?;
    let (mut key, mut chunk, mut count) = (Vec::new(), Chunk::default(), 0);
    while let Some((id, value)) = sorted.next()? {
        let (place, chunk_key) = id.split_last().ok_or_else(broken)?;
        if chunk_key != key {
            if !chunk.is_empty() {
                table.push(&key, &chunk.encode())?;
            }
            (key, chunk) = (chunk_key.to_vec(), Chunk::default());
        }
        let mut reader = Reader::new(&value);
        let mut share =
            || reader.uint().ok().and_then(|n| u32::try_from(n).ok()).ok_or_else(broken);
        chunk.push(*place, Score { probability: share()?, percentile: share()? });
        count += 1;
    }
    if !chunk.is_empty() {
        table.push(&key, &chunk.encode())?;
    }
    Ok(count)
}

/// What one record says.
struct Part {
    /// Whether it is the flaw's own record and not an erratum's.
    own: bool,
    /// The lower, the higher its feed's priority.
    rank: u8,
    record: FlawRecord,
}

fn decode_part(value: &[u8]) -> Result<Part, crate::codec::Corrupt> {
    let mut reader = Reader::new(value);
    if reader.is_empty() {
        return Ok(Part { own: true, rank: u8::MAX, record: FlawRecord::default() });
    }
    let own = reader.byte()? == 0;
    let rank = reader.byte()?;
    reader.text()?;
    reader.text()?;
    Ok(Part { own, rank, record: FlawRecord::decode_from(&mut reader)? })
}

/// Adds what a later record says. An erratum's dates stand only where the flaw's own records have none.
fn join(part: &mut Part, more: Part) {
    let same_sort = part.own == more.own;
    let is_lower = more.rank > part.rank;
    part.rank = part.rank.min(more.rank);
    let (record, mut more) = (&mut part.record, more.record);
    if is_lower {
        // An older copy of the same source's vector, as a table of old ratings has it.
        let version = |r: &Rating| r.cvss.as_ref().map(|c| c.version.clone());
        more.ratings.retain(|old| {
            let same = |r: &&Rating| r.source == old.source && version(r) == version(old);
            old.cvss.is_none() || !record.ratings.iter().any(|r| same(&r))
        });
    }
    record.published = match (record.published, more.published) {
        (Some(a), Some(b)) if same_sort => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    record.modified = match (record.modified, more.modified) {
        (Some(a), Some(b)) if same_sort => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    record.ratings.extend(more.ratings);
    record.cwes.extend(more.cwes);
    record.title = record.title.take().or(more.title);
    record.description = record.description.take().or(more.description);
    record.references.extend(more.references);
    record.kev = match (record.kev.take(), more.kev) {
        (Some(mut a), Some(b)) => {
            a.added = a.added.min(b.added);
            a.ransomware |= b.ransomware;
            Some(a)
        }
        (a, b) => a.or(b),
    };
    record.epss = match (record.epss.take(), more.epss) {
        (Some(a), Some(b)) => Some(if b.date > a.date { b } else { a }),
        (a, b) => a.or(b),
    };
}

fn settle(record: &mut FlawRecord) {
    let place = |rating: &Rating| {
        let cvss = rating.cvss.as_ref();
        (rating.source.clone(), cvss.map(|c| (c.version.clone(), c.vector.clone())))
    };
    record.ratings.sort_by_cached_key(place);
    record.ratings.dedup();
    record.ratings.truncate(MAX_RATINGS);
    for list in [&mut record.cwes, &mut record.references] {
        list.sort_unstable();
        list.dedup();
    }
    record.references.truncate(MAX_REFERENCES);
}
