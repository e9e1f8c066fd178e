//! The lock among writers. It is the system's lock on an open file: it ends with its process, however that
//! ends, so no stale lock is ever left.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, Write},
};

use super::{INCOMING, LOCK, Store, StoreError, read_capped};

/// Bytes of the lock file that are read: a process id.
const MAX_PID: u64 = 20;

/// The right to change a store, until it is dropped.
#[derive(Debug)]
pub struct Writer {
    pub(super) store: Store,
    _lock: File,
}

impl Writer {
    pub(super) fn acquire(store: &Store) -> Result<Self, StoreError> {
        let path = store.folder.join(LOCK);
        for folder in [store.folder.clone(), store.generations_folder(), store.incoming()] {
            fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
        }
        let mut lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let text = read_capped(&path, MAX_PID).unwrap_or_default();
                let pid = String::from_utf8_lossy(&text).trim().parse().ok();
                return Err(StoreError::Busy { pid, folder: store.folder.clone() });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io(&path)(error)),
        }
        // Only a hint for the message above: a full disk must not keep a writer from making room.
        let _ = write_pid(&mut lock);
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
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let is_ours = entry.file_name().as_encoded_bytes().starts_with(b".");
                if is_ours && entry.file_type()?.is_file() {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "{}", std::process::id())
}
