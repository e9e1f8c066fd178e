//! The update itself: every feed is asked side by side whether it changed, understood by itself, and kept; then
//! a database is built of what is kept and put into use.
//!
//! A feed fails alone. What it said last stands in for it, however it failed: no answer, an answer that is no
//! feed, a parser that panics. Only when everything is there is anything changed that a scan could see.

mod build;
mod one;
mod plan;
mod state;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use plimsoll_feeds::{FeedError, Http};
use plimsoll_model::Digest;
use plimsoll_vulndb::{BuildStats, DbError, VulnDb};
use tokio::{sync::Semaphore, task::JoinSet};

pub use build::set_priorities;
pub use plan::{PlanError, Source, Task, plan};
pub use state::{FeedState, Kept, State};

use crate::{
    Installed, StoreError, Writer,
    lock::{self, LockError},
    records::About,
};

/// Feeds that are fetched at the same time.
const MAX_FETCHES: usize = 8;
/// Feeds that are parsed at the same time, at most: each may take some hundred megabytes.
const MAX_PARSERS: usize = 4;

/// How a feed gets on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// It is asked for.
    Fetching,
    /// A file begins, of so many bytes where that is known.
    Begins(Option<u64>),
    /// So many more bytes are there.
    Received(u64),
    /// It is parsed.
    Reading,
    /// It is done, well or not.
    Done,
}

/// Is told how an update gets on, from several threads.
pub trait Events: Send + Sync {
    /// A feed gets on.
    fn feed(&self, _id: &str, _stage: Stage) {}
    /// The database is built.
    fn building(&self) {}
}

/// Tells nobody.
impl Events for () {}

/// What an update is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Program and version; goes into the database.
    pub tool: String,
    /// Names the program's parsers: what others parsed is parsed again.
    pub parser: String,
    /// The time of the update.
    pub now: Timestamp,
    /// Ask for everything anew, build even if nothing changed, and put into use what was rolled back from or
    /// would lack feeds that failed.
    pub force: bool,
    /// Whether titles, descriptions and addresses are kept.
    pub keep_prose: bool,
}

/// What became of a feed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FeedOutcome {
    /// Parsed anew.
    Fresh,
    /// As it was when it was parsed last.
    Unchanged,
    /// It failed; what it said last stands in.
    LastGood(String),
    /// It failed and never succeeded: the database lacks it.
    Failed(String),
    /// The mirror does not carry it, or it has no download of its own; it was never there.
    Absent,
}

/// A feed of an update.
#[derive(Clone, Debug)]
pub struct FeedReport {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub outcome: FeedOutcome,
    /// The records that are used.
    pub about: Option<About>,
    /// Since when it fails.
    pub failed_since: Option<Timestamp>,
}

impl FeedReport {
    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            FeedOutcome::LastGood(error) | FeedOutcome::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// What became of the database.
#[derive(Clone, Debug)]
pub enum DatabaseOutcome {
    /// A new one is in use.
    Built(Installed, Box<BuildStats>),
    /// The current one was built from the very same records.
    Unchanged(Digest),
    /// The records are those of a database that was rolled back from.
    RolledBack(Digest),
    /// The new one would lack feeds that the current one has and that failed; the current one stays.
    WouldLose(Vec<String>),
    /// No feed has any records; nothing was changed.
    Nothing,
}

/// What an update did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every feed that was asked for, in the order of their ids.
    pub feeds: Vec<FeedReport>,
    /// The database.
    pub database: DatabaseOutcome,
    /// What is odd but harmed nothing.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// Feeds that failed.
    pub fn failed(&self) -> impl Iterator<Item = &FeedReport> {
        self.feeds.iter().filter(|feed| feed.error().is_some())
    }
}

/// Why an update as a whole failed; the current database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The store cannot be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database cannot be built.
    #[error("cannot build the database: {0}")]
    Build(#[from] DbError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] FeedError),
    /// A file of the kept feeds cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process works on the kept feeds.
    #[error("another process{} is fetching feeds into {folder}", pid.map(|p| format!(" ({p})")).unwrap_or_default())]
    Busy {
        /// Its process id, where it wrote one.
        pid: Option<u32>,
        /// The folder.
        folder: std::path::PathBuf,
    },
}

impl UpdateError {
    pub(crate) fn io(path: impl Into<std::path::PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// What the tasks of an update share.
struct Shared {
    kept: Kept,
    http: Http,
    options: Options,
    events: Arc<dyn Events>,
    fetches: Semaphore,
    parsers: Semaphore,
}

/// Fetches `tasks` into `kept` and puts a database of them into use with `writer`. Must run on a tokio runtime.
///
/// # Errors
/// Where the machine is at fault: a full disk, a folder that cannot be written. Feeds fail alone.
pub async fn update(
    tasks: Vec<Task>,
    kept: &Kept,
    writer: &Writer,
    http: Http,
    options: Options,
    events: Arc<dyn Events>,
) -> Result<Outcome, UpdateError> {
    std::fs::create_dir_all(kept.folder()).map_err(UpdateError::io(kept.folder()))?;
    let _lock = lock::acquire(kept.folder()).map_err(|error| match error {
        LockError::Busy(pid) => UpdateError::Busy { pid, folder: kept.folder().to_owned() },
        LockError::Io(error) => UpdateError::io(kept.folder())(error),
    })?;
    kept.create().map_err(UpdateError::io(kept.folder()))?;
    let (mut state, garbled) = kept.state();
    let mut warnings: Vec<String> = garbled
        .into_iter()
        .map(|what| format!("the state of the feeds is forgotten: {what}"))
        .collect();

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let shared = Arc::new(Shared {
        kept: kept.clone(),
        http,
        options,
        events,
        fetches: Semaphore::new(MAX_FETCHES),
        parsers: Semaphore::new(cores.min(MAX_PARSERS)),
    });
    let feeds = all_feeds(tasks, &shared, &mut state).await;
    let saved = shared.kept.write_state(&state);
    warnings.extend(saved.err().map(|e| format!("{}: {e}", shared.kept.state_path().display())));
    let database = database(&feeds, &shared, writer)?;
    Ok(Outcome { feeds, database, warnings })
}

async fn all_feeds(tasks: Vec<Task>, shared: &Arc<Shared>, state: &mut State) -> Vec<FeedReport> {
    let mut running = JoinSet::new();
    for task in tasks {
        let before = state.feeds.get(task.feed.id()).cloned().unwrap_or_default();
        running.spawn(one::feed(task, before, shared.clone()));
    }
    let mut feeds = BTreeMap::new();
    while let Some(done) = running.join_next().await {
        // A task of ours catches whatever a feed does; it is not cancelled either.
        let Ok((report, after)) = done else { continue };
        if report.outcome != FeedOutcome::Absent {
            state.feeds.insert(report.id.clone(), after);
        }
        feeds.insert(report.id.clone(), report);
        // Now: a process that is killed while it builds must not forget what it fetched.
        let _ = shared.kept.write_state(state);
    }
    feeds.into_values().collect()
}

fn database(
    feeds: &[FeedReport],
    shared: &Shared,
    writer: &Writer,
) -> Result<DatabaseOutcome, UpdateError> {
    let used: Vec<&About> = feeds.iter().filter_map(|feed| feed.about.as_ref()).collect();
    if used.is_empty() {
        return Ok(DatabaseOutcome::Nothing);
    }
    let store = writer.store();
    let options = &shared.options;
    let inputs = build::inputs(&used, options);
    let current = VulnDb::open(store.current()).ok();
    if !options.force {
        if let Some(current) = &current {
            let digest = current.info().digest;
            if store.inputs_of(&digest).as_ref() == Some(&inputs) {
                return Ok(DatabaseOutcome::Unchanged(digest));
            }
            let has = |id: &str| current.meta().feeds.iter().any(|f| f.id == id && f.records > 0);
            let lost = feeds
                .iter()
                .filter(|f| matches!(f.outcome, FeedOutcome::Failed(_)) && has(&f.id))
                .map(|f| f.id.clone());
            let lost: Vec<String> = lost.collect();
            if !lost.is_empty() {
                return Ok(DatabaseOutcome::WouldLose(lost));
            }
        }
        let same = |digest: &Digest| store.inputs_of(digest).as_ref() == Some(&inputs);
        if let Some(digest) = store.rolled_back().into_iter().find(same) {
            return Ok(DatabaseOutcome::RolledBack(digest));
        }
    }
    shared.events.building();
    let staged = store.incoming().join(".update.db");
    let stats = build::build(&used, &shared.kept, options, &staged)?;
    let installed = writer.install(&staged, stats.digest.as_ref(), options.force)?;
    writer.note_inputs(&installed.digest, &inputs)?;
    Ok(DatabaseOutcome::Built(installed, Box::new(stats)))
}

#[cfg(test)]
mod tests;
