//! Debian's, Ubuntu's and their kin's package manager, and the one-file-per-package form of its database
//! that distroless images carry.

use plimsoll_model::{Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, Want};

mod copyright;
mod files;
mod status;

pub use copyright::{license_marker, parse_copyright};
pub use files::{parse_list, parse_md5sums};
pub use status::parse_status;

use crate::pkgdb::Collector;

/// Most bytes read of one `copyright` file; licences beyond are not named.
pub const COPYRIGHT_LIMIT: usize = 128 * 1024;

/// Reads the package database, the file lists and the licences.
#[derive(Clone, Copy, Debug)]
pub struct Dpkg;

#[derive(Clone, Copy)]
enum Role<'a> {
    Status,
    /// One package without a status: `var/lib/dpkg/status.d/NAME`.
    Stanza,
    /// `NAME[:ARCH]` of a list of paths.
    List(&'a str),
    /// `NAME` of a list of digests and paths.
    Md5sums(&'a str),
    /// `NAME` of the documentation folder.
    Copyright(&'a str),
}

fn role(path: &str) -> Option<Role<'_>> {
    if let Some(rest) = path.strip_prefix("var/lib/dpkg/") {
        if rest == "status" {
            return Some(Role::Status);
        }
        if let Some(name) = rest.strip_prefix("info/") {
            return name.strip_suffix(".list").filter(|n| !n.contains('/')).map(Role::List);
        }
        let name = rest.strip_prefix("status.d/").filter(|n| !n.contains('/'))?;
        return Some(name.strip_suffix(".md5sums").map_or(Role::Stanza, Role::Md5sums));
    }
    let folder = path.strip_prefix("usr/share/doc/")?.strip_suffix("/copyright")?;
    (!folder.contains('/')).then_some(Role::Copyright(folder))
}

impl Analyzer for Dpkg {
    fn id(&self) -> &'static str {
        "dpkg"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        match role(file.path()) {
            None => Want::Skip,
            Some(Role::Copyright(_)) => Want::Prefix(COPYRIGHT_LIMIT),
            Some(_) => Want::Whole,
        }
    }

    fn well_known(&self) -> &'static [&'static str] {
        &["var/lib/dpkg/status", "var/lib/dpkg/status.d/", "var/lib/dpkg/info/"]
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let path = file.meta.path();
        let Some(role) = role(path) else { return Ok(()) };
        let mut collector = Collector::default();
        let list = |package: &str, files| Fact::FileList { package: package.to_owned(), files };
        match role {
            Role::Status => {
                parse_status(file.bytes).finish(path, out, problems);
                return Ok(());
            }
            Role::Stanza => {
                let collector = parse_status(file.bytes);
                let nothing = collector.packages().is_empty() && collector.problems().is_empty();
                if nothing && !file.bytes.is_empty() {
                    return Err(FileError::malformed("no package is described here"));
                }
                collector.finish(path, out, problems);
                return Ok(());
            }
            Role::List(name) => out.push(list(name, parse_list(file.bytes, &mut collector))),
            Role::Md5sums(name) => out.push(list(name, parse_md5sums(file.bytes, &mut collector))),
            Role::Copyright(folder) => out.extend(license_marker(folder, file.bytes)),
        }
        problems.extend(collector.into_parts().1.into_iter().map(|problem| problem.at(path)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{EntryKind, PathEntry};

    use super::*;

    fn want(path: &str) -> Want {
        let entry = PathEntry {
            path,
            kind: EntryKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 1,
            target: "",
        };
        Dpkg.wants(&FileMeta { entry }, b"")
    }

    #[test]
    fn wants_the_database_and_nothing_beside_it() {
        for path in [
            "var/lib/dpkg/status",
            "var/lib/dpkg/status.d/libssl1.1",
            "var/lib/dpkg/status.d/libssl1.1.md5sums",
            "var/lib/dpkg/info/libc6:amd64.list",
        ] {
            assert_eq!(want(path), Want::Whole, "{path}");
        }
        assert_eq!(want("usr/share/doc/bash/copyright"), Want::Prefix(COPYRIGHT_LIMIT));
        for path in [
            "var/lib/dpkg/status-old",
            "var/lib/dpkg/info/libc6:amd64.md5sums",
            "var/lib/dpkg/info/x/y.list",
            "var/lib/dpkg/available",
            "usr/share/doc/a/b/copyright",
            "usr/share/doc/copyright",
            "srv/var/lib/dpkg/status",
        ] {
            assert_eq!(want(path), Want::Skip, "{path}");
        }
    }

    #[test]
    fn a_distroless_package_and_its_files() {
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        let mut analyze = |path, bytes| {
            let entry = PathEntry {
                path,
                kind: EntryKind::File,
                mode: 0o644,
                uid: 0,
                gid: 0,
                size: 0,
                target: "",
            };
            Dpkg.analyze(&LayerFile { meta: FileMeta { entry }, bytes }, &mut facts, &mut problems)
        };
        analyze("var/lib/dpkg/status.d/tzdata", b"Package: tzdata\nVersion: 2024a-0\n").unwrap();
        analyze("var/lib/dpkg/status.d/tzdata.md5sums", b"d41d  usr/share/zoneinfo/UTC\n").unwrap();
        assert!(analyze("var/lib/dpkg/status.d/empty", b"").is_ok());
        assert!(analyze("var/lib/dpkg/status.d/other", b"\n\n").is_err());
        let Fact::Packages(packages) = &facts[0] else { panic!("{facts:?}") };
        assert_eq!((packages.len(), &packages[0].name[..]), (1, "tzdata"));
        assert_eq!(
            facts[1],
            Fact::FileList {
                package: "tzdata".into(),
                files: vec!["usr/share/zoneinfo/UTC".into()]
            }
        );
        assert_eq!(problems, []);
    }
}
