//! Distributions: how each is recognised, under which key its advisories are kept, when its releases end.

use plimsoll_model::{
    Analyzer, Fact, FileError, FileMeta, Fingerprint, LayerFile, Namespace, OperatingSystem,
    Problem, Want,
};

/// A file that may identify a system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SystemFile<'a> {
    /// Path without a leading slash.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Whether a later layer deleted it.
    pub deleted: bool,
}

/// Paths of the files that identify systems.
pub const WELL_KNOWN: &[&str] = &["etc/os-release", "usr/lib/os-release"];

/// Which system the files describe.
#[must_use]
pub fn detect(files: &[SystemFile<'_>]) -> Option<OperatingSystem> {
    let _ = files;
    None
}

/// Where advisories for `os` are kept, the preferred place first.
#[must_use]
pub fn namespaces(os: &OperatingSystem) -> Vec<Namespace> {
    vec![Namespace::new(&os.id, &os.release)]
}

/// The analyser (id `os-release`) that keeps the text of [`WELL_KNOWN`] files as [`Fact::SystemFile`].
#[must_use]
pub fn analyzer() -> Box<dyn Analyzer> {
    Box::new(SystemFiles)
}

/// The most of such a file that is kept.
pub const SYSTEM_FILE_LIMIT: usize = 16 * 1024;

struct SystemFiles;

impl Analyzer for SystemFiles {
    fn id(&self) -> &'static str {
        "os-release"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { version: 1, rules: None }
    }

    fn wants(&self, file: &FileMeta<'_>, _head: &[u8]) -> Want {
        if WELL_KNOWN.contains(&file.path()) { Want::Prefix(SYSTEM_FILE_LIMIT) } else { Want::Skip }
    }

    fn well_known(&self) -> &'static [&'static str] {
        WELL_KNOWN
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let bytes = file.bytes.get(..SYSTEM_FILE_LIMIT).unwrap_or(file.bytes);
        out.push(Fact::SystemFile { text: String::from_utf8_lossy(bytes).into_owned() });
        Ok(())
    }
}
