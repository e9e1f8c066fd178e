//! A row as it waits to be sorted: whole texts, all the flaws of its advisory.

use plimsoll_model::{Channel, FixState, Severity};

use crate::{
    codec::{Corrupt, Reader, Writer},
    row::{RowRange, STATES},
};

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SpillRow {
    pub(super) feed: String,
    pub(super) advisory: String,
    pub(super) flaws: Vec<String>,
    pub(super) state: FixState,
    pub(super) severity: Option<Severity>,
    pub(super) ranges: Vec<RowRange>,
    pub(super) versions: Vec<String>,
    pub(super) arches: Vec<String>,
    pub(super) module: Option<String>,
    pub(super) channel: Option<Channel>,
    pub(super) symbols: Vec<String>,
}

impl SpillRow {
    /// Every text but the names of flaws, advisory and feed.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let ranges =
            self.ranges.iter().flat_map(|r| [&r.introduced, &r.fixed, &r.last_affected]).flatten();
        ranges
            .chain(&self.versions)
            .chain(&self.arches)
            .chain(&self.symbols)
            .chain(&self.module)
            .chain(self.channel.as_ref().map(|c| &c.name))
            .map(String::as_str)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.text(&self.feed);
        out.text(&self.advisory);
        out.texts(&self.flaws);
        out.byte(STATES.iter().position(|s| *s == self.state).unwrap_or(0) as u8);
        out.byte(self.severity.map_or(0, |s| 1 + s as u8));
        out.len(self.ranges.len());
        for range in &self.ranges {
            for end in [&range.introduced, &range.fixed, &range.last_affected] {
                out.opt_text(end.as_deref());
            }
        }
        out.texts(&self.versions);
        out.texts(&self.arches);
        out.opt_text(self.module.as_deref());
        out.opt_text(self.channel.as_ref().map(|c| c.name.as_str()));
        out.byte(self.channel.as_ref().is_some_and(|c| c.paid).into());
        out.texts(&self.symbols);
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let r = &mut Reader::new(bytes);
        let opt = |r: &mut Reader<'_>| Ok(r.opt_text()?.map(str::to_owned));
        let feed = r.text()?.to_owned();
        let advisory = r.text()?.to_owned();
        let flaws = r.texts()?;
        let state = *STATES.get(usize::from(r.byte()?)).ok_or(Corrupt)?;
        let severity = match r.byte()? {
            0 => None,
            n => Severity::WORST_FIRST.iter().find(|s| **s as u8 == n - 1).copied(),
        };
        let mut ranges = Vec::new();
        for _ in 0..r.count()? {
            ranges.push(RowRange { introduced: opt(r)?, fixed: opt(r)?, last_affected: opt(r)? });
        }
        let versions = r.texts()?;
        let arches = r.texts()?;
        let module = opt(r)?;
        let channel = opt(r)?;
        let paid = r.flag()?;
        let channel = channel.map(|name| Channel { name, paid });
        let symbols = r.texts()?;
        Ok(Self {
            feed,
            advisory,
            flaws,
            state,
            severity,
            ranges,
            versions,
            arches,
            module,
            channel,
            symbols,
        })
    }
}
