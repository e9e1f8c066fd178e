//! `plimsoll db build`: a database from advisories on disk or from their upstream addresses.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use plimsoll_feeds::{Feed, Http, Origin};
use plimsoll_model::FeedInfo;
use plimsoll_policy::ExitCode;
use plimsoll_vulndb::{BuildOptions, Builder, VulnDb};

use crate::{
    args::{DbBuildArgs, Global},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
    scan::open_db,
};

/// Bad records of one feed that are shown.
const MAX_BAD_SHOWN: usize = 10;

/// What users' own feeds are worth beside the public ones: their word goes first.
const OWN_PRIORITY: u8 = 30;

/// Longest name of a user's own feed.
const MAX_OWN_NAME: usize = 64;

/// A feed and where to take it from.
struct Wanted {
    feed: Box<dyn Feed>,
    origin: Origin,
    /// What its records are called: its id, or the name that the user gives them.
    name: String,
}

impl Wanted {
    fn is_own(&self) -> bool {
        self.name != self.feed.id()
    }
}

fn wanted(text: &str, offline: bool) -> Result<Wanted> {
    let (id, origin) = text
        .split_once('=')
        .with_context(|| format!("`{text}` is not ID=ORIGIN, as in alpine-secdb=./secdb"))?;
    let (id, name) = match id.split_once('@') {
        Some((id, name)) => (id, own_name(name)?),
        None => (id, id.to_owned()),
    };
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
    Ok(Wanted { feed, origin, name })
}

/// A name that cannot be taken for a public feed's.
fn own_name(name: &str) -> Result<String> {
    let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || name.len() > MAX_OWN_NAME || !name.bytes().all(sound) {
        bail!("`{name}` is no name for a feed (lower-case letters, digits and dashes)");
    }
    if plimsoll_feeds::by_id(name).is_some() {
        bail!("`{name}` is the id of a feed; choose another name for your own");
    }
    Ok(name.to_owned())
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
    let base = match args.base.as_deref() {
        None => None,
        Some(path) if path == Path::new("current") => Some(open_db(None, global)?),
        Some(path) => Some(open_db(Some(path), global)?),
    };
    make(&wanted, base.as_ref(), &output, args.facts_only, global, &Bars::new(global.quiet))?;
    Ok(ExitCode::Success)
}

/// Fetches, parses and writes.
fn make(
    wanted: &[Wanted],
    base: Option<&VulnDb>,
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
    // What did not change since then stays the same bytes, so that the difference is small.
    options.previous = output.is_file().then(|| output.to_owned());
    let mut builder = Builder::new(options).context("cannot start a build")?;
    plimsoll_updater::set_priorities(&mut builder);
    let of_base = base.iter().flat_map(|db| &db.meta().feeds).map(|feed| feed.id.as_str());
    let names = of_base.chain(wanted.iter().map(|wanted| wanted.name.as_str()));
    for own in names.filter(|name| plimsoll_feeds::by_id(name).is_none()) {
        builder.priority(own, OWN_PRIORITY);
    }
    if let Some(base) = base {
        let step = bars.step("reading the database to build on");
        let anew: BTreeSet<String> = wanted.iter().map(|wanted| wanted.name.clone()).collect();
        builder.add_database(base, &anew).context("cannot build on the database")?;
        step.finish_and_clear();
    }
    let mut infos: BTreeMap<String, FeedInfo> = BTreeMap::new();
    // A broken feed ends the build: the last good database stays, and none that lacks a feed that was
    // asked for can pass for complete.
    for (wanted, path) in wanted.iter().zip(&paths) {
        let info = parse(wanted, path, &mut builder, bars).with_context(|| {
            format!("cannot use the feed {}; nothing was written", wanted.feed.id())
        })?;
        // A feed that is named several times is one feed of several places.
        match infos.get_mut(&info.id) {
            None => drop(infos.insert(info.id.clone(), info)),
            Some(known) => {
                known.date = known.date.max(info.date);
                known.records += info.records;
                known.skipped += info.skipped;
            }
        }
    }
    infos.into_values().for_each(|info| builder.feed(info));
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
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for Wanted { feed, origin, .. } in wanted {
            // The same feed from another place must not go over the files of the first.
            let times = seen.entry(feed.id()).or_default();
            *times += 1;
            let downloads = match *times {
                1 => downloads.to_owned(),
                n => downloads.join(format!("place-{n}")),
            };
            let step = bars.step(format!("fetching {}", feed.id()));
            let fetched = feed
                .fetch(&http, origin, None, &downloads)
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
    let stats = wanted.feed.parse(path, &mut |mut advisory| {
        if wanted.is_own() {
            advisory.feed.clone_from(&wanted.name);
        }
        if failed.is_none() {
            failed = builder.add(advisory).err();
        }
    })?;
    for (namespace, end) in stats.ends {
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
        id: wanted.name.clone(),
        date: stats.date,
        records: stats.records,
        skipped: stats.bad,
        licence: if wanted.is_own() { String::new() } else { meta.licence.to_owned() },
        source: match &wanted.origin {
            _ if wanted.is_own() => String::new(),
            Origin::Mirror(url) => url.clone(),
            // A path of the machine that built it would tell nothing to anybody else.
            Origin::Local(_) | Origin::Upstream => meta.homepage.to_owned(),
        },
        knows: wanted.feed.knows(),
    })
}
