//! Which files of a feed are already new. A fetch of many files that is broken off leaves this beside them, so
//! that the next one does not begin with the first again.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::Validator;

/// Bytes of a journal that are read.
const MAX_JOURNAL: u64 = 64 << 20;

const NAME: &str = ".fetched";

/// The journal of one feed's folder.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    known: BTreeMap<String, Validator>,
}

impl Journal {
    /// What is there; lines that cannot be read cost a download each.
    pub(super) fn read(home: &Path) -> Self {
        let path = home.join(NAME);
        let mut text = Vec::new();
        if let Ok(file) = fs::File::open(&path) {
            // Half a line at the end is as good as none.
            let _ = file.take(MAX_JOURNAL).read_to_end(&mut text);
        }
        let lines = text.split(|b| *b == b'\n');
        let known = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        Self { path, known }
    }

    pub(super) fn get(&self, url: &str) -> Option<&Validator> {
        self.known.get(url)
    }

    /// Notes a file that is in its place. Never before it is: a note without its file would hide a change.
    pub(super) fn add(&mut self, url: &str, validator: &Validator) -> io::Result<()> {
        let mut line = serde_json::to_vec(&(url, validator)).map_err(io::Error::other)?;
        line.push(b'\n');
        // Private: addresses may hold a token.
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(0o600);
        options.open(&self.path)?.write_all(&line)
    }

    /// The fetch is done.
    pub(super) fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_in_a_journal_costs_only_its_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::read(dir.path());
        let one = Validator { fingerprint: "1".into(), ..Validator::default() };
        journal.add("https://a", &one).unwrap();
        let mut text = fs::read(dir.path().join(NAME)).unwrap();
        text.extend_from_slice(b"\xff\xfe\n[1,2\n[\"https://b\",{\"etag\"");
        fs::write(dir.path().join(NAME), text).unwrap();
        let again = Journal::read(dir.path());
        assert_eq!((again.get("https://a"), again.get("https://b")), (Some(&one), None));
        again.remove().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        Journal::read(dir.path()).remove().unwrap();
    }
}
