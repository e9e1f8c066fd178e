//! `cargo xtask known-jars`: writes the index of jars that are known by their digest anew, from the jars
//! themselves as Maven Central has them.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    maven,
    process::{cargo, execute, root},
};

/// What is fetched. Of these the index keeps the ones that do not say themselves what they are.
const JARS: &str = include_str!("known_jars.txt");

/// Fetches what is missing, and has the parser's own test write the index.
pub(crate) fn run() -> Result<()> {
    let folder = root().join("target/known-jars");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    maven::fetch(&maven::list(JARS)?, &folder)?;
    execute(
        cargo()
            .args(["test", "--locked", "--package", "plimsoll-ecosystems", "--test", "known_jars"])
            .args(["--", "--nocapture"])
            .env("PLIMSOLL_TEST_JARS", &folder)
            .env("PLIMSOLL_BLESS", "1"),
    )
}
