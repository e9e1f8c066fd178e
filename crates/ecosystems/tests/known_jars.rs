//! The index of jars that are known by their digest, against the jars themselves: every jar of the folder that
//! `PLIMSOLL_TEST_JARS` names (`cargo xtask known-jars` makes it, as GROUP/ARTIFACT/VERSION/FILE) is told by its
//! content alone. With `PLIMSOLL_BLESS` the index is written anew.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use plimsoll_ecosystems::lang::java::{parse_archive, sha1};
use plimsoll_model::{Confidence, PackageEvidence};

const HEAD: &str = "\
# Jars that do not say themselves what they are: group:artifact, and below it version, bytes and SHA-1 of each.
# Facts of Maven Central, out of the jars themselves. Written by `cargo xtask known-jars`.
";

/// A jar of the folder.
struct Jar {
    name: String,
    version: String,
    path: PathBuf,
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.starts_with("."));
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn jars(folder: &Path) -> Vec<Jar> {
    let mut jars = Vec::new();
    for group in below(folder) {
        for artifact in below(&group) {
            for version in below(&artifact) {
                for path in below(&version) {
                    let name = format!("{}:{}", name(&group), name(&artifact));
                    jars.push(Jar { name, version: self::name(&version), path });
                }
            }
        }
    }
    jars
}

/// Name, version, evidence and confidence of what a jar without its name is.
fn told(bytes: &[u8]) -> Option<(String, String, PackageEvidence, Confidence)> {
    let (packages, _) = parse_archive(bytes, "a.jar").into_parts();
    packages.into_iter().find_map(|package| {
        let app = package.app.filter(|app| app.inside.is_empty())?;
        Some((package.name, package.version, app.evidence, app.confidence))
    })
}

#[test]
fn every_jar_is_told_by_its_content() {
    let Some(folder) = env::var_os("PLIMSOLL_TEST_JARS").map(PathBuf::from) else {
        println!(
            "skipped: PLIMSOLL_TEST_JARS is unset (`cargo xtask known-jars` makes that folder)"
        );
        return;
    };
    let jars = jars(&folder);
    let bless = env::var_os("PLIMSOLL_BLESS").is_some();
    let mut index: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut by_digest, mut wrong) = (0, Vec::new());
    for jar in &jars {
        let bytes = fs::read(&jar.path).unwrap();
        let told = told(&bytes);
        let is_right = told
            .as_ref()
            .is_some_and(|(name, version, ..)| *name == jar.name && *version == jar.version);
        let says_itself = matches!(&told, Some((.., evidence, Confidence::High))
            if *evidence != PackageEvidence::Digest);
        if !says_itself || !is_right {
            let line = format!(" {} {} {}", jar.version, bytes.len(), sha1(&bytes));
            index.entry(&jar.name).or_default().push(line);
            by_digest += 1;
        }
        if !is_right && !bless {
            wrong.push(format!("{} {}: {told:?}", jar.name, jar.version));
        }
    }
    println!("{} jars, {by_digest} of them by their digest", jars.len());
    if bless {
        let mut text = HEAD.to_owned();
        for (name, lines) in index {
            let _ = writeln!(text, "{name}\n{}", lines.join("\n"));
        }
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::write(here.join("src/lang/java/known_jars.txt"), text).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
