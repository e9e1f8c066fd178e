//! From the facts of single layers to what the finished image holds.
//!
//! Facts of a path count where the finished image has that very file there ([`Tree::is_live`]); the others
//! are hidden: overwritten or deleted, but still in the image for whoever pulls it apart. Packages are
//! taken from live databases only. Which layer brought a package is told by all of them.

mod aside;
mod dependents;
mod detections;
mod links;
mod nix;
mod packages;
pub mod tree;

use std::sync::Arc;

use plimsoll_ecosystems::distros::{SystemFile, detect};
use plimsoll_model::{
    Fact, FileFact, INVENTORY_SCHEMA, ImageIdentity, ImageManifest, Inventory, InventoryLayer,
    LayerFacts, LayerKind, OperatingSystem, Problem, ProblemKind, RiskKind,
};

pub(crate) use links::{LinkRequest, requests};
pub use tree::Tree;

/// What came to light apart from the layers' own facts.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Files read from a layer under a well-known name that is a link: (layer, fact).
    pub linked: Vec<(u32, FileFact)>,
    /// Problems, with their layer where they have one.
    pub problems: Vec<Problem>,
}

/// A fact, its layer, and whether the finished image has the file that it comes from.
#[derive(Clone, Copy, Debug)]
pub struct PlacedFact<'f> {
    /// Index of the layer.
    pub layer: u32,
    /// The fact.
    pub fact: &'f FileFact,
    /// Whether the file is there in the finished image; otherwise it was overwritten or deleted.
    pub live: bool,
}

/// All facts from the bottom layer up, with their place in the finished image.
#[must_use]
pub fn place_facts<'f>(
    tree: &Tree<'_>,
    layers: &'f [Option<Arc<LayerFacts>>],
    extras: &'f Extras,
) -> Vec<PlacedFact<'f>> {
    let mut placed = Vec::new();
    for (layer, facts) in (0u32..).zip(layers) {
        let mut last: Option<(&str, bool)> = None;
        for fact in facts.iter().flat_map(|facts| &facts.facts) {
            let live = match last {
                Some((path, live)) if path == fact.path => live,
                _ => tree.is_live(layer, &fact.path),
            };
            last = Some((&fact.path, live));
            placed.push(PlacedFact { layer, fact, live });
        }
        let linked = extras.linked.iter().filter(|(of, _)| *of == layer);
        placed.extend(linked.map(|(layer, fact)| PlacedFact { layer: *layer, fact, live: true }));
    }
    placed
}

/// The inventory of an image whose layers hold `layers` (`None`: could not be read).
#[must_use]
pub fn merge(
    manifest: &ImageManifest,
    layers: &[Option<Arc<LayerFacts>>],
    extras: &Extras,
) -> Inventory {
    let tree = Tree::new(layers.iter().map(Option::as_deref));
    merge_in(&tree, manifest, layers, extras)
}

/// As [`merge`], with the tree of the same layers at hand.
pub(crate) fn merge_in(
    tree: &Tree<'_>,
    manifest: &ImageManifest,
    layers: &[Option<Arc<LayerFacts>>],
    extras: &Extras,
) -> Inventory {
    let facts = place_facts(tree, layers, extras);
    let os = system(&facts);
    let mut problems = extras.problems.clone();
    for (index, facts) in (0u32..).zip(layers) {
        let of_layer = facts.iter().flat_map(|facts| &facts.problems);
        problems.extend(of_layer.map(|problem| problem.clone().in_layer(index)));
    }
    for layer in &manifest.layers {
        if let LayerKind::Foreign(_) = &layer.kind {
            let message = "the image does not carry this layer (foreign or non-distributable)";
            let problem = Problem::new(ProblemKind::MissingLayer, message);
            problems.push(problem.in_layer(layer.index));
        }
    }
    if os.is_none() {
        let message = "no file says which operating system this is";
        problems.push(Problem::new(ProblemKind::UnknownSystem, message));
    }
    let packages = packages::installed(tree, layers, &facts);
    let kept = detections::collect(tree, &facts, &packages);
    problems.extend(kept.problems);
    problems.sort_by(|a, b| (a.layer, &a.path, a.kind).cmp(&(b.layer, &b.path, b.kind)));
    problems.dedup();
    Inventory {
        schema: INVENTORY_SCHEMA,
        image: ImageIdentity {
            reference: manifest.reference.clone(),
            source: manifest.source.clone(),
            digest: manifest.digest,
            config_digest: manifest.config_digest,
            tags: manifest.tags.clone(),
            repo_digests: manifest.repo_digests.clone(),
            platform: manifest.platform.clone(),
        },
        layers: manifest
            .layers
            .iter()
            .zip(layers.iter().map(Option::as_ref).chain(std::iter::repeat(None)))
            .map(|(layer, facts)| InventoryLayer {
                blob: layer.blob,
                diff_id: facts.map(|facts| layer.diff_id.unwrap_or(facts.diff_id)),
                created_by: layer.created_by.clone(),
                tar_bytes: facts.map_or(0, |facts| facts.tar_bytes),
                entries: facts.map_or(0, |facts| facts.paths.len() as u64),
                cached: false,
            })
            .collect(),
        config: manifest.config.clone(),
        history: manifest.history.clone(),
        os,
        packages,
        looked_for: vec![RiskKind::SystemVulnerability, RiskKind::ApplicationVulnerability],
        detections: kept.detections,
        texts: kept.texts,
        notable: kept.notable,
        identities: kept.identities,
        problems,
    }
}

/// The system, from the files that are there, or else from those that a later layer deleted.
fn system(facts: &[PlacedFact<'_>]) -> Option<OperatingSystem> {
    let mut files: Vec<SystemFile<'_>> = Vec::new();
    // The live one of a path first, then the uppermost hidden one.
    for live in [true, false] {
        for placed in facts.iter().rev().filter(|placed| placed.live == live) {
            let Fact::SystemFile { text } = &placed.fact.fact else { continue };
            if files.iter().all(|file| file.path != placed.fact.path) {
                files.push(SystemFile { path: &placed.fact.path, text, deleted: !live });
            }
        }
    }
    detect(&files)
}

#[cfg(test)]
mod tests;
