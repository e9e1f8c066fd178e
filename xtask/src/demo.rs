//! `cargo xtask demo`: the main job on embedded defaults, without a network and from an empty home folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, execute, root};

/// Scans `image`, or an image that this command makes: the identification files and the package database
/// of Alpine Linux 3.9.0 with some of its packages, which the fixture's head describes.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let (image, pause) = match args {
        [] => (make()?.display().to_string(), true),
        [image] => ((*image).to_owned(), false),
        _ => bail!("demo takes at most one image"),
    };
    run_program(&["scan", &image])?;
    if pause {
        eprintln!(
            "\nThat was {image}.\nNext: `cargo xtask demo IMAGE` for one of your own (a registry reference, \
             docker:NAME, a tar, a folder),\nor `target/debug/plimsoll scan --help`."
        );
    }
    Ok(())
}

fn run_program(args: &[&str]) -> Result<()> {
    execute(cargo().args(["run", "--quiet", "--locked", "--package", "plimsoll", "--"]).args(args))
}

/// Builds the demo image with the test kit and returns its path.
fn make() -> Result<PathBuf> {
    let folder = root().join("target/demo");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let archive = folder.join("alpine-3.9.0-demo.tar");
    let fixture = root().join("crates/testkit/fixtures/alpine-3.9.0.image");
    build(&fixture, &archive)?;
    Ok(archive)
}

fn build(fixture: &Path, archive: &Path) -> Result<()> {
    execute(
        cargo()
            .args([
                "run",
                "--quiet",
                "--locked",
                "--package",
                "plimsoll-testkit",
                "--example",
                "make-image",
                "--",
            ])
            .arg(fixture)
            .arg(archive),
    )
}
