//! The dependency list that `cargo auditable` puts into a program: zlib-compressed JSON in the section
//! `.dep-v0` (cargo-auditable, PARSING.md).

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use plimsoll_model::{
    Confidence, DependencyScope, MAX_REQUIRED_BY, PackageEvidence, PackageKind, read_capped,
};
use serde::Deserialize;

use crate::{
    lang::{Found, json, package},
    program::{Program, custom_section},
};

/// Most bytes of the list, decompressed: those of the largest programs stay below 1 MB.
const MAX_LIST: u64 = 16 << 20;

const SECTION: &str = ".dep-v0";

#[derive(Deserialize)]
struct List {
    packages: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    version: String,
    /// `crates.io`, `registry`, `git`, `local`.
    #[serde(default)]
    source: String,
    /// `build` for what only built it; else left out.
    #[serde(default)]
    kind: String,
    /// Indices of what it needs.
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

/// The section of a program; `None` where it has none.
pub(super) fn section(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(b"\0asm") {
        return custom_section(bytes, SECTION);
    }
    Program::all(bytes)
        .into_iter()
        .find_map(|program| program.section(&[SECTION]))
        .map(|part| part.bytes)
}

/// Adds the packages of the list in `section`.
pub(super) fn read(section: &[u8], found: &mut Found) {
    let list = read_capped(ZlibDecoder::new(section).take(MAX_LIST + 1), MAX_LIST)
        .map_err(|error| error.to_string())
        .and_then(|text| json::<List>(&text).map_err(|error| error.message));
    let list = match list {
        Ok(list) => list.packages,
        Err(error) => return found.lost(&format!("the dependency list in it is damaged: {error}")),
    };
    let mut required_by: Vec<Vec<String>> = vec![Vec::new(); list.len()];
    let mut direct = vec![false; list.len()];
    for listed in &list {
        for &needed in &listed.dependencies {
            let Some(names) = required_by.get_mut(needed) else { continue };
            if names.len() < MAX_REQUIRED_BY {
                names.push(format!("{}@{}", listed.name, listed.version));
            }
            direct[needed] |= listed.root;
        }
    }
    for ((listed, required_by), direct) in list.into_iter().zip(required_by).zip(direct) {
        let mut package =
            package(PackageKind::Cargo, &listed.name, &listed.version, PackageEvidence::BuildInfo);
        if let Some(app) = &mut package.app {
            // A crate of the project's own folders may only share its name with a published one.
            if listed.source == "local" {
                app.confidence = Confidence::Medium;
            }
            if listed.kind == "build" {
                app.scope = DependencyScope::Development;
            }
            app.required_by = required_by;
            app.is_direct = (!listed.root).then_some(direct);
        }
        found.push(package);
    }
}
