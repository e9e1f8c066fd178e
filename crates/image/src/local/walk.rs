//! A folder as a tar stream, made while it is read.
//!
//! Every directory is opened relative to the one above it and never through a link, so that nothing
//! outside the tree is reached, whoever changes it meanwhile. Entries come in the byte order of their
//! names, a directory before what is in it: the same tree gives the same stream.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use plimsoll_model::{Problem, ProblemKind, normalize_path};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};

/// Deepest nesting of directories; each level holds a file descriptor.
pub const MAX_TREE_DEPTH: usize = 256;

/// Most entries of one directory.
pub const MAX_DIR_ENTRIES: usize = 2_000_000;

/// Most files with several names that are remembered; later ones are given whole under each name.
pub const MAX_HARD_LINKS: usize = 1_000_000;

/// Most problems that a source records; then it says that there are more.
pub const MAX_SOURCE_PROBLEMS: usize = 1000;

/// A file with holes may claim any size (`/var/log/lastlog`): up to this it is read with its zeros,
/// beyond it is left out.
const MAX_SPARSE_BYTES: u64 = 1 << 30;

/// Longest link target that is put into the stream.
const MAX_LINK_BYTES: usize = 64 << 10;

/// File systems that the kernel makes up (`statfs(2)`): proc, sysfs, cgroup, cgroup2, devpts, debugfs,
/// tracefs, securityfs, bpf, pstore. They are no part of an image, and reading them never ends.
const PSEUDO_FILE_SYSTEMS: [u64; 10] = [
    0x9fa0,
    0x6265_6572,
    0x0027_e0eb,
    0x6367_7270,
    0x1cd1,
    0x6462_6720,
    0x7472_6163,
    0x7363_6673,
    0xcafe_4a11,
    0x6165_676c,
];

const BLOCK: usize = 512;

/// Problems of a source, collected while its layer is read.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceProblems(Arc<Mutex<(Vec<Problem>, usize)>>);

impl SourceProblems {
    fn with<T>(&self, f: impl FnOnce(&mut (Vec<Problem>, usize)) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, kind: ProblemKind, path: &[u8], message: impl Into<String>) {
        let path = normalize_path(path).unwrap_or_default();
        let problem = Problem::new(kind, message).at(path).in_layer(0);
        self.with(
            |(list, more)| {
                if list.len() < MAX_SOURCE_PROBLEMS { list.push(problem) } else { *more += 1 }
            },
        );
    }

    fn clear(&self) {
        self.with(|held| *held = Default::default());
    }

    pub(super) fn list(&self) -> Vec<Problem> {
        self.with(|(list, more)| {
            let mut out = list.clone();
            if *more > 0 {
                let message = format!("{more} more files could not be read");
                out.push(Problem::new(ProblemKind::LimitReached, message).in_layer(0));
            }
            out
        })
    }
}

struct Level {
    dir: OwnedFd,
    device: u64,
    /// Path of the directory, with a slash at its end unless it is the root.
    path: Vec<u8>,
    names: std::vec::IntoIter<Vec<u8>>,
}

struct Body {
    file: File,
    path: Vec<u8>,
    /// Bytes that the header promises and that did not come yet.
    left: u64,
    padding: usize,
}

/// The tar stream of a folder.
pub(super) struct TreeReader {
    stack: Vec<Level>,
    /// Headers that wait to be read.
    pending: Vec<u8>,
    sent: usize,
    body: Option<Body>,
    names_of: HashMap<(u64, u64), Vec<u8>>,
    problems: SourceProblems,
    ended: bool,
}

impl TreeReader {
    pub(super) fn open(root: &Path, problems: SourceProblems) -> io::Result<Self> {
        problems.clear();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = openat(CWD, root, flags, Mode::empty())?;
        let device = fstat(&dir)?.st_dev;
        let mut reader = Self {
            stack: Vec::new(),
            pending: Vec::new(),
            sent: 0,
            body: None,
            names_of: HashMap::new(),
            problems,
            ended: false,
        };
        let names = reader.list(&dir, b"")?;
        reader.stack.push(Level { dir, device, path: Vec::new(), names: names.into_iter() });
        Ok(reader)
    }

    fn list(&self, dir: &OwnedFd, path: &[u8]) -> io::Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(dir)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() >= MAX_DIR_ENTRIES {
                let message = format!("more than {MAX_DIR_ENTRIES} entries in one folder");
                self.problems.push(ProblemKind::LimitReached, path, message);
                break;
            }
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn unreadable(&self, path: &[u8], error: impl std::fmt::Display) {
        self.problems.push(ProblemKind::Unreadable, path, error.to_string());
    }

    /// Goes one entry further; `false` at the end of the tree.
    fn advance(&mut self) -> bool {
        let (name, path) = loop {
            let Some(level) = self.stack.last_mut() else { return false };
            match level.names.next() {
                Some(name) => {
                    let path = [level.path.as_slice(), &name].concat();
                    break (name, path);
                }
                None => drop(self.stack.pop()),
            }
        };
        let Some(level) = self.stack.last() else { return false };
        let stat = match statat(&level.dir, name.as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(error) => {
                self.unreadable(&path, error);
                return true;
            }
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => self.enter_file(&name, path, &stat),
            FileType::Directory => self.enter_dir(&name, path, &stat),
            FileType::Symlink => match readlinkat(&level.dir, name.as_slice(), Vec::new()) {
                Ok(target) if target.as_bytes().len() <= MAX_LINK_BYTES => {
                    self.header(tar::EntryType::Symlink, &path, target.as_bytes(), &stat, 0);
                }
                Ok(_) => self.unreadable(&path, "its target is too long"),
                Err(error) => self.unreadable(&path, error),
            },
            FileType::Fifo => self.header(tar::EntryType::Fifo, &path, b"", &stat, 0),
            FileType::CharacterDevice => self.header(tar::EntryType::Char, &path, b"", &stat, 0),
            FileType::BlockDevice => self.header(tar::EntryType::Block, &path, b"", &stat, 0),
            // Tar has no sockets; tools that make layers leave them out as well.
            FileType::Socket | FileType::Unknown => {}
        }
        true
    }

    fn enter_file(&mut self, name: &[u8], path: Vec<u8>, stat: &Stat) {
        let identity = (stat.st_dev, stat.st_ino);
        if stat.st_nlink > 1
            && let Some(first) = self.names_of.get(&identity).cloned()
        {
            return self.header(tar::EntryType::Link, &path, &first, stat, 0);
        }
        let Some(level) = self.stack.last() else { return };
        // The file may have become something else since; a FIFO would block.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = openat(&level.dir, name, flags, Mode::empty())
            .and_then(|file| Ok((fstat(&file)?, file)));
        let (stat, file) = match opened {
            Ok((now, file)) if FileType::from_raw_mode(now.st_mode) == FileType::RegularFile => {
                (now, file)
            }
            Ok(_) => return self.unreadable(&path, "it changed while it was read"),
            Err(error) => return self.unreadable(&path, error),
        };
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        let stored = u64::try_from(stat.st_blocks).unwrap_or_default().saturating_mul(512);
        if size > MAX_SPARSE_BYTES && stored < size / 2 {
            let message = format!("a file of {size} bytes that is mostly holes was left out");
            return self.problems.push(ProblemKind::LimitReached, &path, message);
        }
        self.header(tar::EntryType::Regular, &path, b"", &stat, size);
        if stat.st_nlink > 1 && self.names_of.len() < MAX_HARD_LINKS {
            self.names_of.insert((stat.st_dev, stat.st_ino), path.clone());
        }
        let padding = (BLOCK - (size % BLOCK as u64) as usize) % BLOCK;
        self.body = Some(Body { file: file.into(), path, left: size, padding });
    }

    fn enter_dir(&mut self, name: &[u8], mut path: Vec<u8>, stat: &Stat) {
        path.push(b'/');
        self.header(tar::EntryType::Directory, &path, b"", stat, 0);
        if self.stack.len() >= MAX_TREE_DEPTH {
            let message = format!("folders nested deeper than {MAX_TREE_DEPTH}");
            return self.problems.push(ProblemKind::LimitReached, &path, message);
        }
        let Some(level) = self.stack.last() else { return };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = match openat(&level.dir, name, flags, Mode::empty()) {
            Ok(dir) => dir,
            Err(error) => return self.unreadable(&path, error),
        };
        if stat.st_dev != level.device && is_pseudo(&dir) {
            return;
        }
        match self.list(&dir, &path) {
            Ok(names) => {
                let names = names.into_iter();
                self.stack.push(Level { dir, device: stat.st_dev, path, names });
            }
            Err(error) => self.unreadable(&path, error),
        }
    }

    fn header(&mut self, kind: tar::EntryType, path: &[u8], link: &[u8], stat: &Stat, size: u64) {
        let mut header = tar::Header::new_gnu();
        if let Some(gnu) = header.as_gnu_mut() {
            for (field, text) in [(&mut gnu.name, path), (&mut gnu.linkname, link)] {
                let len = text.len().min(field.len());
                field[..len].copy_from_slice(&text[..len]);
            }
        }
        for (text, kind) in
            [(path, tar::EntryType::GNULongName), (link, tar::EntryType::GNULongLink)]
        {
            if text.len() > 100 {
                let mut long = tar::Header::new_gnu();
                if let Some(gnu) = long.as_gnu_mut() {
                    gnu.name[..13].copy_from_slice(b"././@LongLink");
                }
                long.set_entry_type(kind);
                long.set_size(text.len() as u64 + 1);
                long.set_cksum();
                self.pending.extend_from_slice(long.as_bytes());
                self.pending.extend_from_slice(text);
                self.pending.push(0);
                self.pending.resize(self.pending.len().next_multiple_of(BLOCK), 0);
            }
        }
        header.set_entry_type(kind);
        header.set_mode(stat.st_mode & 0o7777);
        header.set_uid(stat.st_uid.into());
        header.set_gid(stat.st_gid.into());
        header.set_mtime(u64::try_from(stat.st_mtime).unwrap_or_default());
        header.set_size(size);
        header.set_cksum();
        self.pending.extend_from_slice(header.as_bytes());
    }

    /// Reads from the file at hand. What it lacks of the size that its header promised is filled with
    /// zeros, and said.
    fn read_body(&mut self, buf: &mut [u8]) -> usize {
        let Some(body) = &mut self.body else { return 0 };
        let want = usize::try_from(body.left).unwrap_or(usize::MAX).min(buf.len());
        let Some(target) = buf.get_mut(..want).filter(|target| !target.is_empty()) else {
            self.pending.resize(self.pending.len() + body.padding, 0);
            self.body = None;
            return 0;
        };
        let short = match body.file.read(target) {
            Ok(got) if got > 0 => {
                body.left -= got as u64;
                return got;
            }
            Ok(_) => (ProblemKind::Truncated, "it became shorter while it was read".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return 0,
            Err(error) => (ProblemKind::Unreadable, error.to_string()),
        };
        self.problems.push(short.0, &body.path, short.1);
        if let Ok(zeros) = File::open("/dev/zero") {
            body.file = zeros;
            return 0;
        }
        target.fill(0);
        body.left -= want as u64;
        want
    }
}

fn is_pseudo(dir: &impl AsFd) -> bool {
    rustix::fs::fstatfs(dir).is_ok_and(|found| {
        u64::try_from(found.f_type).is_ok_and(|kind| PSEUDO_FILE_SYSTEMS.contains(&kind))
    })
}

impl Read for TreeReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        // Headers and small files are put together, so that a large buffer is filled by one call.
        let mut filled = 0;
        while filled < buf.len() {
            let waiting = self.pending.get(self.sent..).unwrap_or_default();
            let target = buf.get_mut(filled..).unwrap_or_default();
            if !waiting.is_empty() {
                let count = waiting.len().min(target.len());
                target[..count].copy_from_slice(&waiting[..count]);
                self.sent += count;
                filled += count;
                continue;
            }
            self.pending.clear();
            self.sent = 0;
            if self.body.is_some() {
                filled += self.read_body(target);
            } else if !self.advance() {
                if self.ended {
                    break;
                }
                self.ended = true;
                self.pending.resize(2 * BLOCK, 0);
            }
        }
        Ok(filled)
    }
}
