//! `plimsoll db`: what the advisory database holds, and building one.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use jiff::{Timestamp, Unit, civil::Date};
use plimsoll_feeds::{Feed, Http, Origin};
use plimsoll_model::FeedInfo;
use plimsoll_policy::ExitCode;
use plimsoll_vulndb::{BuildOptions, Builder};

use crate::{
    args::{DbBuildArgs, DbCommand, DbStatusArgs, DbUpdateArgs, Global},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
    scan::{open_db, today},
};

/// Which feed speaks for a release when several do: a tracker knows states that a list of fixes does not, and a
/// distribution's own feed knows more than a generic one. Feeds that are not named have 10.
const PRIORITIES: &[(&str, u8)] = &[
    ("debian-lists", 5),
    ("osv", 5),
    ("ubuntu-oval", 8),
    ("debian-tracker", 20),
    ("ubuntu-osv", 20),
];

/// Bad records of one feed that are shown.
const MAX_BAD_SHOWN: usize = 10;

/// Runs a `db` command.
pub(crate) fn run(command: &DbCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        DbCommand::Status(args) => status(args, global),
        DbCommand::Update(args) => update(args, global),
        DbCommand::Build(args) if args.list_feeds => list(),
        DbCommand::Build(args) => build(args, global),
    }
}

fn status(args: &DbStatusArgs, global: &Global) -> Result<ExitCode, Failure> {
    let db = open_db(args.db.as_deref(), global)?;
    let verified = if args.verify {
        Some(db.verify().context("the database is damaged").or_usage()?)
    } else {
        None
    };
    let info = db.info();
    let mut out = anstream::stdout().lock();
    if args.json {
        let value = serde_json::to_value(&info).context("cannot render the database")?;
        writeln!(out, "{value:#}").context("cannot write to standard output")?;
        return Ok(ExitCode::Success);
    }
    let today = today(Timestamp::now());
    let mut text = format!(
        "database   {}\nschema     {}\nbuilt      {}\ndigest     {}{}\nsize       {:.1} MB\n\n",
        if info.origin == plimsoll_vulndb::STARTER_ORIGIN {
            "the embedded starter database"
        } else {
            &info.origin
        },
        info.schema,
        info.built,
        info.digest,
        if verified.is_some() { " (verified)" } else { "" },
        db.size() as f64 / 1e6,
    );
    text.push_str(&format!(
        "{:<22} {:<10} {:>8} {:>9} {:>7}  {}\n",
        "feed", "data of", "age", "records", "bad", "licence"
    ));
    for feed in &info.feeds {
        let date = feed.date.map_or_else(|| "unknown".into(), |d| d.to_string());
        let age = feed.date.map_or_else(String::new, |d| format!("{} d", age_days(d, today)));
        text.push_str(&format!(
            "{:<22} {:<10} {:>8} {:>9} {:>7}  {}\n",
            feed.id, date, age, feed.records, feed.skipped, feed.licence
        ));
    }
    text.push_str("\ncovers\n");
    for namespace in &db.meta().namespaces {
        text.push_str(&format!(
            "  {:<20} {:>8} rows  {}\n",
            namespace.namespace.to_string(),
            namespace.source_rows + namespace.binary_rows,
            namespace.feeds.join(", ")
        ));
    }
    out.write_all(text.as_bytes()).context("cannot write to standard output")?;
    Ok(ExitCode::Success)
}

fn age_days(date: Date, today: Date) -> i64 {
    date.until((Unit::Day, today)).map_or(0, |span| i64::from(span.get_days()))
}

fn list() -> Result<ExitCode, Failure> {
    let mut out = anstream::stdout().lock();
    for feed in plimsoll_feeds::all() {
        let meta = feed.meta();
        writeln!(
            out,
            "{:<22} {}\n{:22} {} ({})",
            meta.id, meta.title, "", meta.homepage, meta.licence
        )
        .context("cannot write to standard output")?;
    }
    Ok(ExitCode::Success)
}

/// A feed and where to take it from.
struct Wanted {
    feed: Box<dyn Feed>,
    origin: Origin,
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

/// Every feed that can be fetched, into the database that scans use by default. The one in use stays until the
/// new one is whole.
fn update(args: &DbUpdateArgs, global: &Global) -> Result<ExitCode, Failure> {
    let cache = places::cache_dir(global)
        .context("no home folder and no --cache-dir: nowhere to put the database")
        .or_usage()?;
    let mut wanted = Vec::new();
    for feed in plimsoll_feeds::all() {
        let origin = match args.from.as_deref().map(Origin::parse) {
            Some(Origin::Local(folder)) => {
                let path = folder.join(feed.id());
                if !path.exists() {
                    continue;
                }
                Origin::Local(path)
            }
            _ if feed.meta().upstream.is_empty() => continue,
            Some(Origin::Mirror(base)) => {
                Origin::Mirror(format!("{}/{}/", base.trim_end_matches('/'), feed.id()))
            }
            Some(Origin::Upstream) | None => Origin::Upstream,
        };
        wanted.push(Wanted { feed, origin });
    }
    if wanted.is_empty() {
        return Err(anyhow!(
            "the mirror has no folder that bears a feed's id; `plimsoll db build --list-feeds` lists them"
        ))
        .or_usage();
    }
    if global.offline && wanted.iter().any(|w| !matches!(w.origin, Origin::Local(_))) {
        return Err(anyhow!("--offline was given, but feeds are to be fetched")).or_usage();
    }
    let output = cache.join("db/plimsoll.db");
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    make(&wanted, &output, false, global)
}

fn build(args: &DbBuildArgs, global: &Global) -> Result<ExitCode, Failure> {
    let output = args.output.clone().context("no --output given").or_usage()?;
    let wanted: Vec<Wanted> = args
        .feed
        .iter()
        .map(|text| wanted(text, global.offline))
        .collect::<Result<_>>()
        .or_usage()?;
    make(&wanted, &output, args.facts_only, global)
}

fn make(
    wanted: &[Wanted],
    output: &Path,
    facts_only: bool,
    global: &Global,
) -> Result<ExitCode, Failure> {
    let bars = Bars::new(global.quiet);
    let downloads = places::cache_dir(global)
        .map_or_else(|| std::env::temp_dir().join("plimsoll-feeds"), |dir| dir.join("feeds"));
    let paths = fetch_all(wanted, &downloads, &bars)?;

    let tool = concat!("plimsoll ", env!("CARGO_PKG_VERSION"));
    let mut options = BuildOptions::new(tool, Timestamp::now());
    options.keep_prose = !facts_only;
    options.keep_unreferenced = !facts_only;
    if facts_only {
        // A database of facts is made to be reproduced: it bears the date of its data, not of its making.
        options.built = Timestamp::UNIX_EPOCH;
    }
    let mut builder = Builder::new(options).context("cannot start a build")?;
    for (feed, priority) in PRIORITIES {
        builder.priority(*feed, *priority);
    }
    // A broken feed ends the build: the last good database stays, and none that lacks a feed that was
    // asked for can pass for complete.
    for (wanted, path) in wanted.iter().zip(&paths) {
        let info = parse(wanted, path, &mut builder, &bars).with_context(|| {
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
    Ok(ExitCode::Success)
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
    })
}
