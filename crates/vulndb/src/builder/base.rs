//! A finished database as the ground for a new one: one's own advisories beside the public ones, without having
//! to fetch those again.

use std::collections::BTreeSet;

use super::{Builder, sorter, spill::SpillRow};
use crate::{
    DbError, VulnDb,
    block::BlockIter,
    codec::Writer,
    flaw::FlawRecord,
    format::{FLAW_KEY, PACKAGE_KEY, split_package_key},
    row::{Entry, RowRange, Statement},
};

impl Builder {
    /// Takes everything that another database holds, but the statements of the feeds in `without`: those are
    /// about to be given anew. What those feeds said about flaws themselves (ratings, dates) can no longer be told
    /// from what others said, and stays.
    ///
    /// # Errors
    /// Where the database cannot be read or is damaged, or a temporary file cannot be written.
    pub fn add_database(&mut self, db: &VulnDb, without: &BTreeSet<String>) -> Result<(), DbError> {
        for info in db.meta().feeds.iter().filter(|info| !without.contains(&info.id)) {
            self.feed(info.clone());
        }
        for (namespace, end) in &db.meta().ends {
            self.end_of_life(namespace.clone(), end.clone());
        }
        for number in 0..db.blocks() {
            let block = db.read_block(number)?;
            let damaged = || DbError::damaged(format!("block {number}"));
            let mut entries = BlockIter::new(&block);
            while let Some((key, value)) = entries.next().map_err(|_| damaged())? {
                match key.split_first() {
                    Some((&PACKAGE_KEY, _)) => {
                        let (namespace, ..) = split_package_key(key).ok_or_else(damaged)?;
                        let entry = Entry::decode(value).map_err(|_| damaged())?;
                        for statement in &entry.statements {
                            if without.contains(entry.text(statement.feed)) {
                                continue;
                            }
                            for row in spill_rows(&entry, statement) {
                                let of_channel = row.channel.is_some();
                                self.spoken.note(&row.feed, &row.flaws, &namespace, of_channel);
                                self.rows.push(key.to_vec(), row.encode())?;
                            }
                        }
                    }
                    Some((&FLAW_KEY, id)) => {
                        let id = std::str::from_utf8(id).map_err(|_| damaged())?;
                        let mut record = FlawRecord::decode(id, value).map_err(|_| damaged())?;
                        if record.epss.is_none() {
                            record.epss = db.score(id)?;
                        }
                        self.known_flaw(record)?;
                    }
                    // Aliases and scores are with the flaws.
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn known_flaw(&mut self, mut record: FlawRecord) -> Result<(), DbError> {
        for alias in std::mem::take(&mut record.aliases) {
            self.aliases.join(&record.id, &alias);
        }
        if !self.options.keep_prose {
            record.title = None;
            record.description = None;
            record.references.clear();
        }
        self.epss_day = self.epss_day.max(record.epss.as_ref().map(|epss| epss.date));
        if record.is_empty() {
            return Ok(());
        }
        let mut value = Writer::default();
        // The flaw's own record, of no feed: one that is named with a priority goes before it.
        value.byte(0);
        value.text("");
        value.text(&record.id);
        record.encode_into(&mut value);
        sorter::write_record(&mut self.flaws, record.id.as_bytes(), &value.0)?;
        Ok(())
    }
}

/// One row, or one a flaw where each flaw is the name of its own record.
fn spill_rows(entry: &Entry<'_>, statement: &Statement) -> Vec<SpillRow> {
    let own = |text| entry.text(text).to_owned();
    let flaws: Vec<String> = statement.flaws.iter().map(|f| entry.flaw(f).to_string()).collect();
    let row = |advisory: String, flaws: Vec<String>| SpillRow {
        feed: own(statement.feed),
        advisory,
        flaws,
        state: statement.state,
        severity: statement.severity,
        ranges: statement
            .ranges
            .iter()
            .map(|range| RowRange {
                introduced: range.introduced.map(own),
                fixed: range.fixed.map(own),
                last_affected: range.last_affected.map(own),
            })
            .collect(),
        versions: statement.versions.iter().copied().map(own).collect(),
        arches: statement.arches.iter().copied().map(own).collect(),
        module: statement.module.map(own),
        channel: entry.channel(statement),
        symbols: statement.symbols.iter().copied().map(own).collect(),
    };
    match statement.advisory {
        Some(advisory) => vec![row(own(advisory), flaws)],
        None => flaws.into_iter().map(|flaw| row(flaw.clone(), vec![flaw])).collect(),
    }
}
