//! An RPM database in SQLite, with its write-ahead log: the first four bytes say how long the database is.
#![no_main]

use libfuzzer_sys::fuzz_target;

use plimsoll_ecosystems::pkgdb::Collector;
use plimsoll_ecosystems::pkgdb::rpm::sqlite;

fuzz_target!(|bytes: &[u8]| {
    let Some((len, rest)) = bytes.split_first_chunk() else { return };
    let len = usize::try_from(u32::from_be_bytes(*len)).unwrap_or(usize::MAX).min(rest.len());
    let (database, wal) = rest.split_at(len);
    let _ = sqlite::read(database, wal, &mut Collector::default());
});
