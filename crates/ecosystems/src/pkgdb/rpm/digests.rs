//! What a database says of the digests of packages' files. A database of a whole system names some hundred thousand
//! files; whoever asks says which of them matter, and only those are kept.

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, Want, normalize_path,
};

use super::{
    MAX_DATABASE, Role, Rpm, WAL_SUFFIX,
    header::{Header, tag},
    package::{GHOST, MAX_FOLDERS},
    read_into, role,
};
use crate::pkgdb::Collector;

/// `RPMFILE_CONFIG`: whoever runs the system changes it.
const CONFIG: u64 = 1;

/// `RPMVERIFY_FILEDIGEST`: unset where the package itself says that the content changes.
const VERIFY_DIGEST: u64 = 1;

const FILE_TYPE: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;

/// Longest path that is looked at (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// Digests that rpm has used and that are compared (`PGPHASHALGO`); a header without a number has MD5.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileDigestAlgorithm {
    /// Up to rpm 4.6, and where a package asks for it.
    Md5,
    /// Hardly ever.
    Sha1,
    /// Since.
    Sha256,
}

impl FileDigestAlgorithm {
    fn of(number: Option<u64>) -> Option<Self> {
        match number {
            None | Some(1) => Some(Self::Md5),
            Some(2) => Some(Self::Sha1),
            Some(8) => Some(Self::Sha256),
            Some(_) => None,
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }
}

/// Digests of files of one package.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileDigests {
    /// Name of the package.
    pub package: String,
    /// What the digests are.
    pub algorithm: FileDigestAlgorithm,
    /// Path without a leading slash, and digest in hexadecimal digits.
    pub files: Vec<(String, String)>,
}

/// The digests of the regular files that `wanted` wants. Left out: configuration, ghosts, files that were not installed
/// or that another package replaced, and those that their package says not to verify.
///
/// # Errors
/// Where it is no database that rpm writes.
pub fn read_digests(
    bytes: &[u8],
    wal: &[u8],
    wanted: fn(&str) -> bool,
) -> Result<Vec<FileDigests>, FileError> {
    let mut collector = Collector::for_digests(wanted);
    read_into(bytes, wal, &mut collector)?;
    Ok(collector.into_digests())
}

/// Adds what the header of package `name` says.
pub(super) fn add(
    header: &Header<'_>,
    name: &[u8],
    wanted: fn(&str) -> bool,
    collector: &mut Collector,
) {
    let Some(algorithm) = FileDigestAlgorithm::of(header.ints(tag::FILE_DIGEST_ALGO).next()) else {
        return;
    };
    let folders: Vec<&[u8]> = header.strings(tag::DIR_NAMES).take(MAX_FOLDERS).collect();
    let mut indexes = header.ints(tag::DIR_INDEXES);
    let mut digests = header.strings(tag::FILE_DIGESTS);
    let mut modes = header.ints(tag::FILE_MODES);
    let mut flags = header.ints(tag::FILE_FLAGS);
    let mut verify = header.ints(tag::FILE_VERIFY_FLAGS);
    let mut states = header.ints(tag::FILE_STATES);
    let mut files = Vec::new();
    let mut path = Vec::new();
    for name in header.strings(tag::BASE_NAMES) {
        let (Some(index), Some(digest), Some(mode)) =
            (indexes.next(), digests.next(), modes.next())
        else {
            break;
        };
        let (flags, verify) = (flags.next().unwrap_or_default(), verify.next());
        let is_installed = states.next().is_none_or(|state| state == 0);
        let folder = usize::try_from(index).ok().and_then(|index| folders.get(index));
        let Some(folder) = folder.filter(|folder| folder.len() + name.len() < MAX_PATH) else {
            continue;
        };
        // Charged before the work is done: the budget bounds time as well as memory.
        if !collector.charge(folder.len() + name.len()) {
            break;
        }
        let is_fixed = mode & FILE_TYPE == REGULAR
            && flags & (CONFIG | GHOST) == 0
            && verify.is_none_or(|verify| verify & VERIFY_DIGEST != 0)
            && is_installed;
        let is_digest =
            digest.len() == algorithm.digits() && digest.iter().all(u8::is_ascii_hexdigit);
        if !is_fixed || !is_digest {
            continue;
        }
        path.clear();
        path.extend_from_slice(folder);
        path.extend_from_slice(name);
        let path = normalize_path(&path).filter(|path| wanted(path));
        if let Some(path) = path.filter(|_| collector.charge(digest.len())) {
            files.push((path, String::from_utf8_lossy(digest).into_owned()));
        }
    }
    if !files.is_empty()
        && let Some(package) = collector.keep(name)
    {
        collector.push_digests(FileDigests { package, algorithm, files });
    }
}

/// Reads them of the databases that [`Rpm`] reads packages of, which also says what is wrong with these.
#[derive(Clone, Copy, Debug)]
pub struct RpmDigests {
    wanted: fn(&str) -> bool,
    fact: fn(FileDigests) -> Fact,
}

impl RpmDigests {
    /// Of the files that `wanted` wants, as facts that `fact` makes.
    #[must_use]
    pub fn new(wanted: fn(&str) -> bool, fact: fn(FileDigests) -> Fact) -> Self {
        Self { wanted, fact }
    }

    fn facts(&self, bytes: &[u8], wal: &[u8]) -> Vec<Fact> {
        let found = read_digests(bytes, wal, self.wanted).unwrap_or_default();
        found.into_iter().map(self.fact).collect()
    }
}

impl Analyzer for RpmDigests {
    fn id(&self) -> &'static str {
        "rpm-digests"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        match role(file.path()) {
            _ if file.size() > MAX_DATABASE as u64 => Want::Skip,
            Some(Role::Database) => Want::Whole,
            Some(Role::Sqlite | Role::Wal) => Want::Hold,
            Some(Role::Manifest | Role::Names) | None => Want::Skip,
        }
    }

    fn well_known(&self) -> &'static [&'static str] {
        Rpm.well_known()
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        out.extend(self.facts(file.bytes, b""));
        Ok(())
    }

    fn analyze_held(
        &self,
        files: &[LayerFile<'_>],
        out: &mut Vec<(String, Fact)>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        for file in files.iter().filter(|file| !file.meta.path().ends_with(WAL_SUFFIX)) {
            let path = file.meta.path();
            let log = format!("{path}{WAL_SUFFIX}");
            let log = files.iter().find(|file| file.meta.path() == log);
            let facts = self.facts(file.bytes, log.map_or(&b""[..], |log| log.bytes));
            out.extend(facts.into_iter().map(|fact| (path.to_owned(), fact)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkgdb::rpm::fixture::{self, Value, header};

    fn is_program(path: &str) -> bool {
        path.starts_with("usr/bin/")
    }

    fn package(algorithm: Option<u32>, digest: &str) -> Vec<u8> {
        let names = ["kept", "config", "ghost", "folder", "link", "grown", "absent", "data"];
        let mut tags = vec![
            (tag::NAME, Value::Text("tools")),
            (tag::VERSION, Value::Text("1")),
            (tag::RELEASE, Value::Text("2")),
            (tag::DIR_NAMES, Value::Texts(vec!["/usr/bin/", "/usr/share/"])),
            (tag::DIR_INDEXES, Value::Int32(vec![0, 0, 0, 0, 0, 0, 0, 1])),
            (tag::BASE_NAMES, Value::Texts(names.to_vec())),
            (tag::FILE_DIGESTS, Value::Texts(vec![digest; names.len()])),
            (tag::FILE_FLAGS, Value::Int32(vec![0, 1, 64, 0, 0, 0, 0, 0])),
            (tag::FILE_STATES, Value::Int16(vec![0, 0, 0, 0, 0, 0, 2, 0])),
            (tag::FILE_VERIFY_FLAGS, Value::Int32(vec![!0, !0, !0, !0, !0, !1, !0, !0])),
            (
                tag::FILE_MODES,
                Value::Int16(
                    [0o100_755, 0o100_644, 0o100_644, 0o040_755, 0o120_777]
                        .into_iter()
                        .chain([0o100_644; 3])
                        .collect(),
                ),
            ),
        ];
        if let Some(number) = algorithm {
            tags.push((tag::FILE_DIGEST_ALGO, Value::Int32(vec![number])));
        }
        header(&tags)
    }

    #[test]
    fn only_what_its_package_holds_fast_is_kept_from_every_format() {
        let digest = "ab".repeat(32);
        let headers = [package(Some(8), &digest)];
        let wanted = [FileDigests {
            package: "tools".into(),
            algorithm: FileDigestAlgorithm::Sha256,
            files: vec![("usr/bin/kept".into(), digest)],
        }];
        for database in [
            fixture::bdb(&headers, fixture::BdbShape::default()),
            fixture::ndb(&headers),
            fixture::sqlite(&headers, 4096),
        ] {
            assert_eq!(read_digests(&database, b"", is_program).unwrap(), wanted);
        }
    }

    #[test]
    fn algorithms() {
        for (number, digits, wanted) in [
            (None, 32, Some(FileDigestAlgorithm::Md5)),
            (Some(1), 32, Some(FileDigestAlgorithm::Md5)),
            (Some(2), 40, Some(FileDigestAlgorithm::Sha1)),
            (Some(8), 64, Some(FileDigestAlgorithm::Sha256)),
            (Some(8), 32, None),
            (Some(10), 128, None),
        ] {
            let database = fixture::sqlite(&[package(number, &"a".repeat(digits))], 4096);
            let found = read_digests(&database, b"", is_program).unwrap();
            assert_eq!(found.first().map(|found| found.algorithm), wanted, "{number:?}");
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics(flips in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..20)) {
            let mut blob = package(Some(8), &"ab".repeat(32));
            for (at, byte) in flips {
                let at = at % blob.len();
                blob[at] = byte;
            }
            let mut collector = Collector::for_digests(is_program);
            super::super::add_header(&blob, &mut collector);
            for found in collector.into_digests() {
                prop_assert!(found.files.iter().all(|(path, _)| is_program(path)));
            }
        }
    }
}
