//! The status file: stanzas of `Field: value` lines (deb-control(5)), a blank line between them, with the
//! `Status` field of dpkg-query(1) in front of what the package's own control file says.

use plimsoll_model::{Package, PackageKind, PackageState, SourcePackage};

use crate::pkgdb::collector::{Collector, quote};

/// Most dependencies kept for one package.
const MAX_DEPENDS: usize = 4096;

/// The packages of a status file, those that are not installed left out. Never fails: a stanza that
/// lacks its name or version is reported and passed over. A stanza without a `Status`, as distroless
/// images carry it, counts as installed.
#[must_use]
pub fn parse_status(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let mut stanza = Stanza::default();
    let mut rest = bytes;
    let mut line_number = 0usize;
    while !rest.is_empty() {
        line_number += 1;
        let line = line(rest);
        if line.trim_ascii().is_empty() {
            stanza.finish(line_number, &mut collector);
            rest = &rest[line.len()..];
            continue;
        }
        // A field reaches to the next line that starts with neither a space nor a tab.
        let mut end = line.len();
        let start_line = line_number;
        while matches!(rest.get(end), Some(b' ' | b'\t')) {
            let next = self::line(&rest[end..]);
            if next.trim_ascii().is_empty() {
                break;
            }
            end += next.len();
            line_number += 1;
        }
        let (field, after) = rest.split_at(end);
        match field.iter().position(|&b| b == b':') {
            Some(colon) if colon > 0 && colon < line.len() => {
                stanza.field(&field[..colon], field[colon + 1..].trim_ascii());
            }
            _ => collector
                .lost(format_args!("line {start_line} is no field: {}", quote(line.trim_ascii()))),
        }
        rest = after;
    }
    stanza.finish(line_number, &mut collector);
    collector
}

/// The first line, with its end.
fn line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1);
    &bytes[..end]
}

#[derive(Default)]
struct Stanza<'a> {
    any: bool,
    name: &'a [u8],
    status: Option<&'a [u8]>,
    version: &'a [u8],
    arch: &'a [u8],
    source: &'a [u8],
    maintainer: &'a [u8],
    origin: &'a [u8],
    pre_depends: &'a [u8],
    depends: &'a [u8],
}

impl<'a> Stanza<'a> {
    fn field(&mut self, name: &[u8], value: &'a [u8]) {
        self.any = true;
        // The first letter settles most of the two dozen fields that are not wanted.
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        let slot = match name[0] | 0x20 {
            b'p' if is("Package") => &mut self.name,
            b'p' if is("Pre-Depends") => &mut self.pre_depends,
            b'v' if is("Version") => &mut self.version,
            b'a' if is("Architecture") => &mut self.arch,
            b's' if is("Source") => &mut self.source,
            b's' if is("Status") => {
                self.status = Some(value);
                return;
            }
            b'm' if is("Maintainer") => &mut self.maintainer,
            b'o' if is("Origin") => &mut self.origin,
            b'd' if is("Depends") => &mut self.depends,
            _ => return,
        };
        *slot = value;
    }

    fn finish(&mut self, line: usize, collector: &mut Collector) {
        let stanza = std::mem::take(self);
        if !stanza.any {
            return;
        }
        let state = match stanza.status {
            None => PackageState::Installed,
            Some(status) => match state(status) {
                Ok(None) => return,
                Ok(Some(state)) => state,
                Err(()) => {
                    let (name, status) = (quote(stanza.name), quote(status));
                    collector.lost(format_args!("package {name} has the unknown status {status}"));
                    PackageState::Partial
                }
            },
        };
        if stanza.name.is_empty() || stanza.version.is_empty() {
            let name = quote(stanza.name);
            collector.lost(format_args!(
                "the stanza that ends at line {line} ({name}) lacks a name or version"
            ));
            return;
        }
        let (Some(name), Some(version)) =
            (collector.keep(stanza.name), collector.keep(stanza.version))
        else {
            return;
        };
        let mut package = Package::new(PackageKind::Deb, name, version);
        package.state = state;
        package.arch = collector.keep(stanza.arch);
        package.source =
            collector.keep(stanza.source).and_then(|value| source(&value, &package.version));
        let vendor = if stanza.origin.is_empty() { stanza.maintainer } else { stanza.origin };
        package.vendor = collector.keep(vendor);
        depends(stanza.pre_depends, &mut package.depends, collector);
        depends(stanza.depends, &mut package.depends, collector);
        collector.push(package);
    }
}

/// `WANT FLAG STATE` (dpkg(1), "Package states"); `None` where nothing of the package is there.
fn state(status: &[u8]) -> Result<Option<PackageState>, ()> {
    let mut words = status.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (want, _flag, state) = (words.next(), words.next(), words.next());
    match state {
        Some(b"installed") if want == Some(b"hold") => Ok(Some(PackageState::Held)),
        Some(b"installed") => Ok(Some(PackageState::Installed)),
        Some(
            b"half-installed" | b"unpacked" | b"half-configured" | b"triggers-awaited"
            | b"triggers-awaiting" | b"triggers-pending",
        ) => Ok(Some(PackageState::Partial)),
        Some(b"config-files" | b"not-installed") => Ok(None),
        _ => Err(()),
    }
}

/// `NAME` or `NAME (VERSION)`; the version stands only where it differs from the binary package's.
fn source(text: &str, binary_version: &str) -> Option<SourcePackage> {
    let (name, version) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.trim_end_matches(')').trim()),
        None => (text.trim(), ""),
    };
    let version = if version.is_empty() { binary_version } else { version };
    (!name.is_empty()).then(|| SourcePackage { name: name.to_owned(), version: version.to_owned() })
}

/// The first alternative of each dependency, bare of `:any`, `(>= 1)`, `[arch]` and `<profile>`.
fn depends(value: &[u8], out: &mut Vec<String>, collector: &mut Collector) {
    for item in value.split(|&b| b == b',') {
        let item = item.trim_ascii_start();
        let end = item
            .iter()
            .position(|&b| b.is_ascii_whitespace() || b":(|[<".contains(&b))
            .unwrap_or(item.len());
        if end > 0
            && out.len() < MAX_DEPENDS
            && let Some(name) = collector.keep(&item[..end])
        {
            out.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Vec<Package>, Vec<plimsoll_model::Problem>) {
        parse_status(text.as_bytes()).into_parts()
    }

    #[test]
    fn reads_every_field_that_matters() {
        let (packages, problems) = read(
            "Package: libc6\nStatus: install ok installed\nPriority: optional\nMaintainer: A <a@b.c>\n\
             Architecture: amd64\nMulti-Arch: same\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\n\
             Pre-Depends: dpkg (>= 1.15)\nDepends: libgcc-s1:any (>= 3),\n libcrypt1 | libcrypt2 [amd64], x\n\
             Conffiles:\n /etc/ld.so.conf 0123 obsolete\n\
             Description: text\n Version: not a field\n .\n more\n\n\
             package: tzdata\nSTATUS: hold ok installed\nversion: 2024a-0\norigin: Debian\nSource: tz\n\n\n",
        );
        assert_eq!(problems, []);
        let [libc, tz] = &packages[..] else { panic!("{packages:?}") };
        assert_eq!((libc.name.as_str(), libc.version.as_str()), ("libc6", "2.36-9+b1"));
        assert_eq!((libc.source_name(), libc.source_version()), ("glibc", "2.36-9"));
        assert_eq!(libc.arch.as_deref(), Some("amd64"));
        assert_eq!(libc.vendor.as_deref(), Some("A <a@b.c>"));
        assert_eq!(libc.depends, ["dpkg", "libgcc-s1", "libcrypt1", "x"]);
        assert_eq!(libc.state, PackageState::Installed);
        assert_eq!((tz.source_name(), tz.source_version()), ("tz", "2024a-0"));
        assert_eq!((tz.state, tz.vendor.as_deref()), (PackageState::Held, Some("Debian")));
    }

    #[test]
    fn states_decide_what_is_there() {
        let cases = [
            ("install ok installed", Some(PackageState::Installed)),
            ("hold ok installed", Some(PackageState::Held)),
            ("deinstall ok installed", Some(PackageState::Installed)),
            ("install reinstreq half-installed", Some(PackageState::Partial)),
            ("install ok unpacked", Some(PackageState::Partial)),
            ("hold ok half-configured", Some(PackageState::Partial)),
            ("install ok triggers-awaiting", Some(PackageState::Partial)),
            ("install ok triggers-pending", Some(PackageState::Partial)),
            ("deinstall ok config-files", None),
            ("purge ok not-installed", None),
        ];
        for (status, expected) in cases {
            let (packages, problems) = read(&format!("Package: a\nStatus: {status}\nVersion: 1\n"));
            assert_eq!(packages.first().map(|p| p.state), expected, "{status}");
            assert_eq!(problems, [], "{status}");
        }
    }

    #[test]
    fn a_broken_stanza_costs_only_itself() {
        let (packages, problems) = read(
            "Package: a\nVersion: 1\n\nPackage: b\nStatus: install ok installed\n\nnonsense\n\n\
             Package: c\nStatus: install ok levitating\nVersion: 3\r\n\r\nPackage: d\nVersion: 4",
        );
        let seen: Vec<_> = packages.iter().map(|p| (p.name.as_str(), p.version.as_str())).collect();
        assert_eq!(seen, [("a", "1"), ("c", "3"), ("d", "4")]);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[2].message.contains("levitating"));
    }

    #[test]
    fn a_package_that_was_removed_needs_no_version() {
        let (packages, problems) = read("Package: a\nStatus: deinstall ok config-files\n\n");
        assert_eq!((packages.len(), problems.len()), (0, 0));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse_status(&bytes);
        }

        #[test]
        fn any_fields_never_panic(
            text in "((Package|Version|Status|Source|Depends| cont)?:?[ -~]{0,16}\n{1,2}){0,30}"
        ) {
            let (packages, _) = parse_status(text.as_bytes()).into_parts();
            prop_assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
        }
    }
}
