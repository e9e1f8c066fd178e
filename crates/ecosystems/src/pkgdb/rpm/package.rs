//! What a package's header says, as a [`Package`].

use plimsoll_model::{Package, PackageKind, SourcePackage};

use crate::pkgdb::collector::{Collector, quote};

use super::{
    digests,
    header::{Header, tag},
};

/// rpm keeps imported signing keys as packages of this name; they hold no files.
const KEY_PACKAGE: &[u8] = b"gpg-pubkey";

/// `RPMFILE_GHOST`: owned, but not part of the package's payload.
pub(super) const GHOST: u64 = 1 << 6;

const FILE_TYPE: u64 = 0o170_000;
const DIRECTORY: u64 = 0o040_000;

/// Most dependencies kept for one package.
const MAX_DEPENDS: usize = 16_384;

/// Most directories of one package.
pub(super) const MAX_FOLDERS: usize = 1 << 20;

/// Adds the package of a header as it stands in the database. Signing keys are left out.
pub fn add_header(blob: &[u8], collector: &mut Collector) {
    let header = match Header::parse(blob) {
        Ok(header) => header,
        Err(error) => {
            return collector.lost(format_args!("a record is no package header: {error}"));
        }
    };
    let text = |tag| header.string(tag).filter(|text| !text.is_empty());
    let name = text(tag::NAME).unwrap_or_default();
    let (Some(version), Some(release)) = (text(tag::VERSION), text(tag::RELEASE)) else {
        let name = quote(name);
        return collector.lost(format_args!("package {name} lacks a version or release"));
    };
    if name.is_empty() {
        return collector.lost(format_args!("a package header lacks a name"));
    }
    if name == KEY_PACKAGE {
        return;
    }
    if let Some(wanted) = collector.wanted_digests() {
        return digests::add(&header, name, wanted, collector);
    }
    let mut keep = |text: Option<&[u8]>| text.and_then(|text| collector.keep(text));
    let (Some(name), Some(version), Some(release)) =
        (keep(Some(name)), keep(Some(version)), keep(Some(release)))
    else {
        // The limit is reported once, at the end.
        return;
    };
    let release_version = format!("{version}-{release}");
    let version = match header.ints(tag::EPOCH).next() {
        Some(epoch) => format!("{epoch}:{release_version}"),
        None => release_version.clone(),
    };
    let mut package = Package::new(PackageKind::Rpm, name, version);
    package.arch = keep(text(tag::ARCH));
    package.source = keep(text(tag::SOURCE_RPM))
        .and_then(|file| source(&file, &release_version, &package.version));
    package.module = keep(text(tag::MODULARITY_LABEL));
    package.vendor = keep(text(tag::VENDOR));
    package.licenses = keep(text(tag::LICENSE)).into_iter().collect();
    package.depends = depends(&header, collector);
    if let Err(what) = files(&header, &mut package.files, collector) {
        let name = quote(package.name.as_bytes());
        collector.lost(format_args!("the file list of package {name} is damaged: {what}"));
    }
    collector.push(package);
}

/// `NAME-VERSION-RELEASE.src.rpm` (or `.nosrc.rpm`) taken apart. The file name carries no epoch: where
/// version and release are the binary's own, its epoch is taken to be the source's too; else there is none.
#[must_use]
pub(super) fn source(
    file: &str,
    release_version: &str,
    full_version: &str,
) -> Option<SourcePackage> {
    let stem = file.strip_suffix(".rpm").unwrap_or(file);
    let stem = stem.strip_suffix(".src").or_else(|| stem.strip_suffix(".nosrc")).unwrap_or(stem);
    let (rest, _release) = stem.rsplit_once('-')?;
    let (name, _version) = rest.rsplit_once('-')?;
    let version = &stem[name.len() + 1..];
    let version = if version == release_version { full_version } else { version };
    (!name.is_empty()).then(|| SourcePackage { name: name.to_owned(), version: version.to_owned() })
}

/// Names and capabilities, each once, without what only rpm itself provides (`rpmlib(…)`) and without
/// conditions (`(a if b)`).
fn depends(header: &Header<'_>, collector: &mut Collector) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    for name in header.strings(tag::REQUIRE_NAME) {
        let wanted = !name.starts_with(b"(") && !name.starts_with(b"rpmlib(");
        if wanted && seen.insert(name) {
            out.extend(collector.keep(name));
        }
        if seen.len() >= MAX_DEPENDS {
            break;
        }
    }
    out
}

/// The files, directories and ghosts left out.
fn files(
    header: &Header<'_>,
    out: &mut Vec<String>,
    collector: &mut Collector,
) -> Result<(), &'static str> {
    let mut modes = header.ints(tag::FILE_MODES);
    let mut flags = header.ints(tag::FILE_FLAGS);
    // Short lists of modes and flags are not worth losing a file over.
    let mut is_file = || {
        let (mode, flags) = (modes.next(), flags.next());
        mode.is_none_or(|mode| mode & FILE_TYPE != DIRECTORY)
            && flags.is_none_or(|flags| flags & GHOST == 0)
    };
    if !header.has(tag::BASE_NAMES) {
        let mut names = header.strings(tag::OLD_FILE_NAMES);
        for name in names.by_ref() {
            if is_file() {
                out.extend(collector.keep_path(b"", name));
            }
        }
        return if names.missing() == 0 { Ok(()) } else { Err("too few names") };
    }
    let folders: Vec<&[u8]> = header.strings(tag::DIR_NAMES).take(MAX_FOLDERS).collect();
    let mut indexes = header.ints(tag::DIR_INDEXES);
    let mut names = header.strings(tag::BASE_NAMES);
    for name in names.by_ref() {
        let index = indexes.next().ok_or("too few directory indexes")?;
        let folder = usize::try_from(index)
            .ok()
            .and_then(|index| folders.get(index))
            .ok_or("an index beyond the directories")?;
        if is_file() {
            out.extend(collector.keep_path(folder, name));
        }
    }
    if names.missing() == 0 { Ok(()) } else { Err("too few names") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pkgdb::rpm::fixture::{Value, header};

    fn read(tags: &[(u32, Value<'_>)]) -> (Vec<Package>, Vec<plimsoll_model::Problem>) {
        let mut collector = Collector::default();
        add_header(&header(tags), &mut collector);
        collector.into_parts()
    }

    fn minimal<'a>() -> Vec<(u32, Value<'a>)> {
        vec![
            (tag::NAME, Value::Text("libuuid")),
            (tag::VERSION, Value::Text("2.32.1")),
            (tag::RELEASE, Value::Text("42.el8_8")),
        ]
    }

    #[test]
    fn everything_a_header_says() {
        let mut tags = minimal();
        tags.extend([
            (tag::EPOCH, Value::Int32(vec![1])),
            (tag::ARCH, Value::Text("x86_64")),
            (tag::VENDOR, Value::Text("Red Hat, Inc.")),
            (tag::LICENSE, Value::Text("BSD")),
            (tag::SOURCE_RPM, Value::Text("util-linux-2.32.1-42.el8_8.src.rpm")),
            (tag::MODULARITY_LABEL, Value::Text("nodejs:18:8080:63b34585")),
            (
                tag::REQUIRE_NAME,
                Value::Texts(vec!["libc.so.6", "rpmlib(X)", "libc.so.6", "(a if b)", "/bin/sh"]),
            ),
            (tag::DIR_NAMES, Value::Texts(vec!["/usr/lib64/", "/run/"])),
            (tag::DIR_INDEXES, Value::Int32(vec![0, 0, 1])),
            (tag::BASE_NAMES, Value::Texts(vec!["libuuid.so.1", "dir", "uuidd"])),
            (tag::FILE_MODES, Value::Int16(vec![0o100_755, 0o040_755, 0o100_644])),
            (tag::FILE_FLAGS, Value::Int32(vec![0, 0, 64])),
        ]);
        let (packages, problems) = read(&tags);
        assert_eq!(problems, []);
        let package = &packages[0];
        assert_eq!(package.version, "1:2.32.1-42.el8_8");
        assert_eq!(package.source_name(), "util-linux");
        assert_eq!(package.source_version(), "1:2.32.1-42.el8_8");
        assert_eq!(package.module_stream(), Some("nodejs:18"));
        assert_eq!(package.depends, ["libc.so.6", "/bin/sh"]);
        assert_eq!(package.files, ["usr/lib64/libuuid.so.1"]);
        assert_eq!(package.vendor.as_deref(), Some("Red Hat, Inc."));
        assert_eq!(package.licenses, ["BSD"]);
    }

    #[test]
    fn old_headers_hold_whole_paths() {
        let mut tags = minimal();
        tags.push((tag::OLD_FILE_NAMES, Value::Texts(vec!["/bin/a", "/etc"])));
        tags.push((tag::FILE_MODES, Value::Int16(vec![0o100_755, 0o040_755])));
        assert_eq!(read(&tags).0[0].files, ["bin/a"]);
    }

    #[test]
    fn keys_are_no_packages_and_nameless_headers_are_problems() {
        let (packages, problems) = read(&[
            (tag::NAME, Value::Text("gpg-pubkey")),
            (tag::VERSION, Value::Text("fd431d51")),
            (tag::RELEASE, Value::Text("4ae0493b")),
        ]);
        assert_eq!((packages.len(), problems.len()), (0, 0));
        let (packages, problems) = read(&minimal()[..2]);
        assert_eq!((packages.len(), problems.len()), (0, 1));
        let (packages, problems) = read(&minimal()[1..]);
        assert_eq!((packages.len(), problems.len()), (0, 1));
    }

    #[test]
    fn a_damaged_file_list_does_not_cost_the_package() {
        let mut tags = minimal();
        tags.extend([
            (tag::DIR_NAMES, Value::Texts(vec!["/a/"])),
            (tag::DIR_INDEXES, Value::Int32(vec![0, 9])),
            (tag::BASE_NAMES, Value::Texts(vec!["b", "c"])),
        ]);
        let (packages, problems) = read(&tags);
        assert_eq!(packages[0].files, ["a/b"]);
        assert!(problems[0].message.contains("index beyond"), "{problems:?}");
    }

    #[test]
    fn source_file_names() {
        let source = |file| {
            source(file, "1.2-3.el7", "4:1.2-3.el7").map(|s| format!("{} {}", s.name, s.version))
        };
        assert_eq!(source("foo-bar-1.2-3.el7.src.rpm").as_deref(), Some("foo-bar 4:1.2-3.el7"));
        assert_eq!(source("foo-1.2-2.el7.src.rpm").as_deref(), Some("foo 1.2-2.el7"));
        assert_eq!(source("foo-1.2-2.nosrc.rpm").as_deref(), Some("foo 1.2-2"));
        assert_eq!(source("(none)"), None);
        assert_eq!(source("-1-2"), None);
    }

    proptest! {
        #[test]
        fn any_file_name_never_panics(file: String) {
            let _ = source(&file, "1-1", "1-1");
        }
    }
}
