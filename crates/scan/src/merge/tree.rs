//! The finished image's file tree, answered from the layers' path lists without building it: an image has
//! up to millions of entries, a merge asks for a few thousand.
//!
//! A path is seen as a container engine shows it that applies layers on top of each other, as containerd
//! does: the uppermost layer that writes a path wins, unless a layer above deletes it (whiteout), empties a
//! folder above it (opaque), or puts something that is no folder in a folder's place.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet, VecDeque},
};

use plimsoll_model::{EntryKind, LayerFacts, PathEntry, PathIndex, PathIndexBuilder, Whiteout};

use crate::limits::{MAX_LINK_HOPS, MAX_PATH};

/// A path's entry and the layer that it is from.
#[derive(Clone, Copy, Debug)]
pub struct Found<'t> {
    /// Index of the layer.
    pub layer: u32,
    /// The entry.
    pub entry: PathEntry<'t>,
}

/// Where a path leads once every link on the way has been followed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resolved {
    /// Path without any link in it.
    pub path: String,
    /// Layer of the entry there.
    pub layer: u32,
    /// What is there.
    pub kind: EntryKind,
}

#[derive(Debug, Default)]
struct TreeLayer<'a> {
    paths: Cow<'a, PathIndex>,
    deleted: HashSet<Cow<'a, str>>,
    opaque: HashSet<Cow<'a, str>>,
    /// Folders that the layer names through a link: as written → where they really are.
    moved: HashMap<String, String>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Tree<'a> {
    layers: Vec<TreeLayer<'a>>,
    /// Folder → lowest layer whose content is visible in it.
    floors: RefCell<HashMap<String, usize>>,
}

/// The folder of a path, `""` for one in the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

impl<'a> Tree<'a> {
    /// A tree of layers from the bottom; those that could not be read are taken for empty.
    #[must_use]
    pub fn new(layers: impl IntoIterator<Item = Option<&'a LayerFacts>>) -> Self {
        let mut tree = Self::default();
        for facts in layers {
            tree.push(facts);
        }
        tree
    }

    fn push(&mut self, facts: Option<&'a LayerFacts>) {
        let mut layer = TreeLayer::default();
        if let Some(facts) = facts {
            layer.paths = Cow::Borrowed(&facts.paths);
            for whiteout in &facts.whiteouts {
                match whiteout {
                    Whiteout::Path(path) => layer.deleted.insert(path.as_str().into()),
                    Whiteout::Opaque(path) => layer.opaque.insert(path.as_str().into()),
                };
            }
        }
        self.layers.push(layer);
        self.floors.get_mut().clear();
        self.follow_linked_folders();
        self.floors.get_mut().clear();
    }

    /// A layer may name a folder through a link of a lower layer (`lib/x` where `lib` is a link to
    /// `usr/lib`), and then writes where the link leads.
    fn follow_linked_folders(&mut self) {
        let Some(at) = self.layers.len().checked_sub(1) else { return };
        let layer = &self.layers[at];
        let mut real: HashMap<&str, Option<String>> = HashMap::new();
        let written = layer.paths.iter().map(|entry| parent(entry.path));
        let deleted = layer.deleted.iter().map(|path| parent(path));
        let opaque = layer.opaque.iter().map(|path| path.as_ref());
        let mut last = "";
        for folder in written.chain(deleted).chain(opaque) {
            if folder != last {
                self.real_folder(at, folder, &mut real);
                last = folder;
            }
        }
        let moved: HashMap<String, String> = real
            .into_iter()
            .filter_map(|(folder, real)| Some((folder.to_owned(), real?)))
            .collect();
        if moved.is_empty() {
            return;
        }
        let new_path = |path: &str| {
            moved
                .get(parent(path))
                .map(|folder| join(folder, path.rsplit_once('/').map_or(path, |(_, name)| name)))
        };
        let mut paths = PathIndexBuilder::default();
        for entry in layer.paths.iter() {
            let moved = new_path(entry.path);
            let path = moved.as_deref().unwrap_or(entry.path);
            if !path.is_empty() && path.len() <= MAX_PATH {
                paths.push(&PathEntry { path, ..entry });
            }
        }
        let deleted: HashSet<Cow<'a, str>> = layer
            .deleted
            .iter()
            .map(|path| new_path(path).map_or_else(|| path.clone(), Cow::Owned))
            .collect();
        let opaque: HashSet<Cow<'a, str>> = layer
            .opaque
            .iter()
            .map(|path| moved.get(path.as_ref()).map_or_else(|| path.clone(), |p| p.clone().into()))
            .collect();
        self.layers[at] = TreeLayer { paths: Cow::Owned(paths.finish().0), deleted, opaque, moved };
    }

    /// Where `folder`, as layer `at` names it, really is; `None` where that is the same.
    fn real_folder<'f>(
        &self,
        at: usize,
        folder: &'f str,
        known: &mut HashMap<&'f str, Option<String>>,
    ) {
        let ends = folder.match_indices('/').map(|(i, _)| i).chain([folder.len()]);
        let mut above = "";
        for prefix in ends.map(|end| &folder[..end]).filter(|prefix| !prefix.is_empty()) {
            if !known.contains_key(prefix) {
                let name = prefix.rsplit_once('/').map_or(prefix, |(_, name)| name);
                let moved = known.get(above).and_then(|moved| moved.as_deref());
                let is_folder = |path| {
                    self.layers[at].paths.get(path).is_some_and(|e| e.kind == EntryKind::Dir)
                };
                let real = match moved {
                    // A folder that the layer itself writes replaces a link.
                    None if is_folder(prefix) => None,
                    None if at == 0 && self.layers[0].paths.get(prefix).is_none() => None,
                    _ => {
                        let here = join(moved.unwrap_or(above), name);
                        let real = match self.find(&here) {
                            Some(found) if found.entry.kind == EntryKind::Symlink => {
                                self.place(&here).unwrap_or(here)
                            }
                            _ => here,
                        };
                        (real != prefix).then_some(real)
                    }
                };
                known.insert(prefix, real);
            }
            above = prefix;
        }
    }

    /// The path under which the file that layer `layer` names `path` really is.
    #[must_use]
    pub fn real_path<'p>(&self, layer: u32, path: &'p str) -> Cow<'p, str> {
        match self.layers.get(layer as usize).and_then(|l| l.moved.get(parent(path))) {
            Some(folder) => {
                join(folder, path.rsplit_once('/').map_or(path, |(_, name)| name)).into()
            }
            None => path.into(),
        }
    }

    /// The name that layer `layer` itself uses for what is really at `path`.
    #[must_use]
    pub fn written_path(&self, layer: u32, path: &str) -> String {
        let folder = self
            .layers
            .get(layer as usize)
            .into_iter()
            .flat_map(|layer| &layer.moved)
            .filter(|(_, real)| *real == parent(path))
            .map(|(written, _)| written)
            .min();
        match folder {
            Some(folder) => join(folder, path.rsplit_once('/').map_or(path, |(_, name)| name)),
            None => path.to_owned(),
        }
    }

    /// The lowest layer whose content is visible in `folder`.
    fn floor(&self, folder: &str) -> usize {
        let ends = folder.match_indices('/').map(|(i, _)| i).chain([folder.len()]);
        let mut floor = self.floor_of("", 0);
        for prefix in ends.map(|end| &folder[..end]).filter(|prefix| !prefix.is_empty()) {
            floor = self.floor_of(prefix, floor);
        }
        floor
    }

    fn floor_of(&self, folder: &str, above: usize) -> usize {
        if let Some(&floor) = self.floors.borrow().get(folder) {
            return floor;
        }
        let floor = (above..self.layers.len())
            .rev()
            .find_map(|at| {
                let layer = &self.layers[at];
                if layer.paths.get(folder).is_some_and(|entry| entry.kind != EntryKind::Dir) {
                    Some(at + 1)
                } else if layer.opaque.contains(folder) || layer.deleted.contains(folder) {
                    Some(at)
                } else {
                    None
                }
            })
            .unwrap_or(above);
        self.floors.borrow_mut().insert(folder.to_owned(), floor);
        floor
    }

    /// What is at `path` itself, no link followed. A folder that no layer lists (only files below it) is
    /// not found.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let floor = self.floor(parent(path));
        for at in (floor..self.layers.len()).rev() {
            let layer = &self.layers[at];
            if let Some(entry) = layer.paths.get(path) {
                return Some(Found { layer: at as u32, entry });
            }
            if layer.deleted.contains(path) {
                return None;
            }
        }
        None
    }

    /// Whether what layer `layer` writes at `path` is what the finished image has there. `path` is the
    /// layer's own name for it.
    #[must_use]
    pub fn is_live(&self, layer: u32, path: &str) -> bool {
        self.find(&self.real_path(layer, path)).is_some_and(|found| found.layer == layer)
    }

    /// The place that `path` leads to, whether or not anything is there. `None` where there are too many
    /// links, or the path becomes too long. `..` stops at the root, as in a container.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<String> {
        let mut todo: VecDeque<Cow<'_, str>> = path.split('/').map(Cow::Borrowed).collect();
        let mut here = String::new();
        let mut hops = 0;
        while let Some(part) = todo.pop_front() {
            match part.as_ref() {
                "" | "." => continue,
                ".." => {
                    here.truncate(parent(&here).len());
                    continue;
                }
                _ => {}
            }
            let next = join(&here, &part);
            if next.len() > MAX_PATH {
                return None;
            }
            match self.find(&next) {
                Some(found) if found.entry.kind == EntryKind::Symlink => {
                    hops += 1;
                    if hops > MAX_LINK_HOPS || found.entry.target.is_empty() {
                        return None;
                    }
                    if found.entry.target.starts_with('/') {
                        here.clear();
                    }
                    for part in found.entry.target.rsplit('/') {
                        todo.push_front(Cow::Owned(part.to_owned()));
                    }
                }
                _ => here = next,
            }
        }
        Some(here)
    }

    /// Follows every link in `path`, hard links too. `None` where it leads nowhere.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<Resolved> {
        let mut path = self.place(path)?;
        for _ in 0..MAX_LINK_HOPS {
            let found = self.find(&path)?;
            if found.entry.kind != EntryKind::Hardlink {
                return Some(Resolved { layer: found.layer, kind: found.entry.kind, path });
            }
            // The name it was linked to may have been deleted since; the content is that of the time.
            let layer = found.layer as usize;
            let target = self.real_path(found.layer, found.entry.target).into_owned();
            let below =
                (0..=layer).rev().find_map(|at| Some((at, self.layers[at].paths.get(&target)?)));
            match below {
                Some((at, entry)) if entry.kind == EntryKind::File => {
                    return Some(Resolved { layer: at as u32, kind: entry.kind, path: target });
                }
                Some((_, entry)) if entry.kind == EntryKind::Hardlink && target != path => {
                    path = target;
                }
                _ => return None,
            }
        }
        None
    }

    /// The regular files (and links) directly in the folder that `path` leads to: its real path and their
    /// names, at most `limit`.
    #[must_use]
    pub fn list(&self, path: &str, limit: usize) -> Option<(String, Vec<String>)> {
        let folder = self.place(path)?;
        let floor = self.floor(&folder);
        let start = join(&folder, "");
        let mut names = std::collections::BTreeSet::new();
        for layer in self.layers.get(floor..).unwrap_or_default() {
            for entry in layer.paths.range(&start) {
                let Some(name) = entry.path.strip_prefix(&start) else { break };
                if names.len() >= limit {
                    break;
                }
                if !name.contains('/') && entry.kind != EntryKind::Dir {
                    names.insert(name.to_owned());
                }
            }
        }
        names.retain(|name| self.find(&join(&folder, name)).is_some());
        Some((folder, names.into_iter().collect()))
    }

    /// The layer that deleted or overwrote what layer `layer` has at `path` (its real path).
    #[must_use]
    pub fn hidden_by(&self, layer: u32, path: &str) -> Option<u32> {
        let above = (layer as usize + 1)..self.layers.len();
        let ends = || path.match_indices('/').map(|(i, _)| i);
        for at in above {
            let layer = self.layers.get(at)?;
            let replaces =
                |path: &str| layer.paths.get(path).is_some_and(|e| e.kind != EntryKind::Dir);
            let hides = layer.paths.get(path).is_some()
                || layer.deleted.contains(path)
                || ends().map(|end| &path[..end]).chain([""]).any(|folder| {
                    layer.opaque.contains(folder)
                        || layer.deleted.contains(folder)
                        || replaces(folder)
                });
            if hides {
                return u32::try_from(at).ok();
            }
        }
        None
    }

    /// The live entries that `wanted` says yes to, layer by layer and within one by path. It is asked before the
    /// tree is.
    pub fn live_where<'t>(
        &'t self,
        wanted: impl Fn(&PathEntry<'_>) -> bool + 't,
    ) -> impl Iterator<Item = Found<'t>> {
        let all = (0u32..).zip(&self.layers);
        let all = all.flat_map(|(at, layer)| layer.paths.iter().map(move |entry| (at, entry)));
        all.filter(move |(_, entry)| wanted(entry))
            .map(|(layer, entry)| Found { layer, entry })
            .filter(|found| {
                self.find(found.entry.path).is_some_and(|seen| seen.layer == found.layer)
            })
    }

    /// Everything that the finished image holds, layer by layer and within one by path.
    pub fn iter(&self) -> impl Iterator<Item = Found<'_>> {
        self.live_where(|_| true)
    }
}

#[cfg(test)]
mod tests;
