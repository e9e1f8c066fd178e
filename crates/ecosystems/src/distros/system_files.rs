//! The files that identify a system, and the analyser that keeps their text. What they mean is decided
//! only when layers are merged ([`super::detect`]), because which of them counts depends on the others.

use plimsoll_model::{
    Analyzer, AnalyzerId, Fact, FileError, FileMeta, Fingerprint, LayerFile, Problem, Want,
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

/// Paths of the files that identify systems; those of one line ([`super::detect`]) in the order of how
/// exact they are: a rebuild keeps the `redhat-release` of its origin.
pub const WELL_KNOWN: &[&str] = &[
    "etc/os-release",
    "usr/lib/os-release",
    "etc/lsb-release",
    "etc/alinux-release",
    "etc/almalinux-release",
    "etc/alpine-release",
    "etc/anolis-release",
    "etc/arch-release",
    "etc/azurelinux-release",
    "etc/centos-release",
    "etc/enterprise-release",
    "etc/fedora-release",
    "etc/mariner-release",
    "etc/openEuler-release",
    "etc/oracle-release",
    "etc/photon-release",
    "etc/rocky-release",
    "etc/SuSE-release",
    "etc/system-release",
    "etc/redhat-release",
    "etc/debian_version",
];

/// The most of such a file that is kept, in bytes.
pub const SYSTEM_FILE_LIMIT: usize = 16 * 1024;

/// The analyser (id `os-release`) that keeps the text of [`WELL_KNOWN`] files as [`Fact::SystemFile`].
#[must_use]
pub fn analyzer() -> Box<dyn Analyzer> {
    Box::new(SystemFiles)
}

struct SystemFiles;

impl Analyzer for SystemFiles {
    fn id(&self) -> AnalyzerId {
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
