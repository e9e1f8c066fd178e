//! Risks that show in the image itself rather than in an advisory: credentials, malicious files, settings and
//! build instructions; and what is kept of an image so that they can be judged without reading it again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Confidence, EntryKind, RiskKind, Severity};

/// Something that a rule found in one file, or in the image's configuration. It carries the words of its rule, so
/// that a stored inventory can be reported without the rules that were in force when it was made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Detection {
    /// What sort of risk.
    pub kind: RiskKind,
    /// Id of the rule.
    pub rule: String,
    /// Ids that other tools give the same check.
    pub aliases: Vec<String>,
    /// Class of the rule: `cloud`, `webshell`, `accounts` …
    pub class: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line for people.
    pub title: String,
    /// What somebody can do with it. May be empty.
    pub description: String,
    /// What to do about it.
    pub advice: String,
    /// Addresses to read on.
    pub references: Vec<String>,
    /// Where inside the file it lies, levels joined by `!/`; empty where the file itself is meant.
    pub inside: String,
    /// What shows it, masked and capped.
    pub sightings: Vec<Sighting>,
    /// Tells a secret from others without giving it away: a salted digest.
    pub fingerprint: Option<String>,
    /// The file, where its identity matters.
    pub file: Option<FileIdentity>,
    /// The setting as it is, and as it should be.
    pub setting: Option<Setting>,
}

impl Detection {
    /// A detection of which only the rule is known.
    #[must_use]
    pub fn new(kind: RiskKind, rule: impl Into<String>, severity: Severity) -> Self {
        Self {
            kind,
            rule: rule.into(),
            aliases: Vec::new(),
            class: String::new(),
            severity,
            confidence: Confidence::High,
            title: String::new(),
            description: String::new(),
            advice: String::new(),
            references: Vec::new(),
            inside: String::new(),
            sightings: Vec::new(),
            fingerprint: None,
            file: None,
            setting: None,
        }
    }
}

/// One place that shows a detection. Never longer than a line.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sighting {
    /// Line number, 1-based.
    pub line: Option<u32>,
    /// Column in characters, 1-based.
    pub column: Option<u32>,
    /// Offset in bytes, for what has no lines.
    pub offset: Option<u64>,
    /// Masked and capped text.
    pub text: String,
}

/// What a file is, whatever it is called.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FileIdentity {
    /// MD5, hexadecimal.
    pub md5: String,
    /// SHA-1, hexadecimal.
    pub sha1: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// What it is: `ELF 64-bit x86-64 program`, `shell script` …
    pub file_type: String,
}

/// A setting that is not as it should be.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Setting {
    /// Its name: `PermitRootLogin`, `mode`.
    pub name: String,
    /// Its value; empty where it is not set.
    pub actual: String,
    /// What it should be, in words or as a value.
    pub expected: String,
}

/// A detection and its place in the image.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlacedDetection {
    /// What was found.
    pub detection: Detection,
    /// Path of the file; `None` where it was found in the image's configuration.
    pub path: Option<String>,
    /// The part of the configuration it was found in: `Env`, `Labels`, `history[3]`.
    pub config_field: Option<String>,
    /// Index of the layer that brought it, where one did.
    pub layer: Option<u32>,
    /// Index of the layer that deleted or overwrote it: the finished image does not show it, but whoever pulls the
    /// image apart still gets it.
    pub hidden_by: Option<u32>,
    /// The operating system's package that owns the file as it is, where one does.
    pub owner: Option<String>,
}

/// A program or script that the layer pass knows by its digests: a list of known malware may name it tomorrow.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlacedIdentity {
    /// Path, without a leading slash.
    pub path: String,
    /// Index of the layer that brought it.
    pub layer: u32,
    /// Index of the layer that deleted or overwrote it.
    pub hidden_by: Option<u32>,
    /// What it is.
    pub identity: FileIdentity,
}

/// A live text file that checks look at: configuration, account files, scripts that containers start.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ImageText {
    /// Path, without a leading slash.
    pub path: String,
    /// Index of the layer that brought it.
    pub layer: u32,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Its text, lossy UTF-8.
    pub text: String,
}

/// A live entry of the file tree that checks look at: setuid programs, what everybody can write to, keys …
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NotableFile {
    /// Path, without a leading slash.
    pub path: String,
    /// Index of the layer that brought it.
    pub layer: u32,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size of a regular file in bytes.
    pub size: u64,
    /// Target of a link.
    pub target: String,
    /// The operating system's package that owns it, where one does.
    pub owner: Option<String>,
}
