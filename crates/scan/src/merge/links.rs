//! Well-known paths that are links in the finished image.
//!
//! An analyser is offered a file under the name that its layer gives it. Where the finished image reaches
//! a database only through a link (`var/lib/rpm` → `../../srv/rpm`), the first pass could not know that
//! this file matters. This module finds those files; the engine then reads them from their layers under
//! the well-known names.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_model::{Digest, EntryKind, FileMeta, LayerFacts, PathEntry, Want};
use sha2::{Digest as _, Sha256};

use super::Tree;
use crate::{
    AnalyzerSet,
    layer::{Aliases, guarded, link_target},
    limits::MAX_LINKED_FILES,
};

/// Files of one layer that are to be read under other names.
#[derive(Clone, Debug, Default)]
pub(crate) struct LinkRequest {
    pub(crate) files: Aliases,
}

impl LinkRequest {
    /// Tells requests apart in the cache.
    pub(crate) fn digest(&self, analyzers: &AnalyzerSet) -> Digest {
        let sorted: BTreeMap<_, _> = self.files.iter().collect();
        let mut hash = Sha256::new();
        for (path, names) in sorted {
            for (analyzer, name) in names {
                let id = analyzers.list().get(*analyzer).map_or("", |a| a.id());
                for part in [path, id, name] {
                    hash.update((part.len() as u64).to_le_bytes());
                    hash.update(part);
                }
            }
        }
        Digest::from_bytes(hash.finalize().into())
    }
}

/// What has to be read, by layer. The second value says whether a limit cut it short.
pub(crate) fn requests(
    tree: &Tree<'_>,
    layers: &[Option<Arc<LayerFacts>>],
    analyzers: &AnalyzerSet,
) -> (BTreeMap<u32, LinkRequest>, bool) {
    let mut found: BTreeMap<u32, LinkRequest> = BTreeMap::new();
    let mut count = 0;
    for (at, analyzer) in analyzers.list().iter().enumerate() {
        for known in analyzer.well_known() {
            let names = match known.strip_suffix('/') {
                None => vec![(*known).to_owned()],
                Some(folder) => match tree.list(folder, MAX_LINKED_FILES) {
                    Some((_, names)) => names.into_iter().map(|n| format!("{known}{n}")).collect(),
                    None => continue,
                },
            };
            for name in names {
                let Some((layer, path)) = file_behind(tree, layers, analyzers, at, &name) else {
                    continue;
                };
                count += 1;
                if count > MAX_LINKED_FILES {
                    return (found, true);
                }
                found.entry(layer).or_default().files.entry(path).or_default().push((at, name));
            }
        }
    }
    for request in found.values_mut() {
        request.files.values_mut().for_each(|names| names.sort());
    }
    (found, false)
}

/// The file that the well-known path `name` leads to, as (layer, the layer's name for it), unless the
/// first pass has offered it to the analyser already.
fn file_behind(
    tree: &Tree<'_>,
    layers: &[Option<Arc<LayerFacts>>],
    analyzers: &AnalyzerSet,
    analyzer: usize,
    name: &str,
) -> Option<(u32, String)> {
    let analyzer = analyzers.list().get(analyzer)?;
    let wants = |entry: PathEntry<'_>, name: &str| {
        let meta = FileMeta { entry: PathEntry { path: name, target: "", ..entry } };
        guarded(|| analyzer.wants(&meta, &[])).is_some_and(|want| want != Want::Skip)
    };
    let paths = |layer: u32| layers.get(layer as usize)?.as_ref().map(|facts| &facts.paths);
    let here = tree.find(name);
    if let Some(here) = here {
        let in_its_layer = match here.entry.kind {
            EntryKind::File => tree.written_path(here.layer, name) == name,
            EntryKind::Hardlink => {
                let index = paths(here.layer)?;
                index.get(name).is_some_and(|link| link_target(index, link).is_some())
            }
            EntryKind::Symlink => false,
            EntryKind::Dir | EntryKind::Special => return None,
        };
        if in_its_layer {
            return None;
        }
    }
    let there = tree.resolve(name).filter(|there| there.kind == EntryKind::File)?;
    let written = tree.written_path(there.layer, &there.path);
    let entry = paths(there.layer)?.get(&written)?;
    // Under its own name the analyser has seen it: that is one database, not two.
    let is_seen = wants(entry, &written) && tree.is_live(there.layer, &written);
    if is_seen || !wants(entry, name) {
        return None;
    }
    Some((there.layer, written))
}
