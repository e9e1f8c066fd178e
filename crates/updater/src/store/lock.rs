//! The right to change a store.

use std::{
    fs::{self, File},
    io,
};

use super::{INCOMING, Store, StoreError};
use crate::lock::{self, LockError};

/// The right to change a store, until it is dropped.
#[derive(Debug)]
pub struct Writer {
    pub(super) store: Store,
    _lock: File,
}

impl Writer {
    pub(super) fn acquire(store: &Store) -> Result<Self, StoreError> {
        for folder in [store.folder.clone(), store.generations_folder(), store.incoming()] {
            fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
        }
        let lock = lock::acquire(&store.folder).map_err(|error| match error {
            LockError::Busy(pid) => StoreError::Busy { pid, folder: store.folder.clone() },
            LockError::Io(error) => StoreError::io(store.folder.clone())(error),
        })?;
        let writer = Self { store: store.clone(), _lock: lock };
        writer.sweep().map_err(StoreError::io(store.folder.join(INCOMING)))?;
        Ok(writer)
    }

    /// The store that it may change.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Removes what a writer left that was killed: temporary files of ours, which begin with a dot.
    fn sweep(&self) -> io::Result<()> {
        let store = &self.store;
        for folder in [store.incoming(), store.generations_folder(), store.folder.clone()] {
            crate::files::sweep_hidden(&folder)?;
        }
        Ok(())
    }
}
