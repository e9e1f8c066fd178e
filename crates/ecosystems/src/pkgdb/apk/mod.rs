//! Alpine's, Wolfi's and Chainguard's package manager.

use plimsoll_model::{Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, Want};

mod installed;

pub use installed::parse_installed;

/// Since 2024 apk-tools keeps its database below `/usr` where `/lib` is a link to `/usr/lib`.
const INSTALLED: &[&str] = &["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/// Reads the database of installed packages.
#[derive(Clone, Copy, Debug)]
pub struct Apk;

impl Analyzer for Apk {
    fn id(&self) -> &'static str {
        "apk"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        if INSTALLED.contains(&file.path()) { Want::Whole } else { Want::Skip }
    }

    fn well_known(&self) -> &'static [&'static str] {
        INSTALLED
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        parse_installed(file.bytes).finish(file.meta.path(), out, problems);
        Ok(())
    }
}
