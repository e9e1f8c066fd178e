//! Gradle's lock files: `group:artifact:version=configuration,…`.

use plimsoll_model::{AppPackage, DependencyScope, Package, PackageEvidence, PackageKind};

use super::identity::{is_name, is_said_version};
use crate::pkgdb::{Collector, quote};

/// The packages of a lock file.
#[must_use]
pub fn parse_lockfile(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    for line in bytes.split(|&c| c == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"empty=") {
            continue;
        }
        let text = String::from_utf8_lossy(line);
        let (coordinates, configurations) = text.split_once('=').unwrap_or((&text, ""));
        let mut parts = coordinates.split(':');
        let (Some(group), Some(artifact), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            collector.lost(format_args!("no locked dependency: {}", quote(line)));
            continue;
        };
        if !is_name(group) || !is_name(artifact) || !is_said_version(version) {
            collector.lost(format_args!("no locked dependency: {}", quote(line)));
            continue;
        }
        if !collector.charge(coordinates.len()) {
            break;
        }
        let is_test = !configurations.is_empty()
            && configurations.split(',').all(|name| name.to_ascii_lowercase().contains("test"));
        let scope = if is_test { DependencyScope::Development } else { DependencyScope::Runtime };
        let mut package = Package::new(PackageKind::Maven, format!("{group}:{artifact}"), version);
        package.app = Some(Box::new(AppPackage {
            evidence: PackageEvidence::LockFile,
            scope,
            ..AppPackage::default()
        }));
        collector.push(package);
    }
    collector
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scopes_come_from_the_configurations() {
        let text = "# This is a Gradle generated file\norg.slf4j:slf4j-api:1.7.36=compileClasspath,testRuntimeClasspath\n\
            junit:junit:4.13.2=testCompileClasspath,testRuntimeClasspath\nwrong line\nempty=annotationProcessor\n";
        let (packages, problems) = parse_lockfile(text.as_bytes()).into_parts();
        let rows: Vec<_> = packages
            .iter()
            .map(|p| (p.name.as_str(), p.version.as_str(), p.app.as_ref().unwrap().scope))
            .collect();
        assert_eq!(
            rows,
            [
                ("org.slf4j:slf4j-api", "1.7.36", DependencyScope::Runtime),
                ("junit:junit", "4.13.2", DependencyScope::Development),
            ]
        );
        assert_eq!(problems.len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse_lockfile(&bytes);
        }
    }
}
