//! `cargo xtask test`: the checks that CI runs, the cheap ones first.

use anyhow::Result;

use crate::{
    process::{cargo, execute, need},
    tidy,
};

/// How much to check.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Extent {
    /// Formatting, lints, walls, tests.
    Everything,
    /// The tests alone.
    TestsOnly,
}

/// Runs the checks; the first that fails ends the run.
pub(crate) fn run(extent: Extent) -> Result<()> {
    if extent == Extent::Everything {
        let has = |tool: &str| {
            cargo().args([tool, "--version"]).output().is_ok_and(|out| out.status.success())
        };
        need("rustfmt", has("fmt"), &["rustup", "component", "add", "rustfmt"])?;
        need("clippy", has("clippy"), &["rustup", "component", "add", "clippy"])?;
        compiler()?;
        run_cargo(&["fmt", "--all", "--check"])?;
        tidy::run()?;
        run_cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    }
    compiler()?;
    run_cargo(&["test", "--workspace", "--locked"])
}

/// Writes the generated files anew.
pub(crate) fn codegen() -> Result<()> {
    execute(
        cargo()
            .args(["test", "--quiet", "--package", "plimsoll-report", "schema"])
            .env("PLIMSOLL_UPDATE_GOLDEN", "1"),
    )
}

/// The compressors and the TLS library hold C and assembler: cargo's error for a missing C compiler is long
/// and late, so it is looked for first.
fn compiler() -> Result<()> {
    use crate::process::has;
    let found = std::env::var_os("CC").is_some() || has("cc") || has("gcc") || has("clang");
    need("a C compiler", found, &["apt-get", "install", "-y", "gcc", "libc6-dev"])
}

fn run_cargo(args: &[&str]) -> Result<()> {
    execute(cargo().args(args))
}
