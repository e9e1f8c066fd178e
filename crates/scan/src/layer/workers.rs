//! Threads that let the analysers look at files while the layer is read on.
//!
//! Decompression runs evenly, analysis does not: a folder of programs takes no time, a megabyte of scripts some. So the
//! files wait in a queue for the analysers, of a bounded number of bytes out of the shared part of the memory budget.
//! Where that is full, the walking thread looks at its file itself, which is work done, too.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
};

use plimsoll_model::{EntryKind, Fact, FileError, FileMeta, LayerFile, PathEntry, Problem};

use super::pass::guarded;
use crate::{
    AnalyzerSet,
    budget::{Budget, Lease},
};

/// Most bytes of files that wait.
const MAX_WAITING: u64 = 32 << 20;

/// Files are handed over in batches of about so many bytes …
const BATCH_BYTES: u64 = 256 << 10;

/// … or so many files: waking a thread costs more than looking at a small one.
const BATCH_FILES: usize = 32;

/// What one analyser made of one file.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) analyzer: usize,
    /// Name under which the file was offered.
    pub(super) name: String,
    pub(super) facts: Vec<Fact>,
    pub(super) problems: Vec<Problem>,
    /// `None` where the analyser crashed.
    pub(super) result: Option<Result<(), FileError>>,
}

/// Lets one analyser look at one file; `None` where it has nothing to say.
pub(super) fn look(
    analyzers: &AnalyzerSet,
    analyzer: usize,
    name: &str,
    row: PathEntry<'_>,
    bytes: &[u8],
) -> Option<Looked> {
    let file = LayerFile { meta: FileMeta { entry: PathEntry { path: name, ..row } }, bytes };
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    let result = guarded(|| analyzers.list()[analyzer].analyze(&file, &mut facts, &mut problems));
    if facts.is_empty() && problems.is_empty() && matches!(result, Some(Ok(()))) {
        return None;
    }
    Some(Looked { analyzer, name: name.to_owned(), facts, problems, result })
}

/// A file in memory, and who looks at it: analyser, name, bytes from the beginning.
pub(super) struct Job<'a> {
    /// Number of the place in the order of the walk.
    pub(super) place: u64,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    pub(super) wanted: Vec<(usize, String, usize)>,
    pub(super) bytes: Vec<u8>,
    pub(super) lease: Lease<'a>,
}

/// A job that is done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) place: u64,
    pub(super) looked: Vec<Looked>,
    bytes: u64,
}

impl Job<'_> {
    fn run(self, analyzers: &AnalyzerSet) -> Done {
        let Self { place, mode, uid, gid, size, wanted, bytes, lease } = self;
        let looked = wanted.iter().filter_map(|(analyzer, name, most)| {
            let path = name;
            let row = PathEntry { path, kind: EntryKind::File, mode, uid, gid, size, target: "" };
            look(analyzers, *analyzer, name, row, bytes.get(..*most).unwrap_or(&bytes))
        });
        let looked = looked.collect();
        let taken = bytes.len() as u64;
        drop((bytes, lease));
        Done { place, looked, bytes: taken }
    }
}

type Batch<'a> = Vec<Job<'a>>;

/// What waits; closed once the walking thread has no more.
#[derive(Default)]
struct Queue<'a> {
    state: Mutex<(VecDeque<Batch<'a>>, bool)>,
    more: Condvar,
}

impl<'a> Queue<'a> {
    fn lock(&self) -> MutexGuard<'_, (VecDeque<Batch<'a>>, bool)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, batch: Batch<'a>) {
        self.lock().0.push_back(batch);
        self.more.notify_one();
    }

    fn try_pop(&self) -> Option<Batch<'a>> {
        self.lock().0.pop_front()
    }

    /// Waits for a batch; `None` once the queue is closed and empty.
    fn pop(&self) -> Option<Batch<'a>> {
        let mut state = self.lock();
        loop {
            if let Some(batch) = state.0.pop_front() {
                return Some(batch);
            }
            if state.1 {
                return None;
            }
            state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.lock().1 = true;
        self.more.notify_all();
    }
}

/// The walking thread's end. Dropping it ends the workers once nothing waits.
pub(super) struct Workers<'a> {
    analyzers: &'a AnalyzerSet,
    budget: &'a Budget,
    queue: Arc<Queue<'a>>,
    done: Receiver<Vec<Done>>,
    batch: Batch<'a>,
    batch_bytes: u64,
    /// Bytes handed over and not yet done.
    under_way: u64,
}

/// A worker's end.
pub(super) struct Worker<'a> {
    analyzers: &'a AnalyzerSet,
    queue: Arc<Queue<'a>>,
    done: Sender<Vec<Done>>,
}

impl<'a> Workers<'a> {
    /// The queue, and so many ends of it for threads that the caller starts.
    pub(super) fn new(
        analyzers: &'a AnalyzerSet,
        budget: &'a Budget,
        count: usize,
    ) -> (Self, Vec<Worker<'a>>) {
        let queue = Arc::<Queue<'_>>::default();
        let (tell, done) = channel();
        let worker = |_| Worker { analyzers, queue: Arc::clone(&queue), done: tell.clone() };
        let workers = (0..count).map(worker).collect();
        let batch = Vec::new();
        (Self { analyzers, budget, queue, done, batch, batch_bytes: 0, under_way: 0 }, workers)
    }

    /// Room for a file of so many bytes in the queue; `None` where it is full.
    pub(super) fn room(&self, bytes: u64) -> Option<Lease<'a>> {
        let waiting = self.under_way + self.batch_bytes;
        // A file larger than the whole may wait alone.
        if waiting > 0 && waiting + bytes > MAX_WAITING {
            return None;
        }
        self.budget.try_take_shared(bytes)
    }

    /// Hands a file over.
    pub(super) fn add(&mut self, job: Job<'a>) {
        self.batch_bytes += job.bytes.len() as u64;
        self.batch.push(job);
        if self.batch.len() >= BATCH_FILES || self.batch_bytes >= BATCH_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.under_way += std::mem::take(&mut self.batch_bytes);
            self.queue.push(std::mem::take(&mut self.batch));
        }
    }

    /// What is done by now.
    pub(super) fn done(&mut self) -> Vec<Done> {
        let all: Vec<Done> = self.done.try_iter().flatten().collect();
        self.note(&all);
        all
    }

    /// Helps with what waits, and returns something that is done. Only for where something is under way.
    pub(super) fn wait(&mut self) -> Vec<Done> {
        self.flush();
        let all = match self.queue.try_pop() {
            Some(batch) => run(batch, self.analyzers),
            None => self.done.recv().unwrap_or_default(),
        };
        self.note(&all);
        all
    }

    fn note(&mut self, done: &[Done]) {
        self.under_way -= done.iter().map(|done| done.bytes).sum::<u64>();
    }
}

impl Drop for Workers<'_> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Worker<'_> {
    /// Works until the walking thread has closed the queue.
    pub(super) fn run(self) {
        while let Some(batch) = self.queue.pop() {
            if self.done.send(run(batch, self.analyzers)).is_err() {
                return;
            }
        }
    }
}

fn run(batch: Batch<'_>, analyzers: &AnalyzerSet) -> Vec<Done> {
    let one = |job: Job<'_>| {
        let (place, bytes) = (job.place, job.bytes.len() as u64);
        let first = job.wanted.first().map(|(analyzer, name, _)| (*analyzer, name.clone()));
        // Analysers are guarded one by one. Whatever else goes wrong, the walking thread must get its answer: it waits.
        guarded(|| job.run(analyzers)).unwrap_or_else(|| Done {
            place,
            looked: first
                .map(|(analyzer, name)| Looked {
                    analyzer,
                    name,
                    facts: Vec::new(),
                    problems: Vec::new(),
                    result: None,
                })
                .into_iter()
                .collect(),
            bytes,
        })
    };
    batch.into_iter().map(one).collect()
}
