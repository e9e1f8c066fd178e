//! From an image to its inventory: which layers have to be read, by how many threads, in which order.
//!
//! The largest layers go first. A layer gets threads in proportion to its share of what is still to be read, so a
//! single large layer is read with all of them and many small ones side by side with one each: up to three for
//! decompression, hashing and walking, and all but one for looking at files, which the others mostly wait for or are
//! waited for by.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use plimsoll_detect::secrets::scan_config;
use plimsoll_image::Image;
use plimsoll_model::{Inventory, LayerDesc, LayerFacts, LayerKind, Problem, ProblemKind};

#[cfg(feature = "malware")]
use crate::Scanner;
use crate::{
    AnalyzerSet, ScanOptions,
    budget::Budget,
    cache::LinkedFacts,
    layer::{LayerOutcome, Reader, stream_memory},
    limits::{LayerLimits, MAX_LINKED_FILES},
    merge::{Extras, LinkRequest, Tree, merge_in, requests},
};

/// Why an image could not be scanned at all. What goes wrong with a part of it is a problem of the
/// inventory instead.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Of all the layers that the image carries, none could be opened.
    #[error("none of the image's layers can be read; layer {layer}: {error}")]
    Unreadable {
        /// Index of the first layer that failed.
        layer: u32,
        /// How it failed.
        error: io::Error,
    },
}

/// Reads what is not in the cache and merges it.
///
/// # Errors
/// Where no layer can be read.
pub fn scan_image(
    image: &dyn Image,
    analyzers: &AnalyzerSet,
    options: &ScanOptions,
) -> Result<Inventory, ScanError> {
    Scan { image, analyzers, options, budget: &Budget::new(options.memory) }.run()
}

struct Scan<'a> {
    image: &'a dyn Image,
    analyzers: &'a AnalyzerSet,
    options: &'a ScanOptions,
    budget: &'a Budget,
}

/// Layers' facts by index, with what went wrong.
struct Layers {
    facts: Vec<Option<Arc<LayerFacts>>>,
    cached: Vec<bool>,
    problems: Vec<Problem>,
}

impl Scan<'_> {
    fn run(&self) -> Result<Inventory, ScanError> {
        let Layers { facts, cached, problems } = self.layers()?;
        let tree = Tree::new(facts.iter().map(Option::as_deref));
        let mut extras = Extras { linked: Vec::new(), problems };
        self.read_links(&tree, &facts, &mut extras);
        extras.problems.extend(self.image.problems());
        let mut inventory = merge_in(&tree, self.image.manifest(), &facts, &extras);
        let checks = self.analyzers.checks();
        inventory.looked_for = checks.kinds();
        if let Some(rules) = checks.secret_rules() {
            let found = scan_config(&rules, &inventory.config, &inventory.history);
            inventory.detections.extend(found);
        }
        #[cfg(feature = "malware")]
        if checks.has(Scanner::Malware) {
            let mut found = plimsoll_malware::behaviour::behaviour(&inventory);
            found.extend(plimsoll_malware::tampered::stray(&inventory));
            inventory.detections.extend(found);
        }
        for (layer, cached) in inventory.layers.iter_mut().zip(cached) {
            layer.cached = cached;
        }
        Ok(inventory)
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            image: self.image,
            analyzers: self.analyzers,
            budget: self.budget,
            limits: LayerLimits::default(),
        }
    }

    /// Answers that follow from more than bytes and fingerprints. Layers are read side by side, so that one more of them
    /// keeps the facts of all that are being read from the cache: too few are kept, never wrong ones.
    fn unrepeatable(&self) -> u64 {
        self.analyzers.list().iter().map(|analyzer| analyzer.unrepeatable()).sum()
    }

    fn layers(&self) -> Result<Layers, ScanError> {
        let descs = &self.image.manifest().layers;
        let mut layers = Layers {
            facts: vec![None; descs.len()],
            cached: vec![false; descs.len()],
            problems: Vec::new(),
        };
        let mut todo: Vec<usize> = Vec::new();
        for (at, layer) in descs.iter().enumerate() {
            if layer.kind != LayerKind::Present {
                continue;
            }
            if let Some(facts) = self.cached(layer) {
                layers.facts[at] = Some(facts);
                layers.cached[at] = true;
                self.tell(|progress| progress.layer_cached(layer));
            } else {
                todo.push(at);
            }
        }
        // An image can name one layer several times (empty ones mostly): it is read once.
        let twin = |at: usize| {
            let diff_id = descs[at].diff_id?;
            todo.iter().copied().find(|&first| descs[first].diff_id == Some(diff_id))
        };
        let first: Vec<(usize, usize)> =
            todo.iter().map(|&at| (at, twin(at).unwrap_or(at))).collect();
        let mut once: Vec<usize> = first.iter().filter(|(a, b)| a == b).map(|(a, _)| *a).collect();
        once.sort_by_key(|&at| (std::cmp::Reverse(descs[at].size.unwrap_or(0)), at));

        let mut failed: Option<(u32, io::Error)> = None;
        let mut stored = false;
        for (at, result) in self.read_all(&once) {
            match result {
                Ok(outcome) => {
                    let facts = Arc::new(outcome.facts);
                    if outcome.cacheable {
                        stored |= self.store(&facts);
                    }
                    layers.facts[at] = Some(facts);
                }
                Err(error) => {
                    let index = descs[at].index;
                    let message = format!("the layer could not be opened: {error}");
                    let problem = Problem::new(ProblemKind::Unreadable, message);
                    layers.problems.push(problem.in_layer(index));
                    if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                        failed = Some((index, error));
                    }
                }
            }
        }
        for (at, twin) in first {
            if at != twin {
                layers.facts[at] = layers.facts[twin].clone();
            }
        }
        if stored && let Some(cache) = &self.options.cache {
            cache.evict();
        }
        match failed {
            Some((layer, error)) if layers.facts.iter().all(Option::is_none) => {
                Err(ScanError::Unreadable { layer, error })
            }
            _ => Ok(layers),
        }
    }

    fn cached(&self, layer: &LayerDesc) -> Option<Arc<LayerFacts>> {
        let cache = self.options.cache.as_ref()?;
        cache.load(&self.analyzers.fingerprint(), layer.diff_id.as_ref()?).map(Arc::new)
    }

    fn store(&self, facts: &LayerFacts) -> bool {
        let Some(cache) = &self.options.cache else { return false };
        let result = cache.store(&self.analyzers.fingerprint(), facts);
        self.warn_unwritable(&result);
        result.is_ok()
    }

    fn warn_unwritable(&self, result: &io::Result<()>) {
        if let (Err(error), Some(cache)) = (result, &self.options.cache) {
            let root = cache.root().display();
            let text = format!(
                "the cache in {root} cannot be written, the next scan will read all again: {error}"
            );
            self.tell(|progress| progress.warning(&text));
        }
    }

    fn tell(&self, what: impl Fn(&dyn crate::Progress)) {
        if let Some(progress) = &self.options.progress {
            what(progress.as_ref());
        }
    }

    /// Reads the layers at these places, in this order, and returns them as they finish.
    fn read_all(&self, order: &[usize]) -> Vec<(usize, io::Result<LayerOutcome>)> {
        let descs = &self.image.manifest().layers;
        // More layers at once than their buffers fit into the shared memory would only wait.
        let most = usize::try_from(self.budget.shared() / stream_memory(1)).unwrap_or(usize::MAX);
        let jobs = self.options.jobs.clamp(1, most.max(1));
        let weight = |at: usize| descs[at].size.unwrap_or(1).max(1);
        let mut left: u64 = order.iter().map(|&at| weight(at)).fold(0, u64::saturating_add);
        let free = (Mutex::new(jobs), Condvar::new());
        let done = Mutex::new(Vec::new());
        let read_one = |at: usize, threads: usize| {
            let layer = &descs[at];
            let memory = self.budget.take_shared(stream_memory(threads));
            self.tell(|progress| progress.layer_started(layer));
            let on_bytes = |bytes| self.tell(|progress| progress.layer_bytes(layer, bytes));
            let before = self.unrepeatable();
            let mut result = self.reader().read(layer, threads, &on_bytes);
            if let Ok(outcome) = &mut result {
                outcome.cacheable &= self.unrepeatable() == before;
            }
            self.tell(|progress| progress.layer_finished(layer));
            drop(memory);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        };
        if jobs == 1 || order.len() == 1 {
            order.iter().for_each(|&at| read_one(at, jobs));
        } else {
            thread::scope(|scope| {
                for &at in order {
                    let share = weight(at) as f64 / left.max(1) as f64 * jobs as f64;
                    left = left.saturating_sub(weight(at));
                    let (count, freed) = &free;
                    let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
                    while *count == 0 {
                        count = freed.wait(count).unwrap_or_else(PoisonError::into_inner);
                    }
                    let threads = (share.round() as usize).max(1).min(*count);
                    *count -= threads;
                    drop(count);
                    let (read_one, free) = (&read_one, &free);
                    scope.spawn(move || {
                        // Given back also when the reading panics: the others must go on.
                        struct Token<'t>(&'t (Mutex<usize>, Condvar), usize);
                        impl Drop for Token<'_> {
                            fn drop(&mut self) {
                                *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) += self.1;
                                self.0.1.notify_all();
                            }
                        }
                        let _token = Token(free, threads);
                        read_one(at, threads);
                    });
                }
            });
        }
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The second pass: files that well-known links lead to.
    fn read_links(&self, tree: &Tree<'_>, layers: &[Option<Arc<LayerFacts>>], extras: &mut Extras) {
        let (wanted, cut) = requests(tree, layers, self.analyzers);
        if cut {
            let message = format!("more than {MAX_LINKED_FILES} well-known paths are links");
            extras.problems.push(Problem::new(ProblemKind::LimitReached, message));
        }
        for (layer, request) in wanted {
            let Some(desc) = self.image.manifest().layers.get(layer as usize) else { continue };
            match self.read_link(desc, &request) {
                Ok(found) => {
                    extras.linked.extend(found.facts.into_iter().map(|fact| (layer, fact)));
                    let problems = found.problems.into_iter().map(|p| p.in_layer(layer));
                    extras.problems.extend(problems);
                }
                Err(error) => {
                    let message = format!("the layer could not be read again for links: {error}");
                    let problem = Problem::new(ProblemKind::Unreadable, message);
                    extras.problems.push(problem.in_layer(layer));
                }
            }
        }
    }

    fn read_link(&self, layer: &LayerDesc, request: &LinkRequest) -> io::Result<LinkedFacts> {
        let fingerprint = self.analyzers.fingerprint();
        let digest = request.digest(self.analyzers);
        let cache = self.options.cache.as_ref().zip(layer.diff_id.as_ref());
        if let Some((cache, diff_id)) = cache
            && let Some(found) = cache.load_linked(&fingerprint, diff_id, &digest)
        {
            return Ok(found);
        }
        let threads = self.options.jobs.max(1);
        let _memory = self.budget.take_shared(stream_memory(threads));
        let before = self.unrepeatable();
        let (facts, problems, mut cacheable) =
            self.reader().read_only(layer, &request.files, threads)?;
        cacheable &= self.unrepeatable() == before;
        let found = LinkedFacts { facts, problems };
        if cacheable && let Some((cache, diff_id)) = cache {
            let result = cache.store_linked(&fingerprint, diff_id, &digest, &found);
            self.warn_unwritable(&result);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
