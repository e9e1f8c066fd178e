//! What Microsoft's definitions mean: shared by CBL-Mariner and Azure Linux, which are one distribution under
//! two names.

use crate::oval::{Criterion, Definition, Dialect, Literal, Scope, Target, Targets};

/// The dialect of one of the two.
pub(crate) struct Microsoft {
    /// Its id.
    pub(crate) distribution: &'static str,
}

impl Dialect for Microsoft {
    const SOURCE: &'static str = "microsoft";
    // One definition names `kernel` or `python3`, and all packages built of it are meant.
    const NAMES_SOURCES: bool = true;

    fn scope(&self, file: &str, definition: &Definition) -> Result<Scope, &'static str> {
        let is_mariner = definition.id.contains(".cbl-mariner:")
            || definition.platforms.iter().any(|p| p.contains("Mariner"));
        if is_mariner != (self.distribution == "mariner") {
            return Err("definition for another distribution");
        }
        // No definition names the release: the file's name does, `cbl-mariner-2.0-oval`, `…-2.0-preview-oval`.
        let file = file.rsplit('/').next().unwrap_or_default();
        let release = file.split('-').find(|part| {
            part.split_once('.').is_some_and(|(major, minor)| {
                let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
                is_number(major) && is_number(minor)
            })
        });
        let release = release.ok_or("definition in a file whose name has no release")?;
        Ok(Scope { targets: vec![Target::base(self.distribution, release)], ..Scope::default() })
    }

    fn literal(&self, criterion: &Criterion<'_>, _targets: &mut Targets) -> Literal {
        criterion.fact()
    }
}
