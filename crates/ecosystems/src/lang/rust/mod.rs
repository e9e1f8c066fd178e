//! Rust: what `cargo auditable` left in programs, and lock files.

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, PackageEvidence, PackageKind,
    Problem, Want,
};

use super::{Description, FileForm, Found, Language, check_whole, whole};
use crate::{pkgdb::Collector, program::looks_like_program};

mod auditable;
mod lock;

pub use lock::parse_cargo_lock;

/// Reads the dependency lists in programs, and Cargo's lock files.
#[derive(Clone, Copy, Debug)]
pub struct Rust;

const DESCRIPTION: Description = Description {
    id: "rust",
    name: "Rust",
    kinds: &[PackageKind::Cargo],
    osv: &["crates.io"],
    files: &[
        FileForm {
            name: "programs (ELF, PE, Mach-O, WebAssembly) of at least 128 KiB",
            evidence: PackageEvidence::BuildInfo,
            note: "that were built with `cargo auditable`",
        },
        FileForm { name: "Cargo.lock", evidence: PackageEvidence::LockFile, note: "" },
    ],
};

/// The packages of a program; `None` where it carries no dependency list.
#[must_use]
pub fn parse_program(bytes: &[u8]) -> Option<Collector> {
    let section = auditable::section(bytes)?;
    let mut found = Found::default();
    auditable::read(section, &mut found);
    Some(found.into_collector())
}

impl Analyzer for Rust {
    fn id(&self) -> &'static str {
        "rust"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        match file.file_name() {
            "Cargo.lock" => whole(file),
            _ if looks_like_program(file, head) => Want::Whole,
            _ => Want::Skip,
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let collector = if file.meta.file_name() == "Cargo.lock" {
            check_whole(file)?;
            parse_cargo_lock(file.bytes)?
        } else {
            let Some(collector) = parse_program(file.bytes) else { return Ok(()) };
            collector
        };
        collector.finish(file.meta.path(), out, problems);
        Ok(())
    }
}

impl Language for Rust {
    fn describe(&self) -> &'static Description {
        &DESCRIPTION
    }
}

#[cfg(test)]
mod tests;
