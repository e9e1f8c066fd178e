//! The analyser of the layer pass.

use std::{
    io::{self, Cursor, Read},
    sync::Arc,
};

use plimsoll_model::{
    Analyzer, AnalyzerId, Detection, Fact, FileError, FileIdentity, FileMeta, Fingerprint,
    LayerFile, Problem, ProblemKind, Want,
};
use sha2::Digest as _;

use super::{
    archive::{scan_archive, scan_sequential},
    bytecode::{is_bytecode, strings},
    collect::{Collector, Place},
    content::{Content, content, is_binary},
    context::{PlaceKind, place},
    encoding::utf16,
    ruleset::RuleSet,
    stream::scan_stream,
};

/// Largest file that is looked at in one piece; larger ones are read as a stream.
pub(super) const MAX_WHOLE: u64 = 16 << 20;

/// Largest zip archive that is looked at by its directory; a larger one is read by what stands before each entry, which
/// some writers leave incomplete. The engine gives no larger file whole.
const MAX_WHOLE_ZIP: u64 = 256 << 20;

/// Bytes that rules about whole files see of a file without text.
pub(super) const FILE_HEAD: usize = 1 << 20;

/// Levels of archives that are looked into.
const DEPTH: usize = 1;

/// Raised whenever the same rules find something else in the same file.
const VERSION: u32 = 2;

/// Finds credentials and keys in files.
#[derive(Clone, Debug)]
pub struct Secrets {
    rules: Arc<RuleSet>,
    depth: usize,
}

impl Secrets {
    /// With these rules.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self { rules, depth: DEPTH }
    }

    /// Looks into so many levels of archives; 0: into none.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    fn look(
        &self,
        path: &str,
        content: Content,
        bytes: &[u8],
        found: &mut Collector<'_>,
    ) -> io::Result<()> {
        match content {
            Content::Text if utf16(bytes).is_some() => {
                scan_stream(found, path, "", &mut Cursor::new(bytes))
            }
            Content::Text if is_bytecode(path) => {
                if self.rules.occurs_in_string(place(path), bytes) {
                    let text = strings(bytes);
                    found.text(&Place::file(path, false), &text, 0..text.len());
                }
                Ok(())
            }
            Content::Text => {
                let lined = !is_binary(&bytes[..bytes.len().min(4096)]);
                let place = Place::file(path, lined);
                found.file(&place, bytes);
                found.text(&place, bytes, 0..bytes.len());
                Ok(())
            }
            Content::Opaque => {
                found.file(&Place::file(path, false), bytes);
                Ok(())
            }
            archive => {
                found.file(&Place::file(path, false), bytes);
                if self.depth == 0 {
                    return Ok(());
                }
                scan_archive(found, path, "", archive, bytes, self.depth - 1)
            }
        }
    }
}

/// What is said of a file that could be read in part only.
fn problem(error: &io::Error) -> Problem {
    let kind = match error.kind() {
        io::ErrorKind::FileTooLarge => ProblemKind::LimitReached,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        _ => ProblemKind::Malformed,
    };
    Problem::new(kind, format!("not searched for secrets to its end: {error}"))
}

fn finish(
    found: Collector<'_>,
    identity: impl FnOnce() -> Option<FileIdentity>,
    out: &mut Vec<Fact>,
    problems: &mut Vec<Problem>,
) {
    if found.cut {
        let message = "more secrets than are listed; further ones were left out";
        problems.push(Problem::new(ProblemKind::LimitReached, message));
    }
    if found.is_empty() {
        return;
    }
    let identity = identity();
    out.extend(found.finish().into_iter().map(|detection| {
        Fact::Detection(Box::new(Detection { file: identity.clone(), ..detection }))
    }));
}

fn identity(bytes: &[u8], content: Content) -> FileIdentity {
    let hex = |digest: &[u8]| -> String {
        digest.iter().fold(String::new(), |mut out, byte| {
            use std::fmt::Write as _;
            let _ = write!(out, "{byte:02x}");
            out
        })
    };
    let file_type = match content {
        Content::Text if is_binary(&bytes[..bytes.len().min(4096)]) => "data",
        Content::Text => "text",
        Content::Zip => "zip archive",
        Content::Tar => "tar archive",
        Content::Gzip => "gzip",
        Content::Opaque => "data",
    };
    FileIdentity {
        md5: hex(&md5::Md5::digest(bytes)),
        sha1: hex(&sha1::Sha1::digest(bytes)),
        sha256: hex(&sha2::Sha256::digest(bytes)),
        size: bytes.len() as u64,
        file_type: file_type.to_owned(),
    }
}

impl Analyzer for Secrets {
    fn id(&self) -> AnalyzerId {
        "secrets"
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            version: VERSION + (self.depth as u32) * 1000,
            rules: Some(self.rules.digest()),
        }
    }

    fn wants(&self, file: &FileMeta<'_>, head: &[u8]) -> Want {
        let (path, size) = (file.path(), file.size());
        if size == 0 {
            return Want::Skip;
        }
        if file.other_name().is_some_and(|other| !self.rules.differ(path, other)) {
            return Want::Skip;
        }
        let all = if size > MAX_WHOLE { Want::Stream } else { Want::Whole };
        match content(path, head) {
            Content::Text => all,
            Content::Opaque if self.rules.has_file_rule(path, head) => Want::Prefix(FILE_HEAD),
            Content::Opaque => Want::Skip,
            // Manual pages and changelogs are gzipped one by one.
            _ if place(path) == PlaceKind::PackageReference => Want::Skip,
            Content::Zip if size <= MAX_WHOLE_ZIP => Want::Whole,
            _ => all,
        }
    }

    fn analyze(
        &self,
        file: &LayerFile<'_>,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let mut found = Collector::new(&self.rules, file.meta.path());
        let content = content(file.meta.path(), file.bytes);
        if let Err(error) = self.look(file.meta.path(), content, file.bytes, &mut found) {
            problems.push(problem(&error));
        }
        let is_whole = file.bytes.len() as u64 == file.meta.size();
        finish(found, || is_whole.then(|| identity(file.bytes, content)), out, problems);
        Ok(())
    }

    fn analyze_stream(
        &self,
        file: &FileMeta<'_>,
        stream: &mut dyn Read,
        out: &mut Vec<Fact>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), FileError> {
        let mut found = Collector::new(&self.rules, file.path());
        let mut head = Vec::new();
        let path = file.path();
        let read = stream.take(4096).read_to_end(&mut head);
        let kind = content(path, &head);
        let mut whole = Cursor::new(&head).chain(stream);
        let result = read.and_then(|_| match kind {
            Content::Text => scan_stream(&mut found, path, "", &mut whole),
            Content::Opaque => {
                found.file(&Place::file(path, false), &head);
                Ok(())
            }
            _ if self.depth == 0 => Ok(()),
            archive => scan_sequential(
                &mut found,
                path,
                "",
                archive,
                &mut whole,
                file.size(),
                self.depth - 1,
            ),
        });
        if let Err(error) = result {
            problems.push(problem(&error));
        }
        finish(found, || None, out, problems);
        Ok(())
    }
}
