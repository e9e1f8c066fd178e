//! `plimsoll db update`: every feed that can be fetched, into the database that scans use.

use anyhow::{Context, Result, anyhow};
use plimsoll_feeds::Origin;
use plimsoll_policy::ExitCode;

use super::{
    build::{Wanted, make},
    pull,
};
use crate::{
    args::{DbUpdateArgs, Global},
    failure::{Failure, OrExit},
    places,
    progress::Bars,
};

/// Every feed that can be fetched, into the database that scans use by default. The one in use stays until the
/// new one is whole.
pub(super) fn run(args: &DbUpdateArgs, global: &Global) -> Result<ExitCode, Failure> {
    if let Some(source) = args.from.as_deref().filter(|from| pull::is_published(from)) {
        return pull::update(source, &args.trust, &args.registry, false, global);
    }
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
    let writer = places::store(&cache).writer().context("cannot update").or_usage()?;
    let staged = writer.store().incoming().join(".update.db");
    let bars = Bars::new(global.quiet);
    make(&wanted, &staged, false, global, &bars)?;
    let installed = writer.install(&staged, None, true).context("cannot update")?;
    bars.note(&format!("{} is in use", installed.digest));
    Ok(ExitCode::Success)
}
