//! `cargo xtask tidy`: rules of the project that the compiler does not know.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{cargo, output, root};

/// Who may import whom among our own crates, development dependencies aside. A crate that is not listed may
/// import nothing of ours; see `docs/ARCHITECTURE.md`.
const WALLS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ecosystems", &["model"]),
    ("detect", &["model"]),
    ("malware", &["model"]),
    ("policy", &["model"]),
    ("report", &["model", "ecosystems"]),
    ("vulndb", &["model", "ecosystems"]),
    ("feeds", &["model", "ecosystems"]),
    ("image", &["model"]),
    ("api", &["model"]),
    ("scan", &["model", "ecosystems", "detect", "malware", "image", "vulndb", "policy"]),
    ("distribution", &["model", "vulndb", "image"]),
    ("updater", &["model", "feeds", "vulndb", "image"]),
    ("store", &["model"]),
    ("agent", &["model", "scan", "image", "api"]),
    (
        "server",
        &[
            "model",
            "ecosystems",
            "detect",
            "malware",
            "policy",
            "report",
            "vulndb",
            "feeds",
            "image",
            "api",
            "scan",
            "distribution",
            "updater",
            "store",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "ecosystems",
            "detect",
            "malware",
            "policy",
            "report",
            "vulndb",
            "feeds",
            "image",
            "api",
            "scan",
            "distribution",
            "updater",
            "store",
            "server",
        ],
    ),
    ("testkit", &["model", "image"]),
    ("xtask", &["model", "feeds", "vulndb"]),
];

/// Crates that must stay free of async runtimes and of network and file access libraries.
const PURE: &[&str] = &["model", "ecosystems", "detect", "malware", "policy", "report"];

/// Dependencies that no pure crate may have.
const IMPURE_DEPENDENCIES: &[&str] =
    &["tokio", "reqwest", "hyper", "bollard", "oci-client", "async-trait"];

/// A file above this says at its head why (a line of its module doc that holds the word "lines").
const MOST_LINES: usize = 800;

/// Folder names that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "misc"];

/// Runs all rules and lists everything that breaks one.
pub(crate) fn run() -> Result<()> {
    let mut broken = Vec::new();
    walls(&mut broken)?;
    files(&root(), &mut broken)?;
    if broken.is_empty() {
        eprintln!("tidy: in order");
        return Ok(());
    }
    bail!("tidy found {} things:\n  {}", broken.len(), broken.join("\n  "))
}

fn short(name: &str) -> &str {
    match name {
        "plimsoll" => "cli",
        other => other.strip_prefix("plimsoll-").unwrap_or(other),
    }
}

fn walls(broken: &mut Vec<String>) -> Result<()> {
    let text =
        output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let ours: BTreeSet<&str> =
        packages.iter().filter_map(|p| p["name"].as_str()).map(short).collect();
    let allowed: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    for package in packages {
        let name = short(package["name"].as_str().unwrap_or_default());
        let Some(allowed) = allowed.get(name) else {
            broken.push(format!("crate {name} has no row in xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // `kind` is null for a normal dependency, "dev" and "build" otherwise.
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let full = dependency["name"].as_str().unwrap_or_default();
            let import = short(full);
            if ours.contains(import) && import != full && !allowed.contains(&import) {
                broken.push(format!("crate wall: {name} must not import {import}"));
            }
            if PURE.contains(&name) && IMPURE_DEPENDENCIES.contains(&full) {
                broken.push(format!("crate wall: {name} is pure and must not depend on {full}"));
            }
        }
    }
    Ok(())
}

fn files(root: &Path, broken: &mut Vec<String>) -> Result<()> {
    let listed = output(
        std::process::Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root),
    )?;
    for path in listed.lines().map(PathBuf::from) {
        let shown = path.display().to_string();
        for part in path.iter().filter_map(|p| p.to_str()) {
            if EMPTY_NAMES.contains(&part.trim_end_matches(".rs")) {
                broken.push(format!("{shown}: `{part}` says nothing; name the feature"));
            }
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !matches!(extension, "rs" | "md" | "toml" | "yml" | "yaml" | "sh") {
            continue;
        }
        // A file that git lists but that is gone was deleted and not yet committed.
        let Ok(text) = fs::read_to_string(root.join(&path)) else { continue };
        if shown != ".ci/run" {
            for forbidden in forbidden() {
                if text.contains(&forbidden) {
                    broken.push(format!("{shown}: holds `{forbidden}`, a place of one machine"));
                }
            }
        }
        if extension == "rs" {
            source(&shown, &text, broken);
        }
    }
    Ok(())
}

fn source(path: &str, text: &str, broken: &mut Vec<String>) {
    let lines = text.lines().count();
    let head: Vec<&str> = text.lines().take_while(|l| l.starts_with("//!")).collect();
    if lines > MOST_LINES && !head.iter().any(|l| l.contains("lines")) {
        broken.push(format!("{path}: {lines} lines; split it, or say at its head why not"));
    }
    let is_root = path.ends_with("/lib.rs") || path.ends_with("/main.rs");
    if path.contains("/src/") && is_root && head.is_empty() {
        broken.push(format!("{path}: no module doc"));
    }
}

/// Put together here so that this file does not hold them itself.
fn forbidden() -> Vec<String> {
    let tools = [".cargo", ".pyenv", ".rustup"].map(|tool| ["/root", "/", tool].concat());
    // Checks speak of other files in the home of an image's root.
    [["/", "work/"].concat(), ["..", "/shared"].concat()].into_iter().chain(tools).collect()
}
