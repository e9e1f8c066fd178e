//! What a check is, and what it reports.

use plimsoll_model::{Confidence, Severity};

use super::{
    instruction::{Instruction, Place},
    plan::Plan,
    shell::Command,
};

/// What a check protects.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// The Dockerfile cannot be built, or does not do what it seems to.
    Correctness,
    /// Versions left open: another build gives another image.
    Pinning,
    /// Secrets that end up in the image.
    Secrets,
    /// What an attacker can make use of.
    Security,
    /// Image size and build time.
    Size,
    /// How it is written.
    Style,
    /// Downloads that are not verified.
    Verification,
}

impl Class {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Class::Correctness => "correctness",
            Class::Pinning => "pinning",
            Class::Secrets => "secrets",
            Class::Security => "security",
            Class::Size => "size",
            Class::Style => "style",
            Class::Verification => "verification",
        }
    }
}

/// What a check can judge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Judges {
    /// Dockerfiles alone: an image's history does not show it.
    Dockerfiles,
    /// The history of an image, too.
    Both,
}

/// A check, with its documentation and its examples.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stable id.
    pub id: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// What it protects.
    pub class: Class,
    /// How bad a finding is.
    pub severity: Severity,
    /// What it can judge.
    pub judges: Judges,
    /// Whether it runs without being asked for.
    pub by_default: bool,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// Equivalents: hadolint's, Docker's, Trivy's, dockle's ids, and sections of the CIS Docker Benchmark.
    pub aliases: &'static [&'static str],
    /// Addresses to read on.
    pub references: &'static [&'static str],
    /// Dockerfiles that it fires on. The first is shown in the documentation.
    pub fails: &'static [&'static str],
    /// Dockerfiles that it does not fire on. The first is the corrected example of the documentation.
    pub passes: &'static [&'static str],
    /// The rule.
    pub run: fn(&Plan<'_>, &mut Hits),
}

impl Check {
    /// The fields that most checks share.
    pub(crate) const BASE: Check = Check {
        id: "",
        title: "",
        class: Class::Style,
        severity: Severity::Low,
        judges: Judges::Both,
        by_default: true,
        why: "",
        advice: "",
        aliases: &[],
        references: &[],
        fails: &[],
        passes: &[],
        run: |_, _| {},
    };
}

/// The Dockerfile reference.
pub(crate) const REFERENCE: &str = "https://docs.docker.com/reference/dockerfile/";
/// Docker's advice on building.
pub(crate) const PRACTICES: &str = "https://docs.docker.com/build/building/best-practices/";
/// Docker's own build checks.
pub(crate) const BUILD_CHECKS: &str = "https://docs.docker.com/reference/build-checks/";
/// Secrets of a build.
pub(crate) const BUILD_SECRETS: &str = "https://docs.docker.com/build/building/secrets/";
/// Cache mounts.
pub(crate) const CACHE_MOUNTS: &str = "https://docs.docker.com/build/cache/optimize/";

/// A change of the file: the bytes from `start` to `end` give way to `text`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Edit {
    /// First byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
    /// What comes in its place.
    pub text: String,
}

/// Something that a check found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Index of the instruction.
    pub instruction: Option<usize>,
    /// Where in the file; the instruction's beginning otherwise.
    pub at: Option<usize>,
    /// What is wrong here, in one line. Empty where the check's title says it.
    pub message: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Another severity than the check's.
    pub severity: Option<Severity>,
    /// The instruction as it should be, where that can be written.
    pub corrected: Option<String>,
    /// Changes that mend it, all or none; empty where that is not certain.
    pub edits: Vec<Edit>,
    /// Parts of the instruction that must not be shown.
    pub secrets: Vec<String>,
    /// Those of the check's aliases that mean this finding, where not all do.
    pub aliases: Option<&'static [&'static str]>,
}

impl Hit {
    /// How sure it is.
    pub(crate) fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }

    /// Rates this one differently.
    pub(crate) fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }

    /// Shows how it should be.
    pub(crate) fn corrected(&mut self, corrected: impl Into<String>) -> &mut Self {
        self.corrected = Some(corrected.into());
        self
    }

    /// Only these of the check's aliases mean it.
    pub(crate) fn aliases(&mut self, aliases: &'static [&'static str]) -> &mut Self {
        self.aliases = Some(aliases);
        self
    }

    /// Keeps a text out of what is shown.
    pub(crate) fn hide(&mut self, secret: &str) -> &mut Self {
        if !secret.is_empty() {
            self.secrets.push(secret.to_owned());
        }
        self
    }

    /// Mends it.
    pub(crate) fn edit(&mut self, start: usize, end: usize, text: impl Into<String>) -> &mut Self {
        self.edits.push(Edit { start, end, text: text.into() });
        self
    }
}

/// Collects what a check finds.
#[derive(Debug, Default)]
pub struct Hits {
    found: Vec<Hit>,
}

/// Most findings of one check: a file of ten thousand faults is not read to its end.
const MAX_HITS: usize = 1_000;

impl Hits {
    fn push(&mut self, instruction: Option<usize>, at: Option<usize>, message: String) -> &mut Hit {
        // Beyond the limit the last one is overwritten; `is_cut` tells.
        if self.found.len() > MAX_HITS {
            self.found.pop();
        }
        let index = self.found.len();
        self.found.push(Hit {
            instruction,
            at,
            message,
            confidence: Confidence::High,
            severity: None,
            corrected: None,
            edits: Vec::new(),
            secrets: Vec::new(),
            aliases: None,
        });
        &mut self.found[index]
    }

    /// About an instruction.
    pub(crate) fn on(&mut self, instruction: &Instruction, message: impl Into<String>) -> &mut Hit {
        self.push(Some(instruction.index), None, message.into())
    }

    /// About a place in an instruction.
    pub(crate) fn at(
        &mut self,
        instruction: &Instruction,
        at: usize,
        message: impl Into<String>,
    ) -> &mut Hit {
        let at = matches!(instruction.place, Place::File { .. }).then_some(at);
        self.push(Some(instruction.index), at, message.into())
    }

    /// About a command of an instruction.
    pub(crate) fn command(
        &mut self,
        instruction: &Instruction,
        command: &Command,
        message: impl Into<String>,
    ) -> &mut Hit {
        self.at(instruction, command.at, message)
    }

    /// About a place of the file that is in no instruction.
    pub(crate) fn place(&mut self, at: usize, message: impl Into<String>) -> &mut Hit {
        self.push(None, Some(at), message.into())
    }

    /// About the whole file or image.
    pub(crate) fn whole(&mut self, message: impl Into<String>) -> &mut Hit {
        self.push(None, None, message.into())
    }

    /// What was found, and whether there was more.
    pub(super) fn finish(mut self) -> (Vec<Hit>, bool) {
        let cut = self.found.len() > MAX_HITS;
        self.found.truncate(MAX_HITS);
        (self.found, cut)
    }
}
