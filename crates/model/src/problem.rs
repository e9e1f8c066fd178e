//! What could not be read, scanned or decided. A report without problems is the only clean report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that the scan could not do, with its place.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Problem {
    /// What sort of thing went wrong.
    pub kind: ProblemKind,
    /// Index of the layer from the bottom, 0-based, where it belongs to one.
    pub layer: Option<u32>,
    /// Path inside the image, without a leading slash, where it belongs to one.
    pub path: Option<String>,
    /// What happened, in a lower-case fragment that fits after "could not scan this completely:".
    pub message: String,
}

impl Problem {
    /// A problem that belongs to no layer or path yet.
    #[must_use]
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, layer: None, path: None, message: message.into() }
    }

    /// The same problem, at a path.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same problem, in a layer.
    #[must_use]
    pub fn in_layer(mut self, layer: u32) -> Self {
        self.layer = Some(layer);
        self
    }
}

/// Sorts of [`Problem`]; the name in kebab-case is stable and part of the JSON output.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// A file or record could not be parsed.
    Malformed,
    /// A named limit was reached; what lies beyond was not looked at.
    LimitReached,
    /// A stream ended early or did not decompress.
    Truncated,
    /// Bytes do not have the digest that the manifest or the cache names for them.
    DigestMismatch,
    /// A layer that the image refers to but does not carry (foreign or non-distributable).
    MissingLayer,
    /// A path that points out of the tree, or an entry that no layer should hold.
    UnsafeEntry,
    /// An analyser panicked or failed on one file; the rest was scanned.
    AnalyzerFailed,
    /// A format, version or feature that is not supported.
    Unsupported,
    /// No file identifies the operating system.
    UnknownSystem,
    /// Something exists but could not be read (permissions, I/O).
    Unreadable,
    /// Installed software whose version cannot be compared with what advisories name.
    CannotTell,
}

impl ProblemKind {
    /// Whether this problem means that part of the image was not scanned. (An unsafe entry is worth
    /// knowing but hides nothing.)
    #[must_use]
    pub fn makes_incomplete(self) -> bool {
        !matches!(self, ProblemKind::UnsafeEntry)
    }
}
