//! `cargo xtask quality`: how good the detection rules are. The corpora are built by the crates that own the rules.

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, root};

pub(crate) fn run() -> Result<()> {
    let arguments = ["run", "--quiet", "--package", "plimsoll-detect", "--example", "quality"];
    let status =
        cargo().args(arguments).current_dir(root()).status().context("cargo does not run")?;
    ensure!(status.success(), "the corpus of secrets could not be run");
    Ok(())
}
