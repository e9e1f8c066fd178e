//! Layers as lists of entries, and their tar streams.

use plimsoll_model::Compression;

/// What an entry is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Node {
    /// A regular file with its bytes.
    File(Vec<u8>),
    /// A directory.
    Dir,
    /// A symbolic link to this target, as written.
    Symlink(String),
    /// A hard link to this name, as written.
    Hardlink(String),
    /// A character device.
    Char,
    /// A block device.
    Block,
    /// A FIFO.
    Fifo,
}

/// One entry of a layer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Name as it stands in the archive.
    pub name: Vec<u8>,
    /// What it is.
    pub node: Node,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Modification time in seconds.
    pub mtime: u64,
    /// The size to write into the header where it is to be a lie.
    pub claimed_size: Option<u64>,
}

impl Entry {
    /// An entry of `path` with the usual mode. A leading slash is dropped.
    #[must_use]
    pub fn new(path: impl AsRef<[u8]>, node: Node) -> Self {
        let path = path.as_ref();
        let name = path.strip_prefix(b"/").unwrap_or(path).to_vec();
        let mode = match node {
            Node::Dir => 0o755,
            Node::Symlink(_) => 0o777,
            _ => 0o644,
        };
        // 2020-01-01: a date that no test expects to be now.
        Self { name, node, mode, uid: 0, gid: 0, mtime: 1_577_836_800, claimed_size: None }
    }

    /// A regular file.
    #[must_use]
    pub fn file(path: impl AsRef<[u8]>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(path, Node::File(bytes.into()))
    }

    /// The same entry with another mode.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }
}

/// A layer to be built.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Entries in the order of the archive.
    pub entries: Vec<Entry>,
    /// How it is stored.
    pub compression: Compression,
    /// Where its bytes are instead of with the image.
    pub foreign: Option<String>,
    /// The instruction that made it.
    pub created_by: String,
    /// A tar stream to use instead of the entries.
    pub raw_tar: Option<Vec<u8>>,
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            compression: Compression::Gzip,
            foreign: None,
            created_by: String::new(),
            raw_tar: None,
        }
    }
}

impl Layer {
    /// A layer of these entries.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { entries: entries.into_iter().collect(), ..Self::default() }
    }

    /// A layer whose uncompressed stream is `tar`, whatever that is.
    #[must_use]
    pub fn raw(tar: Vec<u8>) -> Self {
        Self { raw_tar: Some(tar), ..Self::default() }
    }

    /// The uncompressed stream.
    #[must_use]
    pub fn tar(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw_tar {
            return raw.clone();
        }
        let mut out = Vec::new();
        for entry in &self.entries {
            write_entry(&mut out, entry);
        }
        out.resize(out.len() + 1024, 0);
        out
    }
}

/// Longest name that fits a header without an extra entry.
const SHORT_NAME: usize = 100;

/// Appends one entry. Written by hand because libraries refuse the names that tests need.
pub(crate) fn write_entry(out: &mut Vec<u8>, entry: &Entry) {
    use tar::EntryType;
    let none: &[u8] = &[];
    let (kind, link, bytes) = match &entry.node {
        Node::File(bytes) => (EntryType::Regular, none, bytes.as_slice()),
        Node::Dir => (EntryType::Directory, none, none),
        Node::Symlink(to) => (EntryType::Symlink, to.as_bytes(), none),
        Node::Hardlink(to) => (EntryType::Link, to.as_bytes(), none),
        Node::Char => (EntryType::Char, none, none),
        Node::Block => (EntryType::Block, none, none),
        Node::Fifo => (EntryType::Fifo, none, none),
    };
    let mut header = tar::Header::new_gnu();
    for (text, kind) in
        [(entry.name.as_slice(), EntryType::GNULongName), (link, EntryType::GNULongLink)]
    {
        if text.len() > SHORT_NAME {
            let mut long = tar::Header::new_gnu();
            long.as_gnu_mut().unwrap().name[..13].copy_from_slice(b"././@LongLink");
            long.set_entry_type(kind);
            long.set_size(text.len() as u64 + 1);
            long.set_mode(0o644);
            long.set_cksum();
            append(out, &long, &[text, &[0]].concat());
        }
    }
    let gnu = header.as_gnu_mut().unwrap();
    for (field, text) in [(&mut gnu.name, entry.name.as_slice()), (&mut gnu.linkname, link)] {
        let len = text.len().min(SHORT_NAME);
        field[..len].copy_from_slice(&text[..len]);
    }
    header.set_entry_type(kind);
    header.set_mode(entry.mode);
    header.set_uid(entry.uid);
    header.set_gid(entry.gid);
    header.set_mtime(entry.mtime);
    if matches!(entry.node, Node::Char | Node::Block) {
        header.set_device_major(1).unwrap();
        header.set_device_minor(3).unwrap();
    }
    header.set_size(entry.claimed_size.unwrap_or(bytes.len() as u64));
    header.set_cksum();
    append(out, &header, bytes);
}

fn append(out: &mut Vec<u8>, header: &tar::Header, bytes: &[u8]) {
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(512), 0);
}
