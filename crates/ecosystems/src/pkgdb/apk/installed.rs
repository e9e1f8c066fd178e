//! The text format of apk's installed database: `X:value` lines, a blank line between packages
//! (apk-tools, `doc/apk-v2.5.scd` and `src/database.c`). Letters that are not needed are passed over, so
//! new ones do no harm.

use plimsoll_model::{Package, PackageKind, SourcePackage};

use crate::pkgdb::collector::{Collector, quote};

/// Most dependencies kept for one package.
const MAX_DEPENDS: usize = 4096;

/// The packages of an installed database. Never fails: a record that lacks its name or version is
/// reported and passed over.
#[must_use]
pub fn parse_installed(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let mut record = Record::default();
    let mut line_number = 0usize;
    for line in bytes.split(|&b| b == b'\n') {
        line_number += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            [] => record.finish(line_number, &mut collector),
            [letter, b':', value @ ..] => record.field(*letter, value, &mut collector),
            _ => collector.lost(format_args!("line {line_number} is no field: {}", quote(line))),
        }
    }
    record.finish(line_number, &mut collector);
    collector
}

#[derive(Default)]
struct Record<'a> {
    any: bool,
    name: &'a [u8],
    version: &'a [u8],
    arch: &'a [u8],
    origin: &'a [u8],
    license: &'a [u8],
    maintainer: &'a [u8],
    folder: &'a [u8],
    depends: Vec<String>,
    files: Vec<String>,
}

impl<'a> Record<'a> {
    fn field(&mut self, letter: u8, value: &'a [u8], collector: &mut Collector) {
        self.any = true;
        match letter {
            b'P' => self.name = value,
            b'V' => self.version = value,
            b'A' => self.arch = value,
            b'o' => self.origin = value,
            b'L' => self.license = value,
            b'm' => self.maintainer = value,
            b'D' => self.depends(value, collector),
            b'F' => self.folder = value,
            b'R' => {
                self.files.extend(collector.keep_path(self.folder, value));
            }
            _ => {}
        }
    }

    fn depends(&mut self, value: &[u8], collector: &mut Collector) {
        for item in value.split(|&b| b == b' ') {
            if item.is_empty() || item[0] == b'!' || self.depends.len() >= MAX_DEPENDS {
                continue;
            }
            // `name>=1.2`, `name~1.2`, `name@repository`
            let end = item.iter().position(|b| b"<>=~@".contains(b)).unwrap_or(item.len());
            self.depends.extend(collector.keep(&item[..end]));
        }
    }

    fn finish(&mut self, line: usize, collector: &mut Collector) {
        let record = std::mem::take(self);
        if !record.any {
            return;
        }
        if record.name.is_empty() || record.version.is_empty() {
            let name = quote(record.name);
            collector.lost(format_args!(
                "the record before line {line} ({name}) lacks a name or version"
            ));
            return;
        }
        let (Some(name), Some(version)) =
            (collector.keep(record.name), collector.keep(record.version))
        else {
            return;
        };
        let mut package = Package::new(PackageKind::Apk, name, version);
        package.arch = collector.keep(record.arch);
        package.source = collector
            .keep(record.origin)
            .map(|name| SourcePackage { name, version: package.version.clone() });
        package.vendor = collector.keep(record.maintainer);
        package.licenses = collector.keep(record.license).into_iter().collect();
        package.depends = record.depends;
        package.files = record.files;
        collector.push(package);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TWO: &str = "C:Q1abc=\nP:ssl_client\nV:1.31.1-r10\nA:x86_64\nS:4000\nL:GPL-2.0-only\n\
        o:busybox\nm:A Person <a@example.org>\nD:so:libc.musl-x86_64.so.1 !mdev-conf<=4 busybox>=1 /bin/sh\n\
        F:\nR:hello\nF:usr/bin\nM:0:0:755\nR:ssl_client\na:0:0:755\nZ:Q1x=\n\nP:musl\nV:1.1.24-r2\n";

    #[test]
    fn reads_records_with_their_files() {
        let (packages, problems) = parse_installed(TWO.as_bytes()).into_parts();
        assert_eq!(problems, []);
        let [ssl, musl] = &packages[..] else { panic!("{packages:?}") };
        assert_eq!((ssl.name.as_str(), ssl.version.as_str()), ("ssl_client", "1.31.1-r10"));
        assert_eq!((ssl.source_name(), ssl.source_version()), ("busybox", "1.31.1-r10"));
        assert_eq!(ssl.arch.as_deref(), Some("x86_64"));
        assert_eq!(ssl.licenses, ["GPL-2.0-only"]);
        assert_eq!(ssl.vendor.as_deref(), Some("A Person <a@example.org>"));
        assert_eq!(ssl.depends, ["so:libc.musl-x86_64.so.1", "busybox", "/bin/sh"]);
        assert_eq!(ssl.files, ["hello", "usr/bin/ssl_client"]);
        assert_eq!((musl.source_name(), musl.source.is_none()), ("musl", true));
    }

    #[test]
    fn a_broken_record_costs_only_itself() {
        let text = "P:a\nV:1\n\nP:no-version\n\ngarbage\nP:b\nV:2\nR:../../etc/passwd\n";
        let (packages, problems) = parse_installed(text.as_bytes()).into_parts();
        assert_eq!(packages.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(packages[1].files.is_empty());
        assert_eq!(problems.len(), 2);
        assert!(problems[0].message.contains("no-version"), "{problems:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse_installed(&bytes);
        }

        #[test]
        fn any_lines_never_panic(text in "([PVAoLmDFRx]:[ -~]{0,12}\n{1,2}){0,40}") {
            let (packages, _) = parse_installed(text.as_bytes()).into_parts();
            prop_assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
        }
    }
}
