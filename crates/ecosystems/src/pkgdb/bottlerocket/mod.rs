//! Bottlerocket's list of what its image is made of, which it carries in place of a package database
//! (`application-inventory.json`: a list `Content` with name, version, release, epoch and architecture as text).

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Package, PackageKind, Problem,
    Want,
};
use serde::Deserialize;

use crate::pkgdb::collector::{Collector, quote};

const INVENTORY: &str = "usr/share/bottlerocket/application-inventory.json";

/// Reads the inventory.
#[derive(Clone, Copy, Debug)]
pub struct Bottlerocket;

impl Analyzer for Bottlerocket {
    fn id(&self) -> &'static str {
        "bottlerocket"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        if file.path() == INVENTORY { Want::Whole } else { Want::Skip }
    }

    fn well_known(&self) -> &'static [&'static str] {
        &[INVENTORY]
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        parse_inventory(file.bytes).finish(file.meta.path(), out, problems);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inventory {
    content: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Entry {
    name: String,
    version: String,
    release: String,
    epoch: String,
    architecture: String,
}

/// The packages of an inventory. Never fails: what is no inventory is reported.
#[must_use]
pub fn parse_inventory(bytes: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let inventory: Inventory = match serde_json::from_slice(bytes) {
        Ok(inventory) => inventory,
        Err(error) => {
            collector.lost(format_args!("no inventory: {error}"));
            return collector;
        }
    };
    for Entry { name, version, release, epoch, architecture } in inventory.content {
        if name.is_empty() || version.is_empty() {
            collector.lost(format_args!("{} lacks a name or version", quote(name.as_bytes())));
            continue;
        }
        if !collector.charge(name.len() + version.len() + release.len() + architecture.len()) {
            break;
        }
        let mut whole = version;
        if !release.is_empty() {
            whole = format!("{whole}-{release}");
        }
        if !matches!(epoch.as_str(), "" | "0") {
            whole = format!("{epoch}:{whole}");
        }
        let mut package = Package::new(PackageKind::Rpm, name, whole);
        package.arch = (!architecture.is_empty()).then_some(architecture);
        collector.push(package);
    }
    collector
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_an_inventory_lists() {
        let text = r#"{"Content":[
            {"Name":"glibc","Publisher":"Bottlerocket","Version":"2.43","Release":"1.17.br1","Epoch":"1",
             "InstalledTime":"2026-03-17T16:22:44Z","ApplicationType":"Unspecified","Architecture":"x86_64"},
            {"Name":"kernel-6.1","Version":"6.1.140","Release":"1.17.br1","Architecture":"x86_64"},
            {"Name":"nameless-version"}]}"#;
        let (packages, problems) = parse_inventory(text.as_bytes()).into_parts();
        let versions: Vec<_> = packages.iter().map(|p| (&p.name[..], &p.version[..])).collect();
        assert_eq!(versions, [("glibc", "1:2.43-1.17.br1"), ("kernel-6.1", "6.1.140-1.17.br1")]);
        assert_eq!(problems.len(), 1);
        assert_eq!(parse_inventory(b"[]").into_parts().1.len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            let _ = parse_inventory(&bytes);
        }
    }
}
