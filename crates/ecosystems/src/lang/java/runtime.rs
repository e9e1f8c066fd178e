//! The `release` file in the folder of a Java runtime, which `jlink` writes too.

use plimsoll_model::{AppPackage, Confidence, Package, PackageEvidence, PackageKind};

use super::identity::is_said_version;
use crate::pkgdb::Collector;

/// Longest value that is kept.
const MAX_VALUE: usize = 200;

/// The runtime that a `release` file describes: `openjdk`, or `graalvm` where it names one.
#[must_use]
pub fn parse_release(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let text = String::from_utf8_lossy(bytes);
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let value = line.strip_prefix(key)?.strip_prefix('=')?.trim().trim_matches('"');
            (!value.is_empty() && value.len() <= MAX_VALUE && !value.contains(char::is_control))
                .then_some(value)
        })
    };
    // `JAVA_RUNTIME_VERSION` has the build: 17.0.15+6-LTS. Versions before 9 are written 1.8.0_292-b10.
    let version = value("JAVA_RUNTIME_VERSION").or(value("JAVA_VERSION"));
    let vendor = value("IMPLEMENTOR");
    let named = [("graalvm", value("GRAALVM_VERSION")), ("openjdk", version)];
    for (name, version) in named {
        let Some(version) = version.filter(|version| is_said_version(version)) else { continue };
        let mut package = Package::new(PackageKind::Generic, name, version);
        package.vendor = vendor.map(str::to_owned);
        package.app = Some(Box::new(AppPackage {
            evidence: PackageEvidence::Installed,
            confidence: Confidence::High,
            ..AppPackage::default()
        }));
        collector.push(package);
    }
    if collector.packages().is_empty() {
        collector.lost(format_args!("the release file names no version"));
    }
    collector
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn vendor_and_build_are_read() {
        let text = "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"17.0.15+6\"\nJAVA_VERSION=\"17.0.15\"\n";
        let (packages, _) = parse_release(text.as_bytes()).into_parts();
        let [jdk] = &packages[..] else { panic!("{packages:?}") };
        assert_eq!((jdk.name.as_str(), jdk.version.as_str()), ("openjdk", "17.0.15+6"));
        assert_eq!(jdk.vendor.as_deref(), Some("Eclipse Adoptium"));

        let linked = "JAVA_VERSION=\"21.0.2\"\nMODULES=\"java.base\"\n";
        let (packages, _) = parse_release(linked.as_bytes()).into_parts();
        assert_eq!(packages[0].version, "21.0.2");

        let graal = "GRAALVM_VERSION=\"22.3.0\"\nJAVA_VERSION=\"17.0.5\"\n";
        let (packages, _) = parse_release(graal.as_bytes()).into_parts();
        let names: Vec<_> = packages.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["graalvm", "openjdk"]);

        let (packages, problems) = parse_release(b"JAVA_VERSION=\"\"\n").into_parts();
        assert_eq!((packages.len(), problems.len()), (0, 1));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse_release(&bytes);
        }
    }
}
