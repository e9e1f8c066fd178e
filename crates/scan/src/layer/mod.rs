//! The layer pass: one layer's stream in, its facts out. Knows nothing of other layers or advisories, and
//! writes nothing anywhere.

mod names;
mod order;
mod pass;
mod pipeline;
mod problems;
mod share;
#[cfg(test)]
mod tests;
mod workers;

use std::{collections::HashMap, io};

use plimsoll_image::Image;
use plimsoll_model::{
    EntryKind, FileFact, FileMeta, LAYER_FACTS_SCHEMA, LayerDesc, LayerFacts, PathEntry, PathIndex,
    Problem, ProblemKind, Want,
};

use crate::{
    AnalyzerSet,
    budget::Budget,
    limits::{LayerLimits, MAX_LINK_HOPS},
    tar::ChunkSource,
};
use pass::Pass;
pub(crate) use pass::guarded;
pub(crate) use pipeline::stream_memory;

/// What is needed to read layers.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) image: &'a dyn Image,
    pub(crate) analyzers: &'a AnalyzerSet,
    pub(crate) budget: &'a Budget,
    pub(crate) limits: LayerLimits,
}

/// Which files of a layer are offered to the analysers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Select<'a> {
    /// Every file, under its own name.
    All,
    /// Only these files, each under other names and to one analyser (by its place in the set) per name.
    Only(&'a Aliases),
}

/// Path of a file → (analyser, name under which it is wanted).
pub(crate) type Aliases = HashMap<String, Vec<(usize, String)>>;

/// A layer's facts, and whether they may be kept.
#[derive(Debug)]
pub(crate) struct LayerOutcome {
    pub(crate) facts: LayerFacts,
    /// The facts are those of the named layer, whole, and would be the same with any options.
    pub(crate) cacheable: bool,
}

impl Reader<'_> {
    /// Reads a whole layer with up to `threads` threads.
    ///
    /// # Errors
    /// Where the layer cannot be opened. What goes wrong later is a problem of the facts.
    pub(crate) fn read(
        &self,
        layer: &LayerDesc,
        threads: usize,
        on_bytes: &(dyn Fn(u64) + Sync),
    ) -> io::Result<LayerOutcome> {
        let mut outcome = self.stream(layer, threads, Select::All, on_bytes)?;
        let linked = self.wanted_through_hard_links(&outcome.facts.paths);
        if !linked.is_empty() {
            match self.stream(layer, threads, Select::Only(&linked), &|_| {}) {
                Ok(second) => {
                    outcome.facts.facts.extend(second.facts.facts);
                    outcome.facts.facts.sort_by(|a, b| a.path.cmp(&b.path));
                    let known = outcome.facts.problems.len();
                    for problem in second.facts.problems {
                        if !outcome.facts.problems[..known].contains(&problem) {
                            outcome.facts.problems.push(problem);
                        }
                    }
                    outcome.cacheable &= second.cacheable;
                }
                Err(error) => {
                    outcome.cacheable = false;
                    let message = format!("the layer could not be read again for links: {error}");
                    outcome.facts.problems.push(Problem::new(ProblemKind::Unreadable, message));
                }
            }
        }
        Ok(outcome)
    }

    /// Reads only some files of a layer, under other names. For well-known paths that are links.
    ///
    /// # Errors
    /// Where the layer cannot be opened.
    pub(crate) fn read_only(
        &self,
        layer: &LayerDesc,
        files: &Aliases,
        threads: usize,
    ) -> io::Result<(Vec<FileFact>, Vec<Problem>, bool)> {
        let outcome = self.stream(layer, threads, Select::Only(files), &|_| {})?;
        Ok((outcome.facts.facts, outcome.facts.problems, outcome.cacheable))
    }

    fn stream(
        &self,
        layer: &LayerDesc,
        threads: usize,
        select: Select<'_>,
        on_bytes: &(dyn Fn(u64) + Sync),
    ) -> io::Result<LayerOutcome> {
        let stream = self.image.layer(layer)?;
        let walk = |source: Box<dyn ChunkSource + '_>| {
            Pass::new(self.analyzers, self.budget, layer.index, self.limits, select)
                .walk(source, threads.saturating_sub(1))
        };
        let (mut walked, end) =
            pipeline::read_layer(stream, threads, layer.size, self.limits, on_bytes, walk);
        let mut cacheable = walked.whole && walked.repeatable && layer.diff_id.is_some();
        if let Some(named) = layer.diff_id.filter(|named| walked.whole && *named != end.digest) {
            cacheable = false;
            let message = format!(
                "the uncompressed layer has the digest {}, but the image's configuration names {named}",
                end.digest
            );
            walked.problems.push_always(Problem::new(ProblemKind::DigestMismatch, message));
        }
        let facts = LayerFacts {
            schema: LAYER_FACTS_SCHEMA,
            diff_id: end.digest,
            tar_bytes: end.bytes,
            paths: walked.paths,
            whiteouts: walked.whiteouts,
            facts: walked.facts,
            problems: walked.problems.finish(),
        };
        Ok(LayerOutcome { facts, cacheable })
    }

    /// A hard link's content lies with the file it names, which came before it in the stream and may
    /// not have been wanted under that name. Analysers that decide by content have seen it there.
    fn wanted_through_hard_links(&self, paths: &PathIndex) -> Aliases {
        let mut wanted = Aliases::new();
        for link in paths.iter().filter(|entry| entry.kind == EntryKind::Hardlink) {
            let Some(file) = link_target(paths, link) else { continue };
            let entry = PathEntry { path: link.path, target: file.path, ..file };
            let meta = FileMeta { entry };
            for (at, analyzer) in self.analyzers.list().iter().enumerate() {
                if pass::guarded(|| analyzer.wants(&meta, &[])).is_some_and(|w| w != Want::Skip) {
                    wanted
                        .entry(file.path.to_owned())
                        .or_default()
                        .push((at, link.path.to_owned()));
                }
            }
        }
        wanted
    }
}

/// The regular file of the same layer that a hard link stands for.
pub(crate) fn link_target<'p>(paths: &'p PathIndex, link: PathEntry<'p>) -> Option<PathEntry<'p>> {
    let mut entry = link;
    for _ in 0..MAX_LINK_HOPS {
        entry = paths.get(entry.target)?;
        match entry.kind {
            EntryKind::File => return Some(entry),
            EntryKind::Hardlink => {}
            _ => return None,
        }
    }
    None
}

/// Walks an uncompressed tar as the layer pass does, with no stream around it: for benchmarks and fuzzing.
#[must_use]
pub fn walk_bytes(bytes: &[u8], chunk: usize, analyzers: &AnalyzerSet) -> LayerFacts {
    let budget = Budget::new(0);
    let source = Box::new(crate::tar::SliceSource { bytes, step: chunk });
    let limits = LayerLimits { whole_file: 1 << 20, ..LayerLimits::default() };
    let walked = Pass::new(analyzers, &budget, 0, limits, Select::All).walk(source, 0);
    LayerFacts {
        schema: LAYER_FACTS_SCHEMA,
        diff_id: plimsoll_model::Digest::from_bytes([0; 32]),
        tar_bytes: bytes.len() as u64,
        paths: walked.paths,
        whiteouts: walked.whiteouts,
        facts: walked.facts,
        problems: walked.problems.finish(),
    }
}
