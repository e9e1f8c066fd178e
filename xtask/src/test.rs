//! `cargo xtask test`: the checks that CI runs, the cheap ones first.

use anyhow::Result;

use crate::{
    process::{cargo, execute, has, need},
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
        let part = |tool: &str| {
            cargo().args([tool, "--version"]).output().is_ok_and(|out| out.status.success())
        };
        need("rustfmt", part("fmt"), &["rustup", "component", "add", "rustfmt"])?;
        need("clippy", part("clippy"), &["rustup", "component", "add", "clippy"])?;
        compiler()?;
        run_cargo(&["fmt", "--all", "--check"])?;
        tidy::run()?;
        run_cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    }
    compiler()?;
    peers();
    run_cargo(&["test", "--workspace", "--locked"])
}

/// Programs that tests compare with or talk to, and the Debian packages that hold them. Each test that needs one says
/// that it skipped where it is missing.
const PEERS: &[(&str, &str)] = &[
    ("db5.3_load", "db-util"),
    ("dpkg", "dpkg"),
    ("docker-registry", "docker-registry"),
    ("minisign", "minisign"),
    ("openssl", "openssl"),
    ("podman", "podman"),
    ("python3", "python3"),
    ("rpm", "rpm"),
    ("skopeo", "skopeo"),
    ("sqlite3", "sqlite3"),
    ("xz", "xz-utils"),
];

/// Says which peers are missing and how to install them. Under `CI=true` they are installed where that works; the
/// tests that need them are proofs beyond the recorded ones, so a machine without them can still run the rest.
fn peers() {
    let missing: Vec<&str> =
        PEERS.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return;
    }
    let install =
        [&["apt-get", "install", "-y", "--no-install-recommends"], missing.as_slice()].concat();
    if !std::env::var("CI").is_ok_and(|v| v == "true") {
        eprintln!(
            "some tests will skip what they compare with other programs; to run them too:\n\n    {}\n",
            install.join(" ")
        );
        return;
    }
    let run = |words: &[&str]| execute(std::process::Command::new(words[0]).args(&words[1..]));
    if let Err(error) = run(&["apt-get", "update"]).and_then(|()| run(&install)) {
        eprintln!("cannot install what some tests compare with, they will skip: {error:#}");
    }
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
    let found = std::env::var_os("CC").is_some() || has("cc") || has("gcc") || has("clang");
    need("a C compiler", found, &["apt-get", "install", "-y", "gcc", "libc6-dev"])
}

fn run_cargo(args: &[&str]) -> Result<()> {
    execute(cargo().args(args))
}
