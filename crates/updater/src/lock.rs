//! The lock among processes that change the same folder. It is the system's lock on an open file: it ends with
//! its process, however that ends, so no stale lock is ever left.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

/// Name of the lock file.
const NAME: &str = "lock";
/// Bytes of the lock file that are read: a process id.
const MAX_PID: u64 = 20;

/// Why a folder cannot be locked.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process has it; its id where it wrote one.
    Busy(Option<u32>),
    /// The system says no.
    Io(io::Error),
}

/// Locks a folder that exists until the file is dropped.
pub(crate) fn acquire(folder: &Path) -> Result<File, LockError> {
    let path = folder.join(NAME);
    let mut lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(LockError::Io)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let pid = fs::File::open(&path)
                .and_then(|file| file.take(MAX_PID).read_to_string(&mut text))
                .ok()
                .and_then(|_| text.trim().parse().ok());
            return Err(LockError::Busy(pid));
        }
        Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
    }
    // Only a hint for the other's message: a full disk must not keep a writer from making room.
    let _ = write_pid(&mut lock);
    Ok(lock)
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "{}", std::process::id())
}
