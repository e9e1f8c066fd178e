//! Everything that a layer writes, in little memory: a million entries stay near a hundred bytes each.

use serde::{Deserialize, Serialize};

/// Brings a path from an archive into the one form that is used everywhere: no leading slash, no `.`
/// parts, no doubled slashes, invalid UTF-8 written as `\xNN`. The root itself is the empty string.
/// Returns `None` for a path with a `..` part: such a name is never resolved, it is refused.
#[must_use]
pub fn normalize_path(raw: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    for part in raw.split(|&b| b == b'/') {
        match part {
            b"" | b"." => continue,
            b".." => return None,
            _ => {}
        }
        if !out.is_empty() {
            out.push('/');
        }
        for chunk in part.utf8_chunks() {
            out.push_str(chunk.valid());
            for byte in chunk.invalid() {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
    }
    Some(out)
}

/// What an entry of a layer is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link; the target is as written.
    Symlink,
    /// A hard link; the target is normalised.
    Hardlink,
    /// A character or block device, a FIFO or a socket.
    Special,
}

/// One entry, borrowed from a [`PathIndex`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PathEntry<'a> {
    /// Normalised path ([`normalize_path`]).
    pub path: &'a str,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with setuid, setgid and sticky (`0o7777`).
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size of a regular file in bytes.
    pub size: u64,
    /// Target of a link, empty for everything else.
    pub target: &'a str,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Row {
    path: (u32, u32),
    target: (u32, u32),
    kind: EntryKind,
    mode: u16,
    uid: u32,
    gid: u32,
    size: u64,
}

/// Sorted, deduplicated list of the entries of one layer. The last of several entries of one path wins,
/// as it does when a container engine unpacks the layer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PathIndex {
    text: String,
    rows: Vec<Row>,
}

impl PathIndex {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the layer writes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Entries in the byte order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = PathEntry<'_>> {
        self.rows.iter().map(|row| self.entry(row))
    }

    /// The entry at `path`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<PathEntry<'_>> {
        let at = self.rows.binary_search_by(|row| self.slice(row.path).cmp(path)).ok()?;
        Some(self.entry(&self.rows[at]))
    }

    /// Entries from the first whose path is not below `path` in byte order.
    pub fn range(&self, path: &str) -> impl Iterator<Item = PathEntry<'_>> {
        let start = self.rows.partition_point(|row| self.slice(row.path) < path);
        self.rows.get(start..).unwrap_or_default().iter().map(|row| self.entry(row))
    }

    /// Whether every offset lies within the text and the order holds: an index from a file is
    /// untrusted until this says yes.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let inside = |(start, len): (u32, u32)| {
            let start = start as usize;
            start.checked_add(len as usize).is_some_and(|end| self.text.get(start..end).is_some())
        };
        self.rows.iter().all(|r| inside(r.path) && inside(r.target))
            && self.rows.windows(2).all(|w| self.slice(w[0].path) < self.slice(w[1].path))
    }

    fn slice(&self, (start, len): (u32, u32)) -> &str {
        self.text.get(start as usize..start as usize + len as usize).unwrap_or_default()
    }

    fn entry(&self, row: &Row) -> PathEntry<'_> {
        PathEntry {
            path: self.slice(row.path),
            kind: row.kind,
            mode: row.mode,
            uid: row.uid,
            gid: row.gid,
            size: row.size,
            target: self.slice(row.target),
        }
    }
}

/// Collects entries in the order of the archive.
#[derive(Debug, Default)]
pub struct PathIndexBuilder {
    index: PathIndex,
}

impl PathIndexBuilder {
    /// Most text (paths and link targets together) that one layer may have.
    pub const MAX_TEXT_BYTES: usize = 1 << 30;

    /// Number of entries so far, duplicates included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.rows.len()
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.rows.is_empty()
    }

    /// Bytes held by the paths and link targets so far.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.index.text.len()
    }

    /// Adds an entry; returns `false`, adding nothing, where the text would pass
    /// [`Self::MAX_TEXT_BYTES`].
    pub fn push(&mut self, entry: &PathEntry<'_>) -> bool {
        let index = &mut self.index;
        if index.text.len() + entry.path.len() + entry.target.len() > Self::MAX_TEXT_BYTES {
            return false;
        }
        let mut put = |text: &str| {
            let start = index.text.len() as u32;
            index.text.push_str(text);
            (start, text.len() as u32)
        };
        let (path, target) = (put(entry.path), put(entry.target));
        index.rows.push(Row {
            path,
            target,
            kind: entry.kind,
            mode: entry.mode & 0o7777,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
        });
        true
    }

    /// Sorts and keeps the last entry of each path. Returns the index and how many entries were
    /// replaced by a later one (directories written twice not counted: many tools do that).
    #[must_use]
    pub fn finish(self) -> (PathIndex, usize) {
        let PathIndex { text, mut rows } = self.index;
        let mut replaced = 0;
        let slice = |(start, len): (u32, u32)| &text[start as usize..start as usize + len as usize];
        rows.reverse();
        rows.sort_by(|a, b| slice(a.path).cmp(slice(b.path)));
        rows.dedup_by(|earlier, kept| {
            let is_same = slice(earlier.path) == slice(kept.path);
            let is_dir = earlier.kind == EntryKind::Dir && kept.kind == EntryKind::Dir;
            replaced += usize::from(is_same && !is_dir);
            is_same
        });
        (PathIndex { text, rows }, replaced)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str, size: u64) -> PathEntry<'_> {
        PathEntry { path, kind: EntryKind::File, mode: 0o644, uid: 0, gid: 0, size, target: "" }
    }

    #[test]
    fn normalises_and_refuses() {
        assert_eq!(normalize_path(b"./usr//lib/./x").as_deref(), Some("usr/lib/x"));
        assert_eq!(normalize_path(b"/").as_deref(), Some(""));
        assert_eq!(normalize_path(b"a/\xff").as_deref(), Some("a/\\xff"));
        assert_eq!(normalize_path(b"a/../b"), None);
    }

    #[test]
    fn the_last_entry_of_a_path_wins() {
        let mut builder = PathIndexBuilder::default();
        for entry in [file("b", 1), file("a", 2), file("b", 3)] {
            assert!(builder.push(&entry));
        }
        let (index, replaced) = builder.finish();
        assert_eq!(replaced, 1);
        assert_eq!(
            index.iter().map(|e| (e.path, e.size)).collect::<Vec<_>>(),
            [("a", 2), ("b", 3)]
        );
        assert!(index.is_sound());
        assert_eq!(index.get("b").unwrap().size, 3);
        assert!(index.get("c").is_none());
        assert_eq!(index.range("aa").map(|e| e.path).collect::<Vec<_>>(), ["b"]);
    }

    proptest! {
        #[test]
        fn any_bytes_read_back_are_sound_or_said_not_to_be(bytes: Vec<u8>) {
            if let Ok(index) = postcard::from_bytes::<PathIndex>(&bytes) {
                // Neither answer may panic, also on an unsound index.
                let _ = index.is_sound();
                let _ = index.get("a");
                let _ = index.iter().count();
            }
        }
    }
}
