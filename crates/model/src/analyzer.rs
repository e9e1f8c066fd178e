//! The interface of everything that looks at files: package databases, and later secrets, malware and
//! configuration. An analyser is pure: bytes in, facts out; it opens nothing.

use std::io::Read;

use crate::{Digest, Fact, PathEntry, Problem, ProblemKind};

/// Stable name of an analyser: `os-release`, `dpkg`, `rpm` …
pub type AnalyzerId = &'static str;

/// What changes when an analyser could answer differently for the same bytes: a number raised by hand
/// when its code changes meaning, and the digest of its rules where it has any. Part of the cache key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fingerprint {
    /// Raised whenever the analyser's output changes for the same input.
    pub version: u32,
    /// Digest of data files that steer it.
    pub rules: Option<Digest>,
}

/// What is known about a file before it is read.
#[derive(Clone, Copy, Debug)]
pub struct FileMeta<'a> {
    /// Its entry in the layer. For a file reached through a link from another well-known path, `path`
    /// is that well-known path.
    pub entry: PathEntry<'a>,
}

impl<'a> FileMeta<'a> {
    /// Normalised path, without a leading slash.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.entry.path
    }

    /// Last part of the path.
    #[must_use]
    pub fn file_name(&self) -> &'a str {
        self.entry.path.rsplit('/').next().unwrap_or_default()
    }

    /// Of a hard link, the name under which the same content is offered, too: who judges content alone does not want
    /// it twice, as it costs a second reading of the layer.
    #[must_use]
    pub fn other_name(&self) -> Option<&'a str> {
        (!self.entry.target.is_empty()).then_some(self.entry.target)
    }

    /// Size in bytes as the archive says.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.entry.size
    }
}

/// How much of a file an analyser wants to see.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Want {
    /// Nothing.
    Skip,
    /// The first so many bytes (fewer where the file is shorter).
    Prefix(usize),
    /// All of it, at most the engine's limit; a larger file becomes a problem, not a cut.
    Whole,
    /// All of it from front to back through a reader ([`Analyzer::analyze_stream`]): for what is too large
    /// to be held. Where another analyser wants the same file whole, this one gets it whole too.
    Stream,
    /// All of it, kept to the end of the layer and handed over together with the other held files of
    /// this analyser: for databases that consist of several files.
    Hold,
}

/// A file's bytes.
#[derive(Clone, Copy, Debug)]
pub struct LayerFile<'a> {
    /// What the archive says of it.
    pub meta: FileMeta<'a>,
    /// Its bytes, as many as were wanted.
    pub bytes: &'a [u8],
}

/// Why an analyser gave up on one file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct FileError {
    /// What sort of problem to record.
    pub kind: ProblemKind,
    /// A lower-case fragment.
    pub message: String,
}

impl FileError {
    /// A file whose content does not follow its format.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Malformed, message: message.into() }
    }
}

/// Looks at the files of one layer and says what they mean, without knowing of any other layer.
pub trait Analyzer: Send + Sync {
    /// Stable name.
    fn id(&self) -> AnalyzerId;

    /// Part of the cache key.
    fn fingerprint(&self) -> Fingerprint;

    /// How many of its answers so far depended on something that [`Self::fingerprint`] does not cover, as a daemon that
    /// did not answer. A layer's facts are not kept where this grew while it was read.
    fn unrepeatable(&self) -> u64 {
        0
    }

    /// Called for every regular file of a layer, so it must be cheap: it allocates nothing and looks at
    /// the path first. `head` holds the file's first bytes (up to 512; fewer where it is shorter). For a hard link to
    /// a file of the layer ([`FileMeta::other_name`]) it is asked again, with an empty `head`.
    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want;

    /// Paths at which this analyser expects a file that matters for the whole image. Where one of them
    /// is, in the finished image, a link to a file elsewhere, the engine reads that file and hands it
    /// over under this name. A path that ends in `/` stands for the files directly in that directory.
    fn well_known(&self) -> &'static [&'static str] {
        &[]
    }

    /// Adds what `file` means to `out` and what could not be understood to `problems`.
    ///
    /// # Errors
    /// Where nothing of the file could be used.
    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError>;

    /// As [`Self::analyze`], for a file that is read once from front to back ([`Want::Stream`]).
    ///
    /// # Errors
    /// Where nothing of the file could be used.
    fn analyze_stream(
        &self,
        _file: &FileMeta<'_>,
        _content: &mut dyn Read,
        _out: &mut Vec<Fact>,
        _problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let message = "this analyser reads no streams".to_owned();
        Err(FileError { kind: ProblemKind::AnalyzerFailed, message })
    }

    /// The held files of the layer ([`Want::Hold`]), in the order of their paths. Facts are attributed to
    /// the path given with them.
    ///
    /// # Errors
    /// Where nothing could be used.
    fn analyze_held(
        &self,
        files: &[LayerFile<'_>],
        out: &mut Vec<(String, Fact)>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let mut facts = Vec::new();
        for file in files {
            let path = file.meta.path();
            if let Err(error) = self.analyze(file, &mut facts, problems) {
                problems.push(Problem::new(error.kind, error.message).at(path));
            }
            out.extend(facts.drain(..).map(|fact| (path.to_owned(), fact)));
        }
        Ok(())
    }
}
