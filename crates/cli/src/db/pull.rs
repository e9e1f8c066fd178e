//! `plimsoll db update --from oci://…` and `plimsoll db import`: a database that somebody else built, verified and put
//! into use.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use plimsoll_distribution::{Fetched, Outcome, Request, Way, fetch, import, store_signatures};
use plimsoll_image::OpenOptions;
use plimsoll_policy::ExitCode;
use plimsoll_updater::Writer;
use tokio::runtime::Runtime;

use super::{trust, update::store_failure};
use crate::{
    acquire,
    args::{DbImportArgs, Global, RegistryArgs, TrustArgs},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

/// Whether an origin of `db update` is a published database, and not a mirror of feeds.
pub(super) fn is_published(origin: &str) -> bool {
    ["oci://", "oci-layout:", "oci-archive:"].iter().any(|scheme| origin.starts_with(scheme))
}

/// Updates from where a database was published.
pub(super) fn update(
    source: &str,
    demands: &TrustArgs,
    registry: &RegistryArgs,
    force: bool,
    global: &Global,
) -> Result<ExitCode, Failure> {
    let options = acquire::registry_options(registry, global).or_usage()?;
    install(demands, force, global, &options, &|request, runtime| {
        fetch(&Request { source, ..*request }, runtime)
    })
}

/// Takes a database out of a file.
pub(super) fn run_import(args: &DbImportArgs, global: &Global) -> Result<ExitCode, Failure> {
    let options = OpenOptions::default();
    install(&args.trust, args.force, global, &options, &|request, runtime| {
        import(&args.file, request, runtime)
    })
}

type Get<'a> =
    &'a dyn Fn(&Request<'_>, &Runtime) -> Result<Outcome, plimsoll_distribution::DistributionError>;

fn install(
    demands: &TrustArgs,
    force: bool,
    global: &Global,
    options: &OpenOptions,
    get: Get<'_>,
) -> Result<ExitCode, Failure> {
    let cache = places::cache_dir(global)
        .context("no home folder and no --cache-dir: nowhere to put the database")
        .or_usage()?;
    let trust = trust::trust(demands).or_usage()?;
    trust.check_keys().map_err(trust::failure)?;
    let writer = places::store(&cache).writer().map_err(store_failure)?;
    let bars = Bars::new(global.quiet);
    if trust.keys.is_empty() {
        bars.warn("no key is configured: the database is taken without knowing who made it");
    }
    let current = writer.store().current();
    let output = writer.store().incoming().join(".fetched.db");
    let bar = bars.bytes("fetching the database");
    let progress = |have: u64, size: u64| {
        bar.set_length(size);
        bar.set_position(have);
    };
    let request = Request {
        source: "",
        options,
        current: Some(current.as_path()).filter(|path| path.is_file()),
        trust: &trust,
        downloads: &cache.join("downloads"),
        output: &output,
        progress: &progress,
    };
    let runtime = acquire::runtime()?;
    let outcome = get(&request, &runtime);
    runtime.shutdown_background();
    bar.finish_and_clear();
    match outcome.map_err(trust::failure)? {
        Outcome::Unchanged(digest) => bars.note(&format!("unchanged: {digest} is in use")),
        Outcome::Fetched(fetched) => {
            put_into_use(&writer, &output, &fetched, force, &cache, &bars)
                .inspect_err(|_| drop(fs::remove_file(&output)))?;
        }
    }
    Ok(ExitCode::Success)
}

fn put_into_use(
    writer: &Writer,
    file: &Path,
    fetched: &Fetched,
    force: bool,
    cache: &Path,
    bars: &Bars,
) -> Result<(), Failure> {
    writer.install(file, Some(&fetched.digest), force).map_err(store_failure)?;
    store_signatures(&places::signatures(cache), &fetched.digest, &fetched.signatures)
        .context("cannot keep the signatures")?;
    fetched.notes.iter().for_each(|note| bars.note(note));
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let way = match fetched.way {
        Way::Whole => format!("{:.1} MB fetched", megabytes(fetched.bytes)),
        Way::Deltas(steps) => format!(
            "{:.2} MB fetched in {steps} {} instead of {:.1} MB",
            megabytes(fetched.bytes),
            if steps == 1 { "delta" } else { "deltas" },
            megabytes(fetched.size)
        ),
    };
    let signed = if fetched.signed { "signature verified" } else { "signature not verified" };
    bars.note(&format!("{} is in use: built {}, {way}, {signed}", fetched.digest, fetched.built));
    Ok(())
}
