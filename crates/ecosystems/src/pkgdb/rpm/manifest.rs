//! `/var/lib/rpmmanifest`, which distroless images of CBL-Mariner and Azure Linux carry in place of the
//! database. `container-manifest-2` holds ten columns with tabs between them: name, version-release, install
//! time, build time, vendor, epoch, size, architecture, epoch number, source RPM; `container-manifest-1` the
//! plain output of `rpm -qa` (Azure Linux toolkit, `generateContainerManifests`). Absent values are `(none)`.

use plimsoll_model::{Package, PackageKind};

use crate::pkgdb::collector::{Collector, quote};

use super::package::source;

const COLUMNS: usize = 10;

/// The packages of `container-manifest-2`.
#[must_use]
pub fn parse_manifest(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    for (line, number) in bytes.split(|&b| b == b'\n').zip(1u64..) {
        let line = line.trim_ascii_end();
        if line.is_empty() {
            continue;
        }
        let text = String::from_utf8_lossy(line);
        let mut columns = [""; COLUMNS];
        let mut found = 0;
        for (slot, value) in columns.iter_mut().zip(text.split('\t')) {
            *slot = if value == "(none)" { "" } else { value };
            found += 1;
        }
        let [name, release_version, _, _, vendor, epoch, _, arch, epoch_number, source_rpm] =
            columns;
        if found < COLUMNS || name.is_empty() || release_version.is_empty() {
            collector.lost(format_args!("line {number} is no package: {}", quote(line)));
            continue;
        }
        if name == "gpg-pubkey" {
            continue;
        }
        // EPOCHNUM is 0 also for a package without an epoch, and some writers put (none) for EPOCH.
        let epoch = if epoch.is_empty() && epoch_number != "0" { epoch_number } else { epoch };
        let version = match epoch {
            "" => release_version.to_owned(),
            epoch => format!("{epoch}:{release_version}"),
        };
        if !collector.charge(line.len()) {
            break;
        }
        let some = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let mut package = Package::new(PackageKind::Rpm, name, version);
        package.arch = some(arch);
        package.vendor = some(vendor);
        package.source = source(source_rpm, release_version, &package.version);
        collector.push(package);
    }
    collector
}

/// The packages of `container-manifest-1`: `name-version-release.arch`, one on a line. Epochs and source
/// packages are not known from it.
#[must_use]
pub fn parse_names(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    for (line, number) in bytes.split(|&b| b == b'\n').zip(1u64..) {
        let text = String::from_utf8_lossy(line.trim_ascii());
        if text.is_empty() {
            continue;
        }
        // A key is `gpg-pubkey-ID-DATE`, without an architecture.
        if text.starts_with("gpg-pubkey-") {
            continue;
        }
        let parts = text.rsplit_once('.').and_then(|(rest, arch)| {
            let (rest_name, _) = rest.rsplit_once('-')?;
            let (name, _) = rest_name.rsplit_once('-')?;
            let version = &rest[name.len() + 1..];
            (!name.is_empty() && !arch.is_empty()).then_some((name, version, arch))
        });
        let Some((name, version, arch)) = parts else {
            collector.lost(format_args!("line {number} is no package: {}", quote(line)));
            continue;
        };
        if !collector.charge(line.len()) {
            break;
        }
        let mut package = Package::new(PackageKind::Rpm, name, version);
        package.arch = Some(arch.to_owned());
        collector.push(package);
    }
    collector
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns() {
        let text = "filesystem\t1.1-9.cm2\t1653816591\t1653628924\tMicrosoft Corporation\t(none)\t7596\tx86_64\t0\tfilesystem-1.1-9.cm2.src.rpm\n\
            openssl-libs\t1.1.1k-15.cm2\t1\t2\t(none)\t1\t3\tx86_64\t1\topenssl-1.1.1k-15.cm2.src.rpm\n\
            dbus\t1-1\t1\t2\tV\t(none)\t3\tnoarch\t4\t(none)\n\n\
            gpg-pubkey\t3135ce90-5e6fda74\t1\t2\t(none)\t(none)\t0\t(none)\t0\t(none)\nbroken\tline\n";
        let (packages, problems) = parse_manifest(text.as_bytes()).into_parts();
        let [filesystem, openssl, dbus] = &packages[..] else { panic!("{packages:?}") };
        assert_eq!(filesystem.version, "1.1-9.cm2");
        assert_eq!(filesystem.vendor.as_deref(), Some("Microsoft Corporation"));
        assert_eq!(filesystem.arch.as_deref(), Some("x86_64"));
        assert_eq!((openssl.version.as_str(), openssl.vendor.as_ref()), ("1:1.1.1k-15.cm2", None));
        assert_eq!(
            (openssl.source_name(), openssl.source_version()),
            ("openssl", "1:1.1.1k-15.cm2")
        );
        assert_eq!((dbus.version.as_str(), &dbus.source), ("4:1-1", &None));
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn names() {
        let text = "e2fsprogs-libs-1.46.5-3.cm2.x86_64\ngpg-pubkey-3135ce90-5e6fda74\ntzdata-2022a-1.cm2.noarch\nx\n";
        let (packages, problems) = parse_names(text.as_bytes()).into_parts();
        let seen: Vec<_> = packages
            .iter()
            .map(|p| (p.name.as_str(), p.version.as_str(), p.arch.as_deref().unwrap()))
            .collect();
        assert_eq!(
            seen,
            [("e2fsprogs-libs", "1.46.5-3.cm2", "x86_64"), ("tzdata", "2022a-1.cm2", "noarch")]
        );
        assert_eq!(problems.len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = (parse_manifest(&bytes), parse_names(&bytes));
        }

        #[test]
        fn any_lines_never_panic(text in "([a-z.\\-]{0,6}\t?\n?){0,60}") {
            let _ = (parse_manifest(text.as_bytes()), parse_names(text.as_bytes()));
        }
    }
}
