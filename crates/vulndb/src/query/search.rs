//! Which packages a flaw or an advisory is about.

use std::{
    num::NonZeroUsize,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use plimsoll_model::{NameKind, Namespace};

use crate::{
    DbError, FlawId, Normalized, VulnDb,
    block::BlockIter,
    format::{ALIAS_KEY, FLAW_KEY, PACKAGE_KEY, split_package_key, text_key},
    normalize,
    row::{Entry, Flaw, Row, Statement},
};

/// Most threads that read at once: beyond, the disk is the limit.
const MAX_THREADS: usize = 16;

/// A package, and what one record says about it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct AffectedPackage {
    /// Distribution and release, or language.
    pub namespace: Namespace,
    /// Name of the package.
    pub package: String,
    /// Source or binary name.
    pub name_kind: NameKind,
    /// What is said.
    pub row: Row,
}

impl VulnDb {
    /// The id under which a flaw is kept: spelling repaired, aliases followed.
    ///
    /// # Errors
    /// Where a block cannot be read or is damaged.
    pub fn primary_id(&self, id: &str) -> Result<String, DbError> {
        let id = match normalize(id.trim()) {
            Normalized::AsIs(id) | Normalized::Repaired(id) => id,
            Normalized::Refused => return Ok(id.to_owned()),
        };
        let primary = self.get(&text_key(ALIAS_KEY, &id), |value| {
            let id = std::str::from_utf8(value).map_err(|_| DbError::damaged("an alias"))?;
            Ok(id.to_owned())
        })?;
        Ok(primary.unwrap_or(id))
    }

    /// Everything that is said about a flaw, or in an advisory, by primary id: all blocks with statements are
    /// read.
    ///
    /// # Errors
    /// Where a block cannot be read or is damaged.
    pub fn affected_by(&self, id: &str) -> Result<Vec<AffectedPackage>, DbError> {
        let wanted = Wanted { id, flaw: FlawId::new(id) };
        let mut found =
            self.in_blocks(self.package_blocks(), |key, value, out| wanted.look(key, value, out))?;
        found.sort();
        Ok(found)
    }

    /// The blocks that hold statements about packages: descriptions of flaws are most of a database's bytes, and
    /// come after them.
    pub(super) fn package_blocks(&self) -> Range<usize> {
        0..self.first_with_flaws().saturating_add(1).min(self.blocks())
    }

    /// The blocks that hold flaws and aliases.
    pub(super) fn flaw_blocks(&self) -> Range<usize> {
        self.first_with_flaws()..self.blocks()
    }

    /// The last block that begins before all flaws: those may begin in its middle.
    fn first_with_flaws(&self) -> usize {
        let (mut low, mut high) = (0, self.blocks());
        while low < high {
            let middle = low + (high - low) / 2;
            let first = self.separator(middle).and_then(|key| key.first().copied());
            if first.is_some_and(|first| first < FLAW_KEY) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low.saturating_sub(1)
    }

    /// Visits every entry of some blocks, in no order; `visit` gives up (`None`) where the entry is damaged.
    pub(super) fn in_blocks<T: Send>(
        &self,
        blocks: Range<usize>,
        visit: impl Fn(&[u8], &[u8], &mut Vec<T>) -> Option<()> + Sync,
    ) -> Result<Vec<T>, DbError> {
        let next = AtomicUsize::new(blocks.start);
        let work = || -> Result<Vec<T>, DbError> {
            let mut out = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= blocks.end {
                    return Ok(out);
                }
                let block = self.read_block(number)?;
                let damaged = || DbError::damaged(format!("block {number}"));
                let mut entries = BlockIter::new(&block);
                while let Some((key, value)) = entries.next().map_err(|_| damaged())? {
                    visit(key, value, &mut out).ok_or_else(damaged)?;
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        std::thread::scope(|scope| {
            let readers: Vec<_> =
                (0..threads.min(MAX_THREADS)).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::new();
            for reader in readers {
                let part = reader.join().unwrap_or_else(|_| Err(DbError::damaged("a block")));
                all.append(&mut part?);
            }
            Ok(all)
        })
    }
}

struct Wanted<'a> {
    id: &'a str,
    flaw: FlawId,
}

impl Wanted<'_> {
    fn look(&self, key: &[u8], value: &[u8], out: &mut Vec<AffectedPackage>) -> Option<()> {
        if key.first() != Some(&PACKAGE_KEY) {
            return Some(());
        }
        let entry = Entry::decode(value).ok()?;
        let statements: Vec<Statement> = entry
            .statements
            .iter()
            .filter_map(|statement| {
                if statement.advisory.is_some_and(|text| entry.text(text) == self.id) {
                    return Some(statement.clone());
                }
                let flaw = statement.flaws.iter().find(|flaw| self.is(&entry, flaw))?;
                Some(Statement { flaws: vec![flaw.clone()], ..statement.clone() })
            })
            .collect();
        if statements.is_empty() {
            return Some(());
        }
        let (namespace, name_kind, package) = split_package_key(key)?;
        let rows = Entry { texts: entry.texts, statements }.rows();
        out.extend(rows.into_iter().map(|row| AffectedPackage {
            namespace: namespace.clone(),
            package: package.clone(),
            name_kind,
            row,
        }));
        Some(())
    }

    fn is(&self, entry: &Entry<'_>, flaw: &Flaw) -> bool {
        match (&self.flaw, flaw) {
            (FlawId::Cve { year, number }, Flaw::Cve(y, n)) => (year, number) == (y, n),
            (FlawId::Other(id), Flaw::Other(text)) => entry.text(*text) == &**id,
            _ => false,
        }
    }
}
