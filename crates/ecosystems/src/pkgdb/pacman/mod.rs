//! Arch Linux's package manager: a folder for each package below `var/lib/pacman/local`, with `desc` (what it is) and
//! `files` (what it owns).

use plimsoll_model::{Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, Want};

mod desc;

pub use desc::parse_desc;

const LOCAL: &str = "var/lib/pacman/local/";

/// Reads the local database.
#[derive(Clone, Copy, Debug)]
pub struct Pacman;

fn is_desc(path: &str) -> bool {
    path.strip_prefix(LOCAL)
        .and_then(|rest| rest.strip_suffix("/desc"))
        .is_some_and(|folder| !folder.is_empty() && !folder.contains('/'))
}

impl Analyzer for Pacman {
    fn id(&self) -> &'static str {
        "pacman"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        if is_desc(file.path()) { Want::Whole } else { Want::Skip }
    }

    fn well_known(&self) -> &'static [&'static str] {
        &[LOCAL]
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        parse_desc(file.bytes).finish(file.meta.path(), out, problems);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_desc;

    #[test]
    fn only_the_descriptions_of_the_local_database() {
        assert!(is_desc("var/lib/pacman/local/bzip2-1.0.8-6/desc"));
        for path in [
            "var/lib/pacman/local/bzip2-1.0.8-6/files",
            "var/lib/pacman/local/ALPM_DB_VERSION",
            "var/lib/pacman/local/a/b/desc",
            "var/lib/pacman/local/desc",
            "var/lib/pacman/sync/core.db",
        ] {
            assert!(!is_desc(path), "{path}");
        }
    }
}
