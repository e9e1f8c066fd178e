//! Walks the entries of one layer and offers its files to the analysers.

use std::{
    collections::BTreeMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    thread,
};

use plimsoll_model::{
    Analyzer, CappedText, EntryKind, Fact, FileError, FileFact, FileMeta, LayerFile, PathEntry,
    PathIndex, PathIndexBuilder, Problem, ProblemKind, Want, Whiteout,
};

use super::{
    Select,
    names::{Name, read_name, read_target},
    order::{Event, Order},
    problems::Problems,
    share::{Shared, share},
    workers::{Done, Job, Looked, Workers, look},
};
use crate::{
    AnalyzerSet,
    budget::{Budget, Lease},
    limits::{LayerLimits, MAX_FACTS, MAX_LINK_TARGET, MAX_QUOTED, STREAM_BYTES},
    tar::{ChunkSource, EntryReader, TarEntry, TarError, TarReader},
};

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) paths: PathIndex,
    pub(crate) whiteouts: Vec<Whiteout>,
    pub(crate) facts: Vec<FileFact>,
    pub(crate) problems: Problems,
    /// Every byte of the stream came.
    pub(crate) whole: bool,
    /// The facts do not depend on the memory budget.
    pub(crate) repeatable: bool,
}

/// A file that is kept to the end of the layer.
struct Held<'a> {
    mode: u16,
    uid: u32,
    gid: u32,
    content: Rc<(Vec<u8>, Lease<'a>)>,
}

pub(crate) struct Pass<'a> {
    analyzers: &'a AnalyzerSet,
    budget: &'a Budget,
    layer: u32,
    limits: LayerLimits,
    select: Select<'a>,
    paths: PathIndexBuilder,
    whiteouts: Vec<Whiteout>,
    facts: BTreeMap<String, Vec<(usize, Fact)>>,
    fact_count: usize,
    held: BTreeMap<(usize, String), Held<'a>>,
    held_bytes: u64,
    problems: Problems,
    workers: Option<Workers<'a>>,
    order: Order,
    entries: usize,
    full: bool,
    repeatable: bool,
}

/// Runs analyser code; `None` where it panicked.
pub(crate) fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        analyzers: &'a AnalyzerSet,
        budget: &'a Budget,
        layer: u32,
        limits: LayerLimits,
        select: Select<'a>,
    ) -> Self {
        Self {
            analyzers,
            budget,
            layer,
            limits,
            select,
            paths: PathIndexBuilder::default(),
            whiteouts: Vec::new(),
            facts: BTreeMap::new(),
            fact_count: 0,
            held: BTreeMap::new(),
            held_bytes: 0,
            problems: Problems::default(),
            workers: None,
            order: Order::default(),
            entries: 0,
            full: false,
            repeatable: true,
        }
    }

    /// Reads `source` to its end, with so many threads beside this one that look at files.
    pub(crate) fn walk<'s>(mut self, source: Box<dyn ChunkSource + 's>, workers: usize) -> Walked {
        if workers == 0 {
            return self.walk_here(source);
        }
        thread::scope(|scope| {
            let (ours, theirs) = Workers::new(self.analyzers, self.budget, workers);
            for worker in theirs {
                scope.spawn(|| worker.run());
            }
            self.workers = Some(ours);
            self.walk_here(source)
        })
    }

    fn walk_here<'s>(mut self, source: Box<dyn ChunkSource + 's>) -> Walked {
        let mut tar = TarReader::new(source);
        let mut whole = true;
        let mut damaged = false;
        loop {
            let error = match tar.next_entry() {
                Ok(Some(entry)) => match self.entry(&entry, &mut tar) {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Ok(None) => break,
                Err(error) => error,
            };
            damaged = true;
            whole &= !matches!(error, TarError::Io(_));
            let kind = match &error {
                TarError::Io(error) => stream_problem(error),
                TarError::Truncated => ProblemKind::Truncated,
                TarError::Malformed(_) => ProblemKind::Malformed,
                TarError::Extension(_) => ProblemKind::LimitReached,
            };
            let message = format!("{error}; {} entries were read before", self.entries);
            self.settle();
            self.problems.push_always(Problem::new(kind, message));
            break;
        }
        self.settle();
        let end = tar.stream().offset();
        match tar.stream().drain() {
            Ok(true) => {}
            Ok(false) if damaged => {}
            Ok(false) => {
                let hidden = tar.stream().offset() - end;
                let message = format!("{hidden} bytes lie behind the end of the archive");
                self.problems.push(Problem::new(ProblemKind::UnsafeEntry, message));
            }
            Err(error) => {
                whole = false;
                let message = format!("{error}; {} entries were read before", self.entries);
                self.problems.push_always(Problem::new(stream_problem(&error), message));
            }
        }
        self.finish(whole)
    }

    fn finish(mut self, whole: bool) -> Walked {
        self.analyze_held();
        let (paths, replaced) = self.paths.finish();
        if replaced > 0 {
            let message = format!(
                "{replaced} entries were written again later in the layer; the last counts"
            );
            self.problems.push(Problem::new(ProblemKind::UnsafeEntry, message));
        }
        let list = self.analyzers.list();
        let mut facts = Vec::with_capacity(self.fact_count);
        for (path, mut of_path) in self.facts {
            of_path.sort_by_key(|(analyzer, _)| *analyzer);
            facts.extend(of_path.into_iter().map(|(analyzer, fact)| FileFact {
                analyzer: list[analyzer].id().to_owned(),
                path: path.clone(),
                fact,
            }));
        }
        Walked {
            paths,
            whiteouts: self.whiteouts,
            facts,
            problems: self.problems,
            whole,
            repeatable: self.repeatable,
        }
    }

    fn problem(&mut self, kind: ProblemKind, path: &str, message: impl Into<String>) {
        // The walk for links meets every entry again; its problems are known.
        if matches!(self.select, Select::All) {
            self.emit(Event::Problem(Problem::new(kind, message).at(quoted(path.as_bytes()))));
        }
    }

    /// Takes something in, or puts it behind what is still being looked at.
    fn emit(&mut self, event: Event) {
        if let Some(event) = self.order.add(event) {
            self.take_in(event);
        }
        self.settle_if_full();
    }

    fn settle_if_full(&mut self) {
        if self.order.is_full() {
            self.settle();
        }
    }

    fn take_in(&mut self, event: Event) {
        match event {
            Event::Problem(problem) => self.problems.push(problem),
            Event::Forget(path) => self.forget_facts(&path),
            Event::Looked(Looked { analyzer, name, facts, problems, result }) => {
                let Some(result) = result else { return self.failed(analyzer, &name) };
                self.take_problems(problems, &name, result);
                for fact in facts {
                    self.add_fact(analyzer, name.clone(), fact);
                }
            }
        }
    }

    /// Takes in what is done by now, as far as nothing before it is missing.
    fn collect(&mut self) {
        if !self.order.is_settled() {
            let done = self.workers.as_mut().map(Workers::done).unwrap_or_default();
            self.arrive(done);
        }
    }

    /// Waits until nothing is being looked at.
    fn settle(&mut self) {
        while !self.order.is_settled() {
            let done = self.workers.as_mut().map(Workers::wait).unwrap_or_default();
            self.arrive(done);
        }
    }

    fn arrive(&mut self, done: Vec<Done>) {
        for event in self.order.arrive(done) {
            self.take_in(event);
        }
    }

    fn entry(&mut self, entry: &TarEntry, tar: &mut TarReader<'_>) -> Result<(), TarError> {
        self.entries += 1;
        self.collect();
        if self.full || self.entries > self.limits.entries {
            if !self.full {
                let message = format!(
                    "more than {} entries, or names of too many bytes; the rest was not looked at",
                    self.limits.entries
                );
                self.settle();
                self.problems.push_always(Problem::new(ProblemKind::LimitReached, message));
            }
            self.full = true;
            return Ok(());
        }
        let name = read_name(&entry.path);
        if let Some((kind, message)) = entry.note {
            self.problem(kind, &quoted(&entry.path), message);
        }
        let path = match name {
            Name::Path(path) => path,
            Name::Root | Name::Aufs => return Ok(()),
            Name::Whiteout(whiteout) => {
                self.whiteouts.push(whiteout);
                return Ok(());
            }
            Name::Refused(why) => {
                self.problem(ProblemKind::UnsafeEntry, &quoted(&entry.path), why);
                return Ok(());
            }
            Name::TooLong => {
                let message = format!("a name of {} bytes is over the limit", entry.path.len());
                self.problem(ProblemKind::LimitReached, &quoted(&entry.path), message);
                return Ok(());
            }
        };
        let (kind, target) = self.link(entry, &path);
        let row = PathEntry {
            path: &path,
            kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
            target: &target,
        };
        if matches!(self.select, Select::All) {
            self.full = !self.paths.push(&row);
            self.forget(&path);
        }
        if kind == EntryKind::File {
            self.file(row, tar).inspect_err(|error| {
                if matches!(error, TarError::Truncated) {
                    let message = "the layer ends inside this file";
                    self.problem(ProblemKind::Truncated, &path, message);
                }
            })?;
        }
        Ok(())
    }

    fn link(&mut self, entry: &TarEntry, path: &str) -> (EntryKind, String) {
        let too_long = entry.link.len() > MAX_LINK_TARGET;
        match entry.kind {
            EntryKind::Symlink if too_long => {
                let message =
                    format!("a link target of {} bytes is over the limit", entry.link.len());
                self.problem(ProblemKind::LimitReached, path, message);
                (EntryKind::Symlink, String::new())
            }
            EntryKind::Symlink => (EntryKind::Symlink, read_target(&entry.link)),
            EntryKind::Hardlink => match read_name(&entry.link) {
                Name::Path(target) => (EntryKind::Hardlink, target),
                _ => {
                    let message =
                        format!("a hard link to `{}`", CappedText(&entry.link, MAX_QUOTED));
                    self.problem(ProblemKind::UnsafeEntry, path, message);
                    (EntryKind::Special, String::new())
                }
            },
            kind => (kind, String::new()),
        }
    }

    /// A path that is written again: what its earlier content meant no longer counts.
    fn forget(&mut self, path: &str) {
        if self.order.is_settled() {
            self.forget_facts(path);
        } else {
            self.emit(Event::Forget(path.to_owned()));
        }
        if !self.held.is_empty() {
            for analyzer in 0..self.analyzers.list().len() {
                if let Some(held) = self.held.remove(&(analyzer, path.to_owned()))
                    && Rc::strong_count(&held.content) == 1
                {
                    self.held_bytes -= held.content.0.len() as u64;
                }
            }
        }
    }

    fn forget_facts(&mut self, path: &str) {
        if !self.facts.is_empty()
            && let Some(facts) = self.facts.remove(path)
        {
            self.fact_count -= facts.len();
        }
    }

    /// Asks the analysers, reads as much as they want, and lets them look at it.
    fn file(&mut self, row: PathEntry<'_>, tar: &mut TarReader<'_>) -> Result<(), TarError> {
        let mut wanted: Vec<(usize, &str, Want)> = Vec::new();
        match self.select {
            Select::All => {
                let head = tar.head()?;
                for analyzer in 0..self.analyzers.list().len() {
                    self.ask(analyzer, row, row.path, head, &mut wanted);
                }
            }
            Select::Only(aliases) => {
                let Some(names) = aliases.get(row.path) else { return Ok(()) };
                for (_, name) in names {
                    self.forget(name);
                }
                let head = tar.head()?;
                for (analyzer, name) in names {
                    self.ask(*analyzer, row, name, head, &mut wanted);
                }
            }
        }
        if wanted.is_empty() || tar.is_unusable() {
            return Ok(());
        }
        if let [(analyzer, name, Want::Stream)] = wanted[..] {
            return self.stream(analyzer, name, row, tar);
        }
        let room = self.budget.layer_limit().saturating_sub(self.held_bytes);
        let most = self.limits.whole_file.min(room);
        if row.size > most && wanted.iter().any(|w| matches!(w.2, Want::Whole | Want::Hold)) {
            self.repeatable &= row.size > self.limits.whole_file;
            let message = if row.size > self.limits.whole_file {
                format!("{} bytes are over the limit of {most} for one file", row.size)
            } else {
                format!("{} bytes do not fit into the memory budget; raise it", row.size)
            };
            let problem = Problem::new(ProblemKind::LimitReached, message);
            self.emit(Event::Problem(problem.at(quoted(row.path.as_bytes()))));
            wanted.retain(|w| matches!(w.2, Want::Prefix(_) | Want::Stream));
        }
        if row.size > most && wanted.iter().any(|w| w.2 == Want::Stream) {
            return self.share(&wanted, row, most, tar);
        }
        let need = |want: Want| match want {
            Want::Skip => 0,
            Want::Prefix(n) => (n as u64).min(row.size).min(most),
            Want::Whole | Want::Hold | Want::Stream => row.size,
        };
        let Some(most_wanted) = wanted.iter().map(|w| need(w.2)).max() else { return Ok(()) };
        let holds = wanted.iter().any(|w| w.2 == Want::Hold);
        if !holds && let Some(lease) = self.workers.as_ref().and_then(|w| w.room(most_wanted)) {
            let bytes = self.read(tar, row.path, most_wanted)?;
            let Some(bytes) = bytes else { return Ok(()) };
            let wanted = wanted.iter().map(|&(analyzer, name, want)| {
                (analyzer, name.to_owned(), usize::try_from(need(want)).unwrap_or(usize::MAX))
            });
            let PathEntry { mode, uid, gid, size, .. } = row;
            let place = self.order.open();
            let job = Job { place, mode, uid, gid, size, wanted: wanted.collect(), bytes, lease };
            if let Some(workers) = &mut self.workers {
                workers.add(job);
            }
            self.settle_if_full();
            return Ok(());
        }
        if !holds && let Some(bytes) = tar.contiguous(most_wanted)? {
            for &(analyzer, name, want) in &wanted {
                self.analyze(analyzer, name, row, &bytes[..need(want) as usize]);
            }
            return Ok(());
        }
        let lease = self.budget.take(self.layer, most_wanted);
        let Some(bytes) = self.read(tar, row.path, most_wanted)? else { return Ok(()) };
        for &(analyzer, name, want) in wanted.iter().filter(|w| w.2 != Want::Hold) {
            let bytes = bytes.get(..need(want) as usize).unwrap_or(&bytes);
            self.analyze(analyzer, name, row, bytes);
        }
        if holds {
            self.held_bytes += bytes.len() as u64;
            let content = Rc::new((bytes, lease));
            for &(analyzer, name, _) in wanted.iter().filter(|w| w.2 == Want::Hold) {
                let PathEntry { mode, uid, gid, .. } = row;
                let held = Held { mode, uid, gid, content: Rc::clone(&content) };
                self.held.insert((analyzer, name.to_owned()), held);
            }
        }
        Ok(())
    }

    /// Reads the beginning of a file; `None` where there is no memory for it.
    fn read(
        &mut self,
        tar: &mut TarReader<'_>,
        path: &str,
        size: u64,
    ) -> Result<Option<Vec<u8>>, TarError> {
        let mut bytes = Vec::new();
        // The size is a claim: memory is only touched as bytes really come.
        if bytes.try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX)).is_err() {
            self.repeatable = false;
            let problem = Problem::new(ProblemKind::LimitReached, "out of memory");
            self.emit(Event::Problem(problem.at(quoted(path.as_bytes()))));
            return Ok(None);
        }
        tar.read(&mut bytes, size)?;
        Ok(Some(bytes))
    }

    /// Lets an analyser read a file from front to back. Its memory is a small fixed part of the budget.
    fn stream(
        &mut self,
        analyzer: usize,
        name: &str,
        row: PathEntry<'_>,
        tar: &mut TarReader<'_>,
    ) -> Result<(), TarError> {
        let room = self.budget.layer_limit().saturating_sub(self.held_bytes);
        let _lease = self.budget.take(self.layer, STREAM_BYTES.min(room));
        let mut content = EntryReader::new(tar, row.size);
        let meta = FileMeta { entry: PathEntry { path: name, ..row } };
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        let analyzers = self.analyzers;
        let result = guarded(|| {
            let analyzer = &analyzers.list()[analyzer];
            analyzer.analyze_stream(&meta, &mut content, &mut facts, &mut problems)
        });
        // What the layer lacks is said once, by the walk.
        if let Some(error) = content.error {
            return Err(error);
        }
        let name = name.to_owned();
        self.emit(Event::Looked(Looked { analyzer, name, facts, problems, result }));
        Ok(())
    }

    /// Lets several analysers read a file that is too large to be held.
    fn share(
        &mut self,
        wanted: &[(usize, &str, Want)],
        row: PathEntry<'_>,
        most: u64,
        tar: &mut TarReader<'_>,
    ) -> Result<(), TarError> {
        let analyzers = self.analyzers;
        let list = analyzers.list();
        let prefix = |want: Want| match want {
            Want::Prefix(n) => (n as u64).min(most),
            _ => 0,
        };
        let head = wanted.iter().map(|w| prefix(w.2)).max().unwrap_or(0);
        let streams: Vec<(usize, &str)> =
            wanted.iter().filter(|w| w.2 == Want::Stream).map(|w| (w.0, w.1)).collect();
        let room = self.budget.layer_limit().saturating_sub(self.held_bytes);
        let memory = (STREAM_BYTES * streams.len() as u64 + head).min(room);
        let _lease = self.budget.take(self.layer, memory);
        let readers: Vec<(&dyn Analyzer, FileMeta<'_>)> = streams
            .iter()
            .map(|&(at, name)| {
                (list[at].as_ref(), FileMeta { entry: PathEntry { path: name, ..row } })
            })
            .collect();
        let mut content = EntryReader::new(tar, row.size);
        let (shared, beginning) =
            share(&mut content, usize::try_from(head).unwrap_or(usize::MAX), &readers);
        if let Some(error) = content.error {
            return Err(error);
        }
        for ((analyzer, name), shared) in streams.into_iter().zip(shared) {
            let (name, Shared { facts, problems, result }) = (name.to_owned(), shared);
            self.emit(Event::Looked(Looked { analyzer, name, facts, problems, result }));
        }
        for &(analyzer, name, want) in wanted.iter().filter(|w| w.2 != Want::Stream) {
            let bytes = beginning.get(..prefix(want) as usize).unwrap_or(&beginning);
            self.analyze(analyzer, name, row, bytes);
        }
        Ok(())
    }

    fn ask<'n>(
        &mut self,
        analyzer: usize,
        row: PathEntry<'_>,
        name: &'n str,
        head: &[u8],
        wanted: &mut Vec<(usize, &'n str, Want)>,
    ) {
        let analyzers = self.analyzers;
        let meta = FileMeta { entry: PathEntry { path: name, ..row } };
        match guarded(|| analyzers.list()[analyzer].wants(&meta, head)) {
            Some(Want::Skip) => {}
            Some(want) => wanted.push((analyzer, name, want)),
            None => self.emit(Event::Looked(Looked {
                analyzer,
                name: name.to_owned(),
                facts: Vec::new(),
                problems: Vec::new(),
                result: None,
            })),
        }
    }

    fn failed(&mut self, analyzer: usize, path: &str) {
        let message =
            format!("the {} analyser crashed on this file", self.analyzers.list()[analyzer].id());
        self.problems
            .push(Problem::new(ProblemKind::AnalyzerFailed, message).at(quoted(path.as_bytes())));
    }

    fn analyze(&mut self, analyzer: usize, name: &str, row: PathEntry<'_>, bytes: &[u8]) {
        if let Some(looked) = look(self.analyzers, analyzer, name, row, bytes) {
            self.emit(Event::Looked(looked));
        }
    }

    fn take_problems(&mut self, found: Vec<Problem>, path: &str, result: Result<(), FileError>) {
        for mut problem in found {
            problem.path.get_or_insert_with(|| quoted(path.as_bytes()));
            self.problems.push(problem);
        }
        if let Err(error) = result {
            self.problems.push(Problem::new(error.kind, error.message).at(quoted(path.as_bytes())));
        }
    }

    fn add_fact(&mut self, analyzer: usize, path: String, fact: Fact) {
        if self.fact_count == MAX_FACTS {
            let message = format!("more than {MAX_FACTS} facts; further ones were left out");
            self.problems.push_always(Problem::new(ProblemKind::LimitReached, message));
        }
        self.fact_count += 1;
        if self.fact_count <= MAX_FACTS {
            self.facts.entry(path).or_default().push((analyzer, fact));
        }
    }

    fn analyze_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        let analyzers = self.analyzers;
        for (at, analyzer) in analyzers.list().iter().enumerate() {
            let files: Vec<LayerFile<'_>> = held
                .range((at, String::new())..)
                .take_while(|((of, _), _)| *of == at)
                .map(|((_, path), held)| LayerFile {
                    meta: FileMeta {
                        entry: PathEntry {
                            path,
                            kind: EntryKind::File,
                            mode: held.mode,
                            uid: held.uid,
                            gid: held.gid,
                            size: held.content.0.len() as u64,
                            target: "",
                        },
                    },
                    bytes: &held.content.0,
                })
                .collect();
            let Some(first) = files.first() else { continue };
            let (mut facts, mut problems) = (Vec::new(), Vec::new());
            let result = guarded(|| analyzer.analyze_held(&files, &mut facts, &mut problems));
            match result {
                Some(result) => self.take_problems(problems, first.meta.path(), result),
                None => {
                    self.failed(at, first.meta.path());
                    continue;
                }
            }
            for (path, fact) in facts {
                self.add_fact(at, path, fact);
            }
        }
    }
}

/// The sort of problem that an error of the layer's stream is.
fn stream_problem(error: &io::Error) -> ProblemKind {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ProblemKind::LimitReached,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        io::ErrorKind::InvalidData if error.to_string().contains("digest") => {
            ProblemKind::DigestMismatch
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ProblemKind::Truncated,
        _ => ProblemKind::Unreadable,
    }
}

fn quoted(text: &[u8]) -> String {
    CappedText(text, MAX_QUOTED).to_string()
}
