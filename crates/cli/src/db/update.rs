//! `plimsoll db update`: what changed upstream or in a mirror, into the database that scans use.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, anyhow};
use jiff::{Timestamp, tz::Offset};
use plimsoll_feeds::Http;
use plimsoll_policy::ExitCode;
use plimsoll_updater::{
    DatabaseOutcome, FeedOutcome, FeedReport, Options, Outcome, Source, StoreError, UpdateError,
    plan, update,
};

use super::{feed_bars::FeedBars, pull};
use crate::{
    args::{DbUpdateArgs, Global},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

const TOOL: &str = concat!("plimsoll ", env!("CARGO_PKG_VERSION"));

/// Updates, and says what became of each feed that did not go well.
pub(super) fn run(args: &DbUpdateArgs, global: &Global) -> Result<ExitCode, Failure> {
    if let Some(source) = args.from.as_deref().filter(|from| pull::is_published(from)) {
        if !args.feed.is_empty() || !args.without.is_empty() {
            return Err(anyhow!(
                "--feed and --without choose feeds; a published database is whole"
            ))
            .or_usage();
        }
        return pull::update(source, &args.trust, &args.registry, args.force, global);
    }
    let cache = places::cache_dir(global)
        .context("no home folder and no --cache-dir: nowhere to put the database")
        .or_usage()?;
    from_feeds(args, global, &cache)
}

/// Builds the database here, of the feeds' own files.
fn from_feeds(args: &DbUpdateArgs, global: &Global, cache: &Path) -> Result<ExitCode, Failure> {
    let source = args.from.as_deref().map_or(Source::Upstream, Source::parse);
    if let Source::Folder(folder) = &source
        && !folder.is_dir()
    {
        return Err(anyhow!("{} is no folder", folder.display())).or_usage();
    }
    let tasks = plan(&source, &args.feed, &args.without, global.offline)
        .context("nothing was updated (`plimsoll db build --list-feeds` lists the feeds)")
        .or_usage()?;
    let writer = places::store(cache).writer().map_err(store_failure)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the network runtime")?;
    let http = Http::new().context("cannot set up the network")?;
    let bars = Arc::new(Bars::new(global.quiet));
    let options = Options {
        tool: TOOL.to_owned(),
        parser: parser(),
        now: Timestamp::now(),
        force: args.force,
        keep_prose: true,
    };
    let events = Arc::new(FeedBars::new(bars.clone()));
    let kept = places::kept(cache);
    let work = update(tasks, &kept, &writer, http, options, events);
    let done = runtime.block_on(work);
    bars.clear();
    let outcome = done.map_err(|error| match error {
        UpdateError::Store(error) => store_failure(error),
        error @ UpdateError::Busy { .. } => Failure { code: ExitCode::Busy, error: error.into() },
        error => anyhow!(error).context("nothing was put into use").into(),
    })?;
    tell(&outcome, &bars);
    Ok(code(&outcome))
}

/// The exit code of a store that cannot be changed.
pub(super) fn store_failure(error: StoreError) -> Failure {
    let code = match error {
        StoreError::Busy { .. } => ExitCode::Busy,
        StoreError::Io { .. } => ExitCode::Internal,
        _ => ExitCode::Usage,
    };
    Failure { code, error: error.into() }
}

/// Names this program's parsers. A program of the same version that was built anew may have others.
fn parser() -> String {
    let own = std::env::current_exe().and_then(std::fs::metadata);
    let stamp = own.ok().map(|meta| {
        let changed = meta.modified().ok().and_then(|t| Timestamp::try_from(t).ok());
        format!(" {} {}", meta.len(), changed.unwrap_or_default())
    });
    format!("{TOOL}{}", stamp.unwrap_or_default())
}

fn code(outcome: &Outcome) -> ExitCode {
    let failed = outcome.failed().count();
    match &outcome.database {
        DatabaseOutcome::Nothing => ExitCode::NotAcquired,
        _ if failed == 0 => ExitCode::Success,
        _ if failed
            == outcome.feeds.iter().filter(|f| f.outcome != FeedOutcome::Absent).count() =>
        {
            ExitCode::NotAcquired
        }
        _ => ExitCode::Incomplete,
    }
}

fn tell(outcome: &Outcome, bars: &Bars) {
    outcome.warnings.iter().for_each(|warning| bars.warn(warning));
    for feed in &outcome.feeds {
        match &feed.outcome {
            FeedOutcome::LastGood(error) => bars.warn(&format!(
                "{}: {error}; its last good records are used{}",
                feed.id,
                age(feed)
            )),
            FeedOutcome::Failed(error) => bars.warn(&format!(
                "{}: {error}; it never succeeded here, and what only it covers is not covered",
                feed.id
            )),
            FeedOutcome::Fresh => bad(feed, bars),
            FeedOutcome::Unchanged | FeedOutcome::Absent => {}
        }
    }
    let fresh = outcome.feeds.iter().filter(|f| f.outcome == FeedOutcome::Fresh).count();
    let used = outcome.feeds.iter().filter(|f| f.about.is_some()).count();
    match &outcome.database {
        DatabaseOutcome::Built(installed, stats) => bars.note(&format!(
            "{} is in use: {used} feeds ({fresh} changed), {} flaws in {} packages, {} rows, {:.1} MB",
            installed.digest,
            stats.affecting,
            stats.packages,
            stats.rows,
            stats.bytes as f64 / 1e6
        )),
        DatabaseOutcome::Unchanged(digest) => {
            bars.note(&format!("nothing changed: {digest} stays in use"));
        }
        DatabaseOutcome::RolledBack(digest) => bars.warn(&format!(
            "the feeds are those of {digest}, which was rolled back from; the database in use stays \
             (--force puts it into use again)"
        )),
        DatabaseOutcome::WouldLose(lost) => bars.warn(&format!(
            "the database in use stays: a new one would lack {}, which failed; leave it out with \
             --without, or use --force",
            lost.join(", ")
        )),
        DatabaseOutcome::Nothing => bars.warn("no feed could be had; nothing was changed"),
    }
}

/// How old the records of a feed are that failed.
fn age(feed: &FeedReport) -> String {
    let day = |t: Timestamp| Offset::UTC.to_datetime(t).date();
    let of = feed.about.as_ref().map(|about| match about.date {
        Some(date) => format!(" (data of {date}, read on {})", day(about.parsed)),
        None => format!(" (read on {})", day(about.parsed)),
    });
    let since = feed.failed_since.map(|since| format!("; it fails since {}", day(since)));
    format!("{}{}", of.unwrap_or_default(), since.unwrap_or_default())
}

fn bad(feed: &FeedReport, bars: &Bars) {
    let Some(about) = feed.about.as_ref().filter(|about| about.bad > 0) else { return };
    bars.warn(&format!("{}: {} bad records were left out", feed.id, about.bad));
    for (place, message) in &about.problems {
        bars.note(&format!("  {place}: {message}"));
    }
}
