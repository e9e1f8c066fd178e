//! `desc` of pacman's local database: `%FIELD%` on a line, its values below it, one on a line, a blank line at the
//! end (pacman's `lib/libalpm/be_local.c`). Fields that are not needed are passed over.

use plimsoll_model::{Package, PackageKind, SourcePackage};

use crate::pkgdb::collector::{Collector, quote};

/// Most dependencies kept for one package.
const MAX_DEPENDS: usize = 4096;

/// The package that a description names. Never fails: what lacks its name or version is reported.
#[must_use]
pub fn parse_desc(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let mut field: &[u8] = b"";
    let (mut name, mut version, mut base, mut arch, mut packager) =
        (&b""[..], &b""[..], &b""[..], &b""[..], &b""[..]);
    let (mut licenses, mut depends) = (Vec::new(), Vec::new());
    for line in bytes.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(inner) = line.strip_prefix(b"%").and_then(|l| l.strip_suffix(b"%")) {
            field = inner;
            continue;
        }
        if line.is_empty() {
            field = b"";
            continue;
        }
        match field {
            b"NAME" => name = line,
            b"VERSION" => version = line,
            b"BASE" => base = line,
            b"ARCH" => arch = line,
            b"PACKAGER" => packager = line,
            b"LICENSE" => licenses.extend(collector.keep(line)),
            b"DEPENDS" if depends.len() < MAX_DEPENDS => {
                // `glibc>=2.33`, `libcurl.so=4-64`
                let end = line.iter().position(|b| b"<>=".contains(b)).unwrap_or(line.len());
                depends.extend(collector.keep(&line[..end]));
            }
            _ => {}
        }
    }
    if name.is_empty() || version.is_empty() {
        collector.lost(format_args!("the description of {} lacks a name or version", quote(name)));
        return collector;
    }
    let (Some(name), Some(version)) = (collector.keep(name), collector.keep(version)) else {
        return collector;
    };
    let mut package = Package::new(PackageKind::Alpm, name, version);
    package.arch =
        collector.keep(arch).map(|arch| if arch == "any" { "noarch".into() } else { arch });
    package.vendor = collector.keep(packager);
    package.source =
        collector.keep(base).map(|name| SourcePackage { name, version: package.version.clone() });
    package.licenses = licenses;
    package.depends = depends;
    collector.push(package);
    collector
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GCC_LIBS: &str = "%NAME%\ngcc-libs\n\n%VERSION%\n14.2.1+r134+gab884fffe3fc-1\n\n%BASE%\ngcc\n\n%DESC%\nRuntime\n\n\
        %ARCH%\nx86_64\n\n%LICENSE%\nGPL-3.0-with-GCC-exception\nGFDL-1.3-or-later\n\n%DEPENDS%\nglibc>=2.27\n\n\
        %PROVIDES%\nlibgo.so=23-64\n\n";

    #[test]
    fn what_a_description_says() {
        let (packages, problems) = parse_desc(GCC_LIBS.as_bytes()).into_parts();
        assert_eq!(problems, []);
        let package = &packages[0];
        assert_eq!((package.name.as_str(), package.source_name()), ("gcc-libs", "gcc"));
        assert_eq!(package.source_version(), "14.2.1+r134+gab884fffe3fc-1");
        assert_eq!(package.arch.as_deref(), Some("x86_64"));
        assert_eq!(package.licenses, ["GPL-3.0-with-GCC-exception", "GFDL-1.3-or-later"]);
        assert_eq!(package.depends, ["glibc"]);
    }

    #[test]
    fn what_lacks_a_version_is_reported() {
        let (packages, problems) = parse_desc(b"%NAME%\nbzip2\n\n").into_parts();
        assert_eq!(packages, []);
        assert!(problems[0].message.contains("bzip2"), "{problems:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse_desc(&bytes);
        }

        #[test]
        fn any_fields_never_panic(text in "(%(NAME|VERSION|ARCH|DEPENDS|X)%\n([ -~]{0,9}\n){0,3}){0,9}") {
            let (packages, _) = parse_desc(text.as_bytes()).into_parts();
            prop_assert!(packages.iter().all(|p| !p.name.is_empty() && !p.version.is_empty()));
        }
    }
}
