//! `Cargo.lock`, versions 1 to 4: they differ in how checksums and sources are written, which is not read.

use std::collections::HashMap;

use plimsoll_model::{FileError, MAX_REQUIRED_BY, PackageEvidence, PackageKind};
use toml::{Table, Value};

use crate::{
    lang::{Found, package, toml as parse_toml},
    pkgdb::Collector,
};

/// The packages that a lock file pins, without those of the project's own folders.
///
/// # Errors
/// Where it is no lock file.
pub fn parse_cargo_lock(bytes: &[u8]) -> Result<Collector, FileError> {
    let table = parse_toml(bytes)?;
    let Some(rows) = table.get("package").and_then(Value::as_array) else {
        return Err(FileError::malformed("no list of packages in it"));
    };
    let rows: Vec<Row<'_>> = rows.iter().filter_map(Value::as_table).filter_map(Row::of).collect();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        by_name.entry(row.name).or_default().push(at);
    }
    let mut required_by: Vec<Vec<String>> = vec![Vec::new(); rows.len()];
    let mut direct = vec![false; rows.len()];
    for row in &rows {
        for needed in row.dependencies() {
            // `name`, and where several versions are locked `name version` or `name version (source)`.
            let mut words = needed.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            let candidates = by_name.get(name).map_or(&[][..], Vec::as_slice);
            let target = candidates
                .iter()
                .find(|&&at| version.is_none_or(|version| rows[at].version == version));
            let Some(&target) = target else { continue };
            if required_by[target].len() < MAX_REQUIRED_BY {
                required_by[target].push(format!("{}@{}", row.name, row.version));
            }
            direct[target] |= row.source.is_none();
        }
    }
    let mut found = Found::default();
    for ((row, required_by), direct) in rows.iter().zip(required_by).zip(direct) {
        if row.source.is_none() {
            continue;
        }
        let mut package =
            package(PackageKind::Cargo, row.name, row.version, PackageEvidence::LockFile);
        if let Some(app) = &mut package.app {
            app.required_by = required_by;
            app.is_direct = Some(direct);
        }
        found.push(package);
    }
    Ok(found.into_collector())
}

struct Row<'a> {
    name: &'a str,
    version: &'a str,
    source: Option<&'a str>,
    table: &'a Table,
}

impl<'a> Row<'a> {
    fn of(table: &'a Table) -> Option<Self> {
        let text = |key| table.get(key).and_then(Value::as_str);
        Some(Self { name: text("name")?, version: text("version")?, source: text("source"), table })
    }

    fn dependencies(&self) -> impl Iterator<Item = &'a str> {
        let list = self.table.get("dependencies").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }
}
