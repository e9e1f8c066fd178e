//! RPM's package database in the three formats that rpm has had (Berkeley DB, NDB, SQLite), and the list
//! that Azure Linux and CBL-Mariner images carry where the database was removed.
//!
//! Which format a file has is told by its content, not by its name. A damaged page or record costs what
//! it held, never the rest, and is reported.

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, ProblemKind, Want,
};

use crate::pkgdb::Collector;

pub mod bdb;
mod digests;
pub mod header;
mod manifest;
pub mod ndb;
mod package;
mod pages;
pub mod sqlite;

#[cfg(test)]
mod fixture;

pub use digests::{FileDigestAlgorithm, FileDigests, RpmDigests, read_digests};
pub use manifest::{parse_manifest, parse_names};
pub use package::add_header;

/// Largest database that is read.
pub const MAX_DATABASE: usize = 256 << 20;

const WAL_SUFFIX: &str = "-wal";

/// Reads the databases and the manifests.
#[derive(Clone, Copy, Debug)]
pub struct Rpm;

#[derive(Clone, Copy, Eq, PartialEq)]
enum Role {
    /// A database in one file.
    Database,
    /// `rpmdb.sqlite`, which a write-ahead log may belong to.
    Sqlite,
    /// That log.
    Wal,
    /// `container-manifest-2`: columns.
    Manifest,
    /// `container-manifest-1`: names, for want of anything better.
    Names,
}

fn role(path: &str) -> Option<Role> {
    // Most files of an image are below usr/; few of them below these folders.
    let name = path
        .strip_prefix("var/lib/rpm/")
        .or_else(|| path.strip_prefix("usr/lib/sysimage/rpm/"))
        .or_else(|| path.strip_prefix("usr/share/rpm/"));
    if let Some(name) = name {
        return match name {
            "Packages" | "Packages.db" => Some(Role::Database),
            "rpmdb.sqlite" => Some(Role::Sqlite),
            "rpmdb.sqlite-wal" => Some(Role::Wal),
            _ => None,
        };
    }
    match path.strip_prefix("var/lib/rpmmanifest/container-manifest-")? {
        "1" => Some(Role::Names),
        "2" => Some(Role::Manifest),
        _ => None,
    }
}

/// The packages of a database, and those that the committed part of its write-ahead log adds.
///
/// # Errors
/// Where it is no database that rpm writes.
pub fn parse_database(bytes: &[u8], wal: &[u8]) -> Result<Collector, FileError> {
    let mut collector = Collector::default();
    read_into(bytes, wal, &mut collector)?;
    Ok(collector)
}

fn read_into(bytes: &[u8], wal: &[u8], collector: &mut Collector) -> Result<(), FileError> {
    if bytes.len().saturating_add(wal.len()) > MAX_DATABASE {
        return Err(FileError {
            kind: ProblemKind::LimitReached,
            message: format!("an rpm database larger than the limit of {MAX_DATABASE} bytes"),
        });
    }
    if bytes.is_empty() && wal.is_empty() {
        // `rpm --initdb` of some versions leaves an empty file.
    } else if sqlite::is_database(bytes) || bytes.is_empty() {
        sqlite::read(bytes, wal, collector)?;
    } else if ndb::is_database(bytes) {
        ndb::read(bytes, collector)?;
    } else if bdb::is_database(bytes) {
        bdb::read(bytes, collector)?;
    } else {
        return Err(FileError::malformed("neither Berkeley DB, NDB nor SQLite"));
    }
    Ok(())
}

impl Analyzer for Rpm {
    fn id(&self) -> &'static str {
        "rpm"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        match role(file.path()) {
            None => Want::Skip,
            Some(Role::Database) => Want::Whole,
            Some(_) => Want::Hold,
        }
    }

    fn well_known(&self) -> &'static [&'static str] {
        &[
            "usr/lib/sysimage/rpm/Packages",
            "usr/lib/sysimage/rpm/Packages.db",
            "usr/lib/sysimage/rpm/rpmdb.sqlite",
            "usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
            "usr/share/rpm/Packages",
            "usr/share/rpm/Packages.db",
            "usr/share/rpm/rpmdb.sqlite",
            "usr/share/rpm/rpmdb.sqlite-wal",
            "var/lib/rpm/Packages",
            "var/lib/rpm/Packages.db",
            "var/lib/rpm/rpmdb.sqlite",
            "var/lib/rpm/rpmdb.sqlite-wal",
            "var/lib/rpmmanifest/container-manifest-1",
            "var/lib/rpmmanifest/container-manifest-2",
        ]
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let path = file.meta.path();
        let collector = match role(path) {
            None => return Ok(()),
            Some(Role::Database | Role::Sqlite) => parse_database(file.bytes, b"")?,
            Some(Role::Wal) if file.bytes.is_empty() => return Ok(()),
            Some(Role::Wal) => {
                return Err(FileError {
                    kind: ProblemKind::Unsupported,
                    message: "the write-ahead log of a database that is not in the same layer"
                        .to_owned(),
                });
            }
            Some(Role::Manifest) => parse_manifest(file.bytes),
            Some(Role::Names) => parse_names(file.bytes),
        };
        collector.finish(path, out, problems);
        Ok(())
    }

    fn analyze_held(
        &self,
        files: &[LayerFile<'_>],
        out: &mut Vec<(String, Fact)>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let find = |path: &str| files.iter().find(|file| file.meta.path() == path);
        let has_manifest = files.iter().any(|file| role(file.meta.path()) == Some(Role::Manifest));
        for file in files {
            let path = file.meta.path();
            let mut facts = Vec::new();
            let result = match role(path) {
                Some(Role::Sqlite) => {
                    let wal =
                        find(&format!("{path}{WAL_SUFFIX}")).map_or(&b""[..], |wal| wal.bytes);
                    parse_database(file.bytes, wal)
                        .map(|collector| collector.finish(path, &mut facts, problems))
                }
                Some(Role::Wal)
                    if path
                        .strip_suffix(WAL_SUFFIX)
                        .is_some_and(|database| find(database).is_some()) =>
                {
                    continue;
                }
                Some(Role::Names) if has_manifest => continue,
                _ => self.analyze(file, &mut facts, problems),
            };
            if let Err(error) = result {
                problems.push(Problem::new(error.kind, error.message).at(path));
            }
            out.extend(facts.into_iter().map(|fact| (path.to_owned(), fact)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{EntryKind, PathEntry};

    use super::*;

    fn file<'a>(path: &'a str, bytes: &'a [u8]) -> LayerFile<'a> {
        let entry = PathEntry {
            path,
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: bytes.len() as u64,
            target: "",
        };
        LayerFile { meta: FileMeta { entry }, bytes }
    }

    /// Path and number of packages of each fact, and the problems.
    fn held(files: &[LayerFile<'_>]) -> (Vec<(String, usize)>, Vec<Problem>) {
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        Rpm.analyze_held(files, &mut facts, &mut problems).unwrap();
        let counts = facts
            .into_iter()
            .map(|(path, fact)| match fact {
                Fact::Packages(packages) => (path, packages.len()),
                other => panic!("{other:?}"),
            })
            .collect();
        (counts, problems)
    }

    #[test]
    fn wants_the_databases_wherever_rpm_keeps_them() {
        let want = |path| Rpm.wants(&file(path, b"").meta, b"");
        assert_eq!(want("var/lib/rpm/Packages"), Want::Whole);
        assert_eq!(want("usr/lib/sysimage/rpm/Packages.db"), Want::Whole);
        assert_eq!(want("usr/share/rpm/rpmdb.sqlite"), Want::Hold);
        assert_eq!(want("var/lib/rpm/rpmdb.sqlite-wal"), Want::Hold);
        assert_eq!(want("var/lib/rpmmanifest/container-manifest-2"), Want::Hold);
        for path in
            ["var/lib/rpm/Index.db", "var/lib/rpm/Name", "var/lib/rpm/a/Packages", "Packages"]
        {
            assert_eq!(want(path), Want::Skip, "{path}");
        }
        for path in Rpm.well_known() {
            assert_ne!(want(path), Want::Skip, "{path}");
        }
    }

    #[test]
    fn a_database_gets_its_own_log() {
        let old = fixture::sqlite(&fixture::packages(3).1, 512);
        let new = fixture::sqlite(&fixture::packages(7).1, 512);
        let wal = fixture::wal_of(&new, 512, false);
        let (counts, problems) = held(&[
            file("usr/lib/sysimage/rpm/rpmdb.sqlite", &old),
            file("var/lib/rpm/rpmdb.sqlite", &old),
            file("var/lib/rpm/rpmdb.sqlite-wal", &wal),
        ]);
        assert_eq!(
            counts,
            [
                ("usr/lib/sysimage/rpm/rpmdb.sqlite".into(), 3),
                ("var/lib/rpm/rpmdb.sqlite".into(), 7)
            ]
        );
        assert_eq!(problems, []);
    }

    #[test]
    fn a_log_alone_is_a_problem_unless_it_is_empty() {
        let wal = fixture::wal_of(&fixture::sqlite(&[], 512), 512, false);
        let (counts, problems) = held(&[file("var/lib/rpm/rpmdb.sqlite-wal", &wal)]);
        assert_eq!((counts.len(), problems.len()), (0, 1));
        assert_eq!(problems[0].kind, ProblemKind::Unsupported);
        let (counts, problems) = held(&[file("var/lib/rpm/rpmdb.sqlite-wal", b"")]);
        assert_eq!((counts.len(), problems.len()), (0, 0));
    }

    #[test]
    fn the_manifest_with_columns_goes_before_the_names() {
        let names = file("var/lib/rpmmanifest/container-manifest-1", b"a-1-1.x86_64\n");
        let columns = file(
            "var/lib/rpmmanifest/container-manifest-2",
            b"a\t1-1\t1\t1\tV\t(none)\t1\tx86_64\t0\tb-1-1.src.rpm\n",
        );
        assert_eq!(
            held(&[names, columns]).0,
            [("var/lib/rpmmanifest/container-manifest-2".into(), 1)]
        );
        assert_eq!(held(&[names]).0, [("var/lib/rpmmanifest/container-manifest-1".into(), 1)]);
    }

    #[test]
    fn the_content_tells_the_format_and_what_is_none_is_refused() {
        let (_, headers) = fixture::packages(2);
        for database in [
            fixture::bdb(&headers, fixture::BdbShape::default()),
            fixture::ndb(&headers),
            fixture::sqlite(&headers, 4096),
        ] {
            assert_eq!(parse_database(&database, b"").unwrap().packages().len(), 2);
        }
        assert_eq!(parse_database(b"", b"").unwrap().packages().len(), 0);
        assert!(parse_database(b"hello", b"").is_err());
    }
}
