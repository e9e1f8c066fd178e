//! The packages of a Nix store, by the folders that the finished image has.

use std::{collections::BTreeMap, sync::Arc};

use plimsoll_ecosystems::lang::nix::{STORE, package_of};
use plimsoll_model::{LayerFacts, OwnedPackage};

use super::Tree;

/// Most packages that are listed; a whole NixOS has a few thousand.
const MAX_PACKAGES: usize = 100_000;

/// One package for each folder, from the first layer that has it.
pub(super) fn packages(tree: &Tree<'_>, layers: &[Option<Arc<LayerFacts>>]) -> Vec<OwnedPackage> {
    let mut found: BTreeMap<(String, String), OwnedPackage> = BTreeMap::new();
    for (layer, facts) in (0u32..).zip(layers) {
        let Some(facts) = facts else { continue };
        let mut from = STORE.to_owned();
        while found.len() < MAX_PACKAGES {
            let Some(path) = facts.paths.range(&from).map(|entry| entry.path).next() else { break };
            let Some(rest) = path.strip_prefix(STORE) else { break };
            let entry = rest.split('/').next().unwrap_or_default();
            let folder = format!("{STORE}{entry}");
            if let Some(package) = package_of(entry).filter(|_| tree.is_live(layer, path)) {
                let key = (package.name.clone(), package.version.clone());
                let path = folder.clone();
                found.entry(key).or_insert(OwnedPackage { package, path, layer, set_aside: None });
            }
            // Past everything below the folder: `0` follows `/`.
            from = format!("{folder}0");
        }
    }
    found.into_values().collect()
}
