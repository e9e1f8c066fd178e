//! `plimsoll db build --list-feeds`: the feeds that there are.

use std::io::Write;

use anyhow::{Context, Result};
use plimsoll_policy::ExitCode;

use crate::failure::Failure;

/// Prints them.
pub(super) fn run() -> Result<ExitCode, Failure> {
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
