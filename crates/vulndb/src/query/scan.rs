//! Everything that a database holds about packages, in order: for tools that read it as a whole.

use plimsoll_model::{NameKind, Namespace};

use crate::{
    DbError, VulnDb,
    block::BlockIter,
    format::{PACKAGE_KEY, split_package_key},
    row::{Entry, Row},
};

impl VulnDb {
    /// Visits all statements, package by package in the order of their keys; `visit` says whether to go on.
    ///
    /// # Errors
    /// Where a block cannot be read or is damaged.
    pub fn for_each_package(
        &self,
        mut visit: impl FnMut(&Namespace, NameKind, &str, Vec<Row>) -> bool,
    ) -> Result<(), DbError> {
        for number in 0..self.blocks() {
            let block = self.read_block(number)?;
            let damaged = || DbError::damaged(format!("block {number}"));
            let mut entries = BlockIter::new(&block);
            while let Some((key, value)) = entries.next().map_err(|_| damaged())? {
                if key.first() != Some(&PACKAGE_KEY) {
                    return Ok(());
                }
                let (namespace, kind, package) = split_package_key(key).ok_or_else(damaged)?;
                let entry = Entry::decode(value).map_err(|_| damaged())?;
                if !visit(&namespace, kind, &package, entry.rows()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
