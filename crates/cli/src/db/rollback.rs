//! `plimsoll db rollback`: back to the last good database.

use std::io::Write;

use anyhow::{Context, Result};
use plimsoll_policy::ExitCode;
use plimsoll_updater::Generation;

use super::update::store_failure;
use crate::{
    args::{DbRollbackArgs, Global},
    failure::{Failure, OrExit},
    places,
};

/// Goes back, or lists where one could go.
pub(super) fn run(args: &DbRollbackArgs, global: &Global) -> Result<ExitCode, Failure> {
    let cache = places::cache_dir(global)
        .context("no home folder and no --cache-dir: there are no databases")
        .or_usage()?;
    let store = places::store(&cache);
    let mut out = anstream::stdout().lock();
    if args.list {
        let kept = store.generations().map_err(store_failure)?;
        let text: String = kept.iter().map(line).collect();
        out.write_all(text.as_bytes()).context("cannot write to standard output")?;
        return Ok(ExitCode::Success);
    }
    let done =
        store.writer().and_then(|w| w.rollback(args.to.as_deref())).map_err(store_failure)?;
    for digest in &done.damaged {
        anstream::eprintln!("warning: {digest} is damaged and was passed over");
    }
    let built = done.to.built.map(|built| format!(", built {built}")).unwrap_or_default();
    writeln!(out, "{} is in use{built}", done.to.digest)
        .context("cannot write to standard output")?;
    Ok(ExitCode::Success)
}

/// `* sha256:…  2026-01-01T00:00:00Z  29.6 MB  rolled back from`
fn line(generation: &Generation) -> String {
    let mark = if generation.current { '*' } else { ' ' };
    let built = generation.built.map_or_else(|| "damaged".into(), |built| built.to_string());
    let note = if generation.rolled_back { "  rolled back from" } else { "" };
    let size = generation.size as f64 / 1e6;
    format!("{mark} {}  {built:<20}  {size:>7.1} MB{note}\n", generation.digest)
}
