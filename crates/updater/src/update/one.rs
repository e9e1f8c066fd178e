//! One feed of an update: fetched, parsed, kept; or what it said last.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use plimsoll_feeds::{Feed, FeedError, Origin, Progress};
use plimsoll_model::CappedText;
use url::Url;

use super::{FeedOutcome, FeedReport, FeedState, Shared, Stage, Task};
use crate::records::{About, Provenance, Records, RecordsWriter};

/// Longest error that is remembered, in bytes.
const MAX_ERROR: usize = 1000;

/// Why a feed failed.
enum Failure {
    /// The mirror does not carry it.
    Absent,
    Feed(FeedError),
    Other(String),
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        Self::Feed(error)
    }
}

pub(super) async fn feed(
    task: Task,
    mut state: FeedState,
    shared: Arc<Shared>,
) -> (FeedReport, FeedState) {
    let id = task.feed.id();
    let done = current(&task, &state, &shared).await;
    let now = shared.options.now;
    let (outcome, about) = match done {
        Ok((about, fresh)) => {
            state.succeeded(now);
            (if fresh { FeedOutcome::Fresh } else { FeedOutcome::Unchanged }, Some(about))
        }
        Err(failure) => {
            let path = shared.kept.records(id);
            let last_good = tokio::task::spawn_blocking(move || last_good(&path)).await;
            let last_good = last_good.ok().flatten();
            match (failure, last_good) {
                (Failure::Absent, None) => (FeedOutcome::Absent, None),
                (failure, last_good) => {
                    let error = text_of(&failure);
                    state.failed(now, &error);
                    state.not_before = match failure {
                        Failure::Feed(FeedError::Limited { until, .. }) => Some(until),
                        _ => state.not_before.filter(|until| *until > now),
                    };
                    match last_good {
                        Some(about) => (FeedOutcome::LastGood(error), Some(about)),
                        None => (FeedOutcome::Failed(error), None),
                    }
                }
            }
        }
    };
    shared.events.feed(id, Stage::Done);
    let failed_since = state.failed_since;
    (FeedReport { id: id.to_owned(), outcome, about, failed_since }, state)
}

fn text_of(failure: &Failure) -> String {
    let text = match failure {
        Failure::Absent => "its source does not have it any more".to_owned(),
        Failure::Feed(error) => error.to_string(),
        Failure::Other(text) => text.clone(),
    };
    CappedText(text.as_bytes(), MAX_ERROR).to_string()
}

/// The feed's records as of now, and whether they had to be parsed.
async fn current(
    task: &Task,
    state: &FeedState,
    shared: &Arc<Shared>,
) -> Result<(About, bool), Failure> {
    let id = task.feed.id();
    let Shared { kept, options, .. } = &**shared;
    if let Some(until) = state.not_before.filter(|until| *until > options.now && !options.force) {
        return Err(Failure::Other(format!("its server wants to be asked again after {until}")));
    }
    let place = shared.fetches.acquire().await;
    shared.events.feed(id, Stage::Fetching);
    let events = shared.events.clone();
    let http = shared.http.with_progress(Arc::new(move |progress| {
        events.feed(
            id,
            match progress {
                Progress::Begins(len) => Stage::Begins(len),
                Progress::Received(bytes) => Stage::Received(bytes),
            },
        );
    }));
    let cursor = if options.force { None } else { kept.cursor(id) };
    let files = kept.files();
    let fetched = match task.feed.fetch(&http, &task.origin, cursor.as_ref(), &files).await {
        Ok(fetched) => fetched,
        Err(error) => {
            let absent = match error {
                FeedError::NoUpstream { .. } => true,
                // Of a feed of many files each may be missing; then there is nothing at all.
                FeedError::Missing { .. } | FeedError::Empty { .. } => {
                    matches!(task.origin, Origin::Mirror(_))
                }
                _ => false,
            };
            return Err(if absent && task.may_be_absent { Failure::Absent } else { error.into() });
        }
    };
    if !matches!(task.origin, Origin::Local(_)) {
        // Without it the next update downloads again, no more.
        let _ = kept.write_cursor(id, &fetched.cursor);
    }
    drop(place);

    let _place = shared.parsers.acquire().await;
    let input: BTreeMap<String, String> =
        fetched.cursor.0.into_iter().map(|(at, v)| (without_secrets(&at), v.fingerprint)).collect();
    let source = match &task.origin {
        Origin::Mirror(url) => without_secrets(url),
        // A path of the machine that built it would tell nothing to anybody else.
        Origin::Local(_) | Origin::Upstream => task.feed.meta().homepage.to_owned(),
    };
    let from = Provenance {
        feed: id.to_owned(),
        parser: options.parser.clone(),
        input,
        parsed: options.now,
        licence: task.feed.meta().licence.to_owned(),
        source,
        knows: task.feed.knows(),
    };
    let (feed, records) = (task.feed.clone(), kept.records(id));
    let (force, events) = (options.force, shared.events.clone());
    let work = tokio::task::spawn_blocking(move || {
        if !force && let Some(about) = last_good(&records) {
            let same = (&about.parser, &about.input, &about.source)
                == (&from.parser, &from.input, &from.source);
            if same {
                return Ok((about, false));
            }
        }
        events.feed(id, Stage::Reading);
        parse(feed.as_ref(), &fetched.path, &records, from).map(|about| (about, true))
    });
    match work.await {
        Ok(done) => done,
        Err(panic) if panic.is_panic() => {
            Err(Failure::Other("its parser failed with an internal error; please report it".into()))
        }
        Err(cancelled) => Err(Failure::Other(cancelled.to_string())),
    }
}

fn last_good(path: &Path) -> Option<About> {
    Some(Records::open(path).ok()?.about().clone())
}

fn parse(feed: &dyn Feed, input: &Path, to: &Path, from: Provenance) -> Result<About, Failure> {
    let failed = |error: io::Error| Failure::Other(format!("{}: {error}", to.display()));
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut writer = RecordsWriter::new(folder).map_err(failed)?;
    let mut written = Ok(());
    let stats = feed.parse(input, &mut |advisory| {
        if written.is_ok() {
            written = writer.add(&advisory);
        }
    })?;
    written.map_err(failed)?;
    writer.finish(to, from, &stats).map_err(failed)
}

/// An address without user name, password and query, which may hold a token; a path as it is.
fn without_secrets(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if matches!(url.scheme(), "http" | "https") => {
            let _ = (url.set_username(""), url.set_password(None));
            url.set_query(None);
            url.to_string()
        }
        _ => text.to_owned(),
    }
}
