//! What the database holds about one package in one namespace: statements, each for all the flaws of which
//! the same is said. An erratum that mends twenty flaws in sixty packages is sixty statements, not
//! twelve hundred rows, and the matcher compares versions once per statement.

use plimsoll_model::{Channel, FixState, Range, Severity};

use crate::{
    codec::{Corrupt, Reader, Writer},
    flaw_id::FlawId,
    format::MAX_ROWS,
};

/// One statement about one flaw, as [`crate::VulnDb::lookup`] gives it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Row {
    /// The flaw, by its primary id.
    pub flaw: String,
    /// The record that says so; the flaw's own id where the record has no other name.
    pub advisory: String,
    /// Feed of the record.
    pub feed: String,
    /// What the maintainers do about it.
    pub state: FixState,
    /// Affected versions; empty together with `versions` means all (none, if not affected).
    pub ranges: Vec<RowRange>,
    /// Affected versions named one by one.
    pub versions: Vec<String>,
    /// Architectures; empty means all.
    pub arches: Vec<String>,
    /// `name:stream` of the module it holds for.
    pub module: Option<String>,
    /// Where the fix is, if not in the default repository.
    pub channel: Option<Channel>,
    /// The distribution's severity for this release.
    pub severity: Option<Severity>,
    /// The functions without which the flaw cannot be reached; empty where nothing is said.
    pub symbols: Vec<String>,
}

/// [`Range`] with an order, so that rows have one.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RowRange {
    /// First affected version.
    pub introduced: Option<String>,
    /// First version that is no longer affected.
    pub fixed: Option<String>,
    /// Last affected version.
    pub last_affected: Option<String>,
}

impl From<Range> for RowRange {
    fn from(range: Range) -> Self {
        Self {
            introduced: range.introduced,
            fixed: range.fixed,
            last_affected: range.last_affected,
        }
    }
}

/// Place of a text in its entry's table.
pub(crate) type Text = u32;

/// All statements about one package.
#[derive(Debug, Default)]
pub(crate) struct Entry<'a> {
    pub(crate) texts: Vec<&'a str>,
    pub(crate) statements: Vec<Statement>,
}

/// One statement about some flaws.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Statement {
    pub(crate) feed: Text,
    /// `None`: the id of each flaw is the record's own.
    pub(crate) advisory: Option<Text>,
    pub(crate) state: FixState,
    pub(crate) severity: Option<Severity>,
    pub(crate) ranges: Vec<TextRange>,
    pub(crate) versions: Vec<Text>,
    pub(crate) arches: Vec<Text>,
    pub(crate) module: Option<Text>,
    pub(crate) channel: Option<(Text, bool)>,
    pub(crate) symbols: Vec<Text>,
    pub(crate) flaws: Vec<Flaw>,
}

/// A flaw of a [`Statement`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Flaw {
    Cve(u16, u32),
    Other(Text),
}

#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TextRange {
    pub(crate) introduced: Option<Text>,
    pub(crate) fixed: Option<Text>,
    pub(crate) last_affected: Option<Text>,
}

impl TextRange {
    fn is_before(&self) -> bool {
        self.introduced.is_none() && self.last_affected.is_none() && self.fixed.is_some()
    }
}

pub(crate) const STATES: [FixState; 7] = [
    FixState::Fixed,
    FixState::Affected,
    FixState::FixDeferred,
    FixState::WillNotFix,
    FixState::EndOfLife,
    FixState::UnderInvestigation,
    FixState::NotAffected,
];

/// In place of a state: the state follows in a byte of its own, and functions are named behind the extras.
const HAS_SYMBOLS: u8 = 7;
const HAS_ADVISORY: u8 = 0x80;
const HAS_EXTRAS: u8 = 0x40;
const SEVERITY_SHIFT: u8 = 3;
const THREE_BITS: u8 = 7;
/// CVE years are stored from here.
const FIRST_YEAR: u16 = 1980;

impl Entry<'_> {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.texts(&self.texts);
        out.len(self.statements.len());
        for statement in &self.statements {
            statement.encode(&mut out);
        }
        out.0
    }
}

impl<'a> Entry<'a> {
    /// Reads an entry; every text number in what it returns is valid.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, Corrupt> {
        let mut reader = Reader::new(bytes);
        let count = reader.count()?;
        let texts = (0..count).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
        let count = reader.count()?;
        let mut statements = Vec::new();
        let mut rows = 0;
        for _ in 0..count {
            let statement = Statement::decode(&mut reader, texts.len())?;
            // An empty statement takes memory, too.
            rows += statement.flaws.len().max(1);
            if rows > MAX_ROWS {
                return Err(Corrupt);
            }
            statements.push(statement);
        }
        if reader.is_empty() { Ok(Self { texts, statements }) } else { Err(Corrupt) }
    }

    pub(crate) fn text(&self, text: Text) -> &'a str {
        self.texts.get(text as usize).copied().unwrap_or_default()
    }

    pub(crate) fn flaw(&self, flaw: &Flaw) -> FlawId {
        match flaw {
            Flaw::Cve(year, number) => FlawId::Cve { year: *year, number: *number },
            Flaw::Other(text) => FlawId::Other(self.text(*text).into()),
        }
    }

    pub(crate) fn channel(&self, statement: &Statement) -> Option<Channel> {
        let (name, paid) = statement.channel?;
        Some(Channel { name: self.text(name).to_owned(), paid })
    }

    /// One row per flaw.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let own = |text: Text| self.text(text).to_owned();
        let mut rows = Vec::new();
        for s in &self.statements {
            for flaw in &s.flaws {
                let flaw = self.flaw(flaw).to_string();
                rows.push(Row {
                    advisory: s.advisory.map_or_else(|| flaw.clone(), own),
                    flaw,
                    feed: own(s.feed),
                    state: s.state,
                    ranges: s
                        .ranges
                        .iter()
                        .map(|r| RowRange {
                            introduced: r.introduced.map(own),
                            fixed: r.fixed.map(own),
                            last_affected: r.last_affected.map(own),
                        })
                        .collect(),
                    versions: s.versions.iter().copied().map(own).collect(),
                    arches: s.arches.iter().copied().map(own).collect(),
                    module: s.module.map(own),
                    channel: self.channel(s),
                    severity: s.severity,
                    symbols: s.symbols.iter().copied().map(own).collect(),
                });
            }
        }
        rows.sort();
        rows
    }
}

fn opt(out: &mut Writer, text: Option<Text>) {
    out.uint(text.map_or(0, |t| u64::from(t) + 1));
}

/// Reads text numbers and refuses those that the table does not have.
struct TextReader<'r, 'a> {
    reader: &'r mut Reader<'a>,
    texts: usize,
}

impl TextReader<'_, '_> {
    fn text(&mut self) -> Result<Text, Corrupt> {
        let number = self.reader.size()?;
        if number >= self.texts {
            return Err(Corrupt);
        }
        Text::try_from(number).map_err(|_| Corrupt)
    }

    fn opt(&mut self) -> Result<Option<Text>, Corrupt> {
        match self.reader.size()? {
            0 => Ok(None),
            n if n > self.texts => Err(Corrupt),
            n => Text::try_from(n - 1).map(Some).map_err(|_| Corrupt),
        }
    }

    fn texts(&mut self) -> Result<Vec<Text>, Corrupt> {
        let count = self.reader.count()?;
        (0..count).map(|_| self.text()).collect()
    }
}

impl Statement {
    fn encode(&self, out: &mut Writer) {
        let simple_range = self.ranges.len() <= 1 && self.ranges.iter().all(TextRange::is_before);
        let extras = !simple_range
            || !self.versions.is_empty()
            || !self.arches.is_empty()
            || self.module.is_some()
            || self.channel.is_some()
            || !self.symbols.is_empty();
        let state = STATES.iter().position(|s| *s == self.state).unwrap_or(0) as u8;
        let severity = self.severity.map_or(0, |s| {
            1 + Severity::WORST_FIRST.iter().position(|w| *w == s).unwrap_or(0) as u8
        });
        let has_symbols = !self.symbols.is_empty();
        let low = if has_symbols { HAS_SYMBOLS } else { state };
        let mut head = low | severity << SEVERITY_SHIFT;
        head |= if extras { HAS_EXTRAS } else { 0 };
        head |= if self.advisory.is_some() { HAS_ADVISORY } else { 0 };
        out.byte(head);
        if has_symbols {
            out.byte(state);
        }
        out.uint(self.feed.into());
        if let Some(advisory) = self.advisory {
            out.uint(advisory.into());
        }
        if extras {
            out.len(self.ranges.len());
            for range in &self.ranges {
                opt(out, range.introduced);
                opt(out, range.fixed);
                opt(out, range.last_affected);
            }
            for list in [&self.versions, &self.arches] {
                out.len(list.len());
                list.iter().for_each(|text| out.uint((*text).into()));
            }
            opt(out, self.module);
            opt(out, self.channel.map(|(name, _)| name));
            if let Some((_, paid)) = self.channel {
                out.byte(paid.into());
            }
            if has_symbols {
                out.len(self.symbols.len());
                self.symbols.iter().for_each(|text| out.uint((*text).into()));
            }
        } else {
            opt(out, self.ranges.first().and_then(|r| r.fixed));
        }
        encode_flaws(out, &self.flaws);
    }

    fn decode(reader: &mut Reader<'_>, texts: usize) -> Result<Self, Corrupt> {
        let mut r = TextReader { reader, texts };
        let head = r.reader.byte()?;
        let has_symbols = head & THREE_BITS == HAS_SYMBOLS;
        let state = if has_symbols { r.reader.byte()? } else { head & THREE_BITS };
        let state = *STATES.get(usize::from(state)).ok_or(Corrupt)?;
        let severity = match head >> SEVERITY_SHIFT & THREE_BITS {
            0 => None,
            n => Some(*Severity::WORST_FIRST.get(usize::from(n) - 1).ok_or(Corrupt)?),
        };
        let feed = r.text()?;
        let advisory = if head & HAS_ADVISORY == 0 { None } else { Some(r.text()?) };
        let mut statement = Self {
            feed,
            advisory,
            state,
            severity,
            ranges: Vec::new(),
            versions: Vec::new(),
            arches: Vec::new(),
            module: None,
            channel: None,
            symbols: Vec::new(),
            flaws: Vec::new(),
        };
        if head & HAS_EXTRAS == 0 {
            if let fixed @ Some(_) = r.opt()? {
                statement.ranges = vec![TextRange { fixed, ..TextRange::default() }];
            }
        } else {
            for _ in 0..r.reader.count()? {
                let (introduced, fixed, last_affected) = (r.opt()?, r.opt()?, r.opt()?);
                statement.ranges.push(TextRange { introduced, fixed, last_affected });
            }
            statement.versions = r.texts()?;
            statement.arches = r.texts()?;
            statement.module = r.opt()?;
            if let Some(name) = r.opt()? {
                statement.channel = Some((name, r.reader.flag()?));
            }
            if has_symbols {
                statement.symbols = r.texts()?;
            }
        }
        statement.flaws = decode_flaws(&mut r)?;
        Ok(statement)
    }
}

/// Flaws in order: CVE ids as differences of year and number, then the others.
fn encode_flaws(out: &mut Writer, flaws: &[Flaw]) {
    out.len(flaws.len());
    let (mut last_year, mut last_number) = (FIRST_YEAR, 0);
    for flaw in flaws {
        match flaw {
            Flaw::Other(text) => {
                out.byte(0);
                out.uint((*text).into());
            }
            Flaw::Cve(year, number) => {
                let step = year.saturating_sub(last_year);
                out.uint(1 + u64::from(step));
                let base = if step == 0 { last_number } else { 0 };
                out.uint(number.saturating_sub(base).into());
                (last_year, last_number) = (*year, *number);
            }
        }
    }
}

fn decode_flaws(r: &mut TextReader<'_, '_>) -> Result<Vec<Flaw>, Corrupt> {
    let count = r.reader.count()?;
    if count > MAX_ROWS {
        return Err(Corrupt);
    }
    let (mut year, mut number) = (FIRST_YEAR, 0u32);
    let mut flaws = Vec::with_capacity(count);
    for _ in 0..count {
        match r.reader.uint()? {
            0 => flaws.push(Flaw::Other(r.text()?)),
            step => {
                let step = u16::try_from(step - 1).map_err(|_| Corrupt)?;
                let base = if step == 0 { number } else { 0 };
                year = year.checked_add(step).ok_or(Corrupt)?;
                let more = u32::try_from(r.reader.uint()?).map_err(|_| Corrupt)?;
                number = base.checked_add(more).ok_or(Corrupt)?;
                flaws.push(Flaw::Cve(year, number));
            }
        }
    }
    Ok(flaws)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_decode_or_fail(bytes: Vec<u8>) {
            if let Ok(entry) = Entry::decode(&bytes) {
                entry.rows();
            }
        }

        #[test]
        fn statements_come_back(
            state in 0usize..7, severity in 0usize..7,
            fixed in proptest::option::of(0u32..3), introduced in proptest::option::of(0u32..3),
            versions in proptest::collection::vec(0u32..3, 0..3),
            module in proptest::option::of(0u32..3),
            channel in proptest::option::of((0u32..3, any::<bool>())),
            advisory in proptest::option::of(0u32..3),
            symbols in proptest::collection::vec(0u32..3, 0..3),
            cves in proptest::collection::btree_set((1980u16..2100, any::<u32>()), 0..5),
        ) {
            let mut flaws: Vec<_> = cves.into_iter().map(|(y, n)| Flaw::Cve(y, n)).collect();
            flaws.push(Flaw::Other(2));
            let ranges = match (introduced, fixed) {
                (None, None) => vec![],
                (introduced, fixed) => vec![TextRange { introduced, fixed, last_affected: None }],
            };
            let statement = Statement {
                feed: 1, advisory, state: STATES[state],
                severity: severity.checked_sub(1).map(|s| Severity::WORST_FIRST[s]),
                ranges, arches: versions.clone(), versions, module, channel, symbols, flaws,
            };
            let entry = Entry { texts: vec!["", "b", "c"], statements: vec![statement] };
            let bytes = entry.encode();
            let back = Entry::decode(&bytes).unwrap();
            prop_assert_eq!(back.statements, entry.statements);
            prop_assert_eq!(back.texts, entry.texts);
        }
    }

    #[test]
    fn more_rows_than_the_limit_are_refused() {
        for rows in [MAX_ROWS, MAX_ROWS + 1] {
            let mut out = Writer::default();
            out.texts(&["feed"]);
            out.len(rows);
            // State, feed, no range, no flaw.
            (0..rows).for_each(|_| out.0.extend_from_slice(&[0, 0, 0, 0]));
            assert_eq!(Entry::decode(&out.0).is_ok(), rows == MAX_ROWS);
        }
    }

    #[test]
    fn a_text_number_beyond_the_table_is_refused() {
        let entry = Entry {
            texts: vec!["feed"],
            statements: vec![Statement {
                feed: 1,
                advisory: None,
                state: FixState::Fixed,
                severity: None,
                ranges: vec![],
                versions: vec![],
                arches: vec![],
                module: None,
                channel: None,
                symbols: vec![],
                flaws: vec![],
            }],
        };
        assert!(Entry::decode(&entry.encode()).is_err());
    }
}
