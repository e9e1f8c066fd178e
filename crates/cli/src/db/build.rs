//! `plimsoll db build`: a database from advisories on disk or from their upstream addresses.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use plimsoll_feeds::{Feed, Http, Origin};
use plimsoll_model::FeedInfo;
use plimsoll_policy::ExitCode;
use plimsoll_vulndb::{BuildOptions, Builder};

use crate::{
    args::{DbBuildArgs, Global},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

/// Bad records of one feed that are shown.
const MAX_BAD_SHOWN: usize = 10;

/// A feed and where to take it from.
pub(super) struct Wanted {
    pub(super) feed: Box<dyn Feed>,
    pub(super) origin: Origin,
}

fn wanted(text: &str, offline: bool) -> Result<Wanted> {
    let (id, origin) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not ID=ORIGIN, as in alpine-secdb=./secdb"))?;
    let feed = plimsoll_feeds::by_id(id).ok_or_else(|| {
        anyhow!("no feed `{id}`; `plimsoll db build --list-feeds` lists those that there are")
    })?;
    let origin = if origin == "upstream" { Origin::Upstream } else { Origin::parse(origin) };
    if offline && !matches!(origin, Origin::Local(_)) {
        bail!("--offline was given, but {id} is to be fetched");
    }
    if let Origin::Local(path) = &origin
        && !path.exists()
    {
        bail!("{id}: {} does not exist", path.display());
    }
    Ok(Wanted { feed, origin })
}

/// Builds a database from the feeds that the user names.
pub(super) fn run(args: &DbBuildArgs, global: &Global) -> Result<ExitCode, Failure> {
    let output = args.output.clone().context("no --output given").or_usage()?;
    let wanted: Vec<Wanted> = args
        .feed
        .iter()
        .map(|text| wanted(text, global.offline))
        .collect::<Result<_>>()
        .or_usage()?;
    make(&wanted, &output, args.facts_only, global, &Bars::new(global.quiet))?;
    Ok(ExitCode::Success)
}

/// Fetches, parses and writes.
pub(super) fn make(
    wanted: &[Wanted],
    output: &Path,
    facts_only: bool,
    global: &Global,
    bars: &Bars,
) -> Result<()> {
    let downloads = places::cache_dir(global)
        .map_or_else(|| std::env::temp_dir().join("plimsoll-feeds"), |dir| dir.join("feeds/build"));
    let paths = fetch_all(wanted, &downloads, bars)?;

    let tool = concat!("plimsoll ", env!("CARGO_PKG_VERSION"));
    let mut options = BuildOptions::new(tool, Timestamp::now());
    options.keep_prose = !facts_only;
    options.keep_unreferenced = !facts_only;
    if facts_only {
        // A database of facts is made to be reproduced: it bears the date of its data, not of its making.
        options.built = Timestamp::UNIX_EPOCH;
    }
    let mut builder = Builder::new(options).context("cannot start a build")?;
    plimsoll_updater::set_priorities(&mut builder);
    // A broken feed ends the build: the last good database stays, and none that lacks a feed that was
    // asked for can pass for complete.
    for (wanted, path) in wanted.iter().zip(&paths) {
        let info = parse(wanted, path, &mut builder, bars).with_context(|| {
            format!("cannot use the feed {}; nothing was written", wanted.feed.id())
        })?;
        builder.feed(info);
    }
    let step = bars.step("sorting and writing");
    let stats = builder
        .finish_to_path(output)
        .with_context(|| format!("cannot write {}", output.display()))?;
    step.finish_and_clear();
    bars.note(&format!(
        "{}: {} flaws in {} packages, {} rows, {:.1} MB",
        output.display(),
        stats.affecting,
        stats.packages,
        stats.rows,
        stats.bytes as f64 / 1e6
    ));
    Ok(())
}

fn fetch_all(wanted: &[Wanted], downloads: &Path, bars: &Bars) -> Result<Vec<PathBuf>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the network runtime")?;
    runtime.block_on(async {
        let http = Http::new()?;
        let mut paths = Vec::new();
        for Wanted { feed, origin } in wanted {
            let step = bars.step(format!("fetching {}", feed.id()));
            let fetched = feed
                .fetch(&http, origin, None, downloads)
                .await
                .with_context(|| format!("cannot fetch {}; nothing was written", feed.id()))?;
            step.finish_and_clear();
            paths.push(fetched.path);
        }
        Ok(paths)
    })
}

fn parse(wanted: &Wanted, path: &Path, builder: &mut Builder, bars: &Bars) -> Result<FeedInfo> {
    let meta = wanted.feed.meta();
    let step = bars.step(format!("reading {}", meta.id));
    let mut failed = None;
    let stats = wanted.feed.parse(path, &mut |advisory| {
        if failed.is_none() {
            failed = builder.add(advisory).err();
        }
    })?;
    for (namespace, end) in wanted.feed.ends(path)? {
        builder.end_of_life(namespace, end);
    }
    step.finish_and_clear();
    if let Some(error) = failed {
        return Err(error).context("cannot add an advisory");
    }
    if stats.bad > 0 {
        bars.warn(&format!("{}: {} bad records were left out", meta.id, stats.bad));
        for bad in stats.problems.iter().take(MAX_BAD_SHOWN) {
            bars.note(&format!("  {}: {}", bad.place, bad.message));
        }
    }
    Ok(FeedInfo {
        id: meta.id.to_owned(),
        date: stats.date,
        records: stats.records,
        skipped: stats.bad,
        licence: meta.licence.to_owned(),
        source: match &wanted.origin {
            Origin::Mirror(url) => url.clone(),
            // A path of the machine that built it would tell nothing to anybody else.
            Origin::Local(_) | Origin::Upstream => meta.homepage.to_owned(),
        },
        knows: wanted.feed.knows(),
    })
}
