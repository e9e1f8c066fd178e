//! What is remembered of each feed between updates. Losing it costs downloads and the dates of failures; it
//! never decides what goes into a database.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use plimsoll_feeds::Cursor;
use serde::{Deserialize, Serialize};

use crate::files::{read_json, write_json, write_private_json};

/// Bytes of the state that are read.
const MAX_STATE: u64 = 4 << 20;
/// Bytes of a feed's cursor that are read: it may name tens of thousands of files.
const MAX_CURSOR: u64 = 64 << 20;

/// What is remembered of all feeds.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct State {
    /// By feed id.
    #[serde(default)]
    pub feeds: BTreeMap<String, FeedState>,
}

/// What is remembered of one feed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct FeedState {
    /// When it was last asked for.
    #[serde(default)]
    pub last_checked: Option<Timestamp>,
    /// When it was last there and understood.
    #[serde(default)]
    pub last_success: Option<Timestamp>,
    /// Why it failed, if it failed the last time.
    #[serde(default)]
    pub last_error: Option<String>,
    /// Since when it fails.
    #[serde(default)]
    pub failed_since: Option<Timestamp>,
    /// Its server wants to be left alone until then.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
}

impl FeedState {
    pub(crate) fn succeeded(&mut self, now: Timestamp) {
        *self = Self { last_checked: Some(now), last_success: Some(now), ..Self::default() };
    }

    pub(crate) fn failed(&mut self, now: Timestamp, error: &str) {
        self.last_checked = Some(now);
        self.last_error = Some(error.to_owned());
        self.failed_since.get_or_insert(now);
    }
}

/// The folder of downloads, records and state.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// What is kept in this folder, which need not exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// What is remembered, and what is wrong with the file that remembers it.
    #[must_use]
    pub fn state(&self) -> (State, Option<String>) {
        let path = self.state_path();
        match read_json(&path, MAX_STATE) {
            Ok(state) => (state.unwrap_or_default(), None),
            Err(error) => (State::default(), Some(format!("{}: {error}", path.display()))),
        }
    }

    pub(crate) fn write_state(&self, state: &State) -> io::Result<()> {
        write_json(&self.state_path(), state)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn state_path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// Where feeds put their files.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    pub(crate) fn records_folder(&self) -> PathBuf {
        self.folder.join("records")
    }

    /// The records of a feed; see [`crate::Records`].
    #[must_use]
    pub fn records(&self, feed: &str) -> PathBuf {
        self.records_folder().join(format!("{feed}.records"))
    }

    fn cursor_path(&self, feed: &str) -> PathBuf {
        self.folder.join("cursors").join(format!("{feed}.json"))
    }

    /// A cursor that cannot be read costs a download.
    pub(crate) fn cursor(&self, feed: &str) -> Option<Cursor> {
        read_json(&self.cursor_path(feed), MAX_CURSOR).ok().flatten()
    }

    /// Private: a cursor names the addresses as they were given, perhaps with a password or token.
    pub(crate) fn write_cursor(&self, feed: &str, cursor: &Cursor) -> io::Result<()> {
        write_private_json(&self.cursor_path(feed), cursor)
    }

    pub(crate) fn create(&self) -> io::Result<()> {
        for name in ["files", "records", "cursors"] {
            std::fs::create_dir_all(self.folder.join(name))?;
        }
        for name in ["", "records", "cursors"] {
            crate::files::sweep_hidden(&self.folder.join(name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_told_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::new(dir.path().join("feeds"));
        assert_eq!(kept.state(), (State::default(), None));
        kept.create().unwrap();
        kept.write_cursor("a", &Cursor::default()).unwrap();
        let meta = std::fs::metadata(kept.cursor_path("a")).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777, 0o600);
        let mut state = State::default();
        let now = Timestamp::UNIX_EPOCH;
        state.feeds.entry("a".into()).or_default().failed(now, "no");
        kept.write_state(&state).unwrap();
        assert_eq!(kept.state(), (state.clone(), None));
        for garbage in [&b""[..], b"\xff\0", b"[1]", b"{\"feeds\": 3}", b"{\"feeds\": {\"a\":"] {
            std::fs::write(kept.state_path(), garbage).unwrap();
            let (read, warning) = kept.state();
            assert!(read == State::default() && warning.is_some(), "{garbage:?}");
            std::fs::write(kept.cursor_path("a"), garbage).unwrap();
            assert_eq!(kept.cursor("a"), None);
        }
        std::fs::write(kept.state_path(), b"{\"feeds\": {}, \"later\": 1}").unwrap();
        assert_eq!(kept.state(), (State::default(), None));
    }

    #[test]
    fn a_failure_keeps_its_first_date_until_a_success() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let mut feed = FeedState::default();
        feed.succeeded(at(1));
        feed.failed(at(2), "one");
        feed.failed(at(3), "two");
        assert_eq!((feed.failed_since, feed.last_success), (Some(at(2)), Some(at(1))));
        assert_eq!((feed.last_checked, feed.last_error.as_deref()), (Some(at(3)), Some("two")));
        feed.succeeded(at(4));
        assert_eq!((feed.failed_since, feed.last_error.clone()), (None, None));
    }
}
