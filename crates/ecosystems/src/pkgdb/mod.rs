//! Parsers of package databases: one folder for each package manager. They turn bytes into packages,
//! in full even where a part is damaged, and never decide what is vulnerable or which database of an
//! image counts.

use plimsoll_model::Analyzer;

pub mod apk;
pub mod bottlerocket;
mod collector;
pub mod dpkg;
pub mod pacman;
pub mod rpm;

pub(crate) use collector::quote;
pub use collector::{Collector, MAX_KEPT_BYTES, MAX_PACKAGES, MAX_PROBLEMS};

/// One analyser for each package database, in alphabetical order of their ids.
#[must_use]
pub fn all() -> Vec<Box<dyn Analyzer>> {
    vec![
        Box::new(apk::Apk),
        Box::new(bottlerocket::Bottlerocket),
        Box::new(dpkg::Dpkg),
        Box::new(pacman::Pacman),
        Box::new(rpm::Rpm),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_folder_is_listed_and_the_ids_are_in_order() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pkgdb");
        let folders: BTreeSet<String> = std::fs::read_dir(here)
            .unwrap()
            .map(Result::unwrap)
            .filter(|e| e.file_type().unwrap().is_dir())
            .map(|e| e.file_name().into_string().unwrap())
            .collect();
        let ids: Vec<&str> = all().iter().map(|a| a.id()).collect();
        assert_eq!(ids, folders.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
