//! Risky build instructions, in Dockerfiles ([`lint`]) and in the history of images ([`evaluate_history`]). Both become
//! [`Instruction`]s, so that an image without its Dockerfile is judged by the same checks.
//!
//! A check is one file of [`checks`]; `docs/adding-a-build-check.md` says how to add one.

pub mod catalogue;
mod check;
pub mod checks;
pub mod dockerfile;
pub mod dockerignore;
pub mod equivalents;
mod fix;
pub mod history;
pub mod ignore;
pub mod instruction;
mod packages;
pub mod plan;
mod report;
pub mod secret;
pub mod shell;
pub mod source;
mod variables;

use std::{fmt, sync::Arc};

pub use check::{Check, Class, Edit, Hit, Hits, Judges};
pub use fix::{Fixed, fix};
pub use instruction::Instruction;
use plan::Plan;
use plimsoll_model::{HistoryEntry, ImageConfig, PlacedDetection, Problem, ProblemKind};
pub use secret::LooksSecret;
use shell::Outcome;

/// What the caller wants.
#[derive(Clone, Default)]
pub struct Options {
    /// Values of `ARG`s, as `--build-arg` gives them.
    pub build_args: Vec<(String, String)>,
    /// Registries that base images may come from (`*` stands for anything); empty allows all.
    pub registries: Vec<String>,
    /// Labels that an image must have, and what their values must be.
    pub labels: Vec<(String, LabelKind)>,
    /// No other labels than [`Self::labels`] are allowed.
    pub strict_labels: bool,
    /// Checks to run that do not run by themselves, by id; `*` is all of them.
    pub enable: Vec<String>,
    /// What the build context leaves out, where that is known.
    pub dockerignore: Option<dockerignore::DockerIgnore>,
    /// Tells secrets; [`secret::BuiltIn`] where there is none.
    pub secrets: Option<Arc<dyn LooksSecret + Send + Sync>>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of build arguments may be secrets.
        let names: Vec<&String> = self.build_args.iter().map(|(name, _)| name).collect();
        f.debug_struct("Options")
            .field("build_args", &names)
            .field("registries", &self.registries)
            .field("labels", &self.labels)
            .field("strict_labels", &self.strict_labels)
            .field("enable", &self.enable)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// What sort of secret a value is.
    pub(crate) fn looks_secret(&self, name: &str, value: &str) -> Option<String> {
        match &self.secrets {
            Some(engine) => engine
                .looks_secret(name, value)
                .or_else(|| secret::BuiltIn.looks_secret(name, value)),
            None => secret::BuiltIn.looks_secret(name, value),
        }
    }

    fn runs(&self, check: &Check) -> bool {
        check.by_default
            || self.enable.iter().any(|id| id == "*" || id.eq_ignore_ascii_case(check.id))
    }
}

/// What the value of a label must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LabelKind {
    /// Anything but nothing.
    Text,
    /// An address.
    Url,
    /// A time of RFC 3339.
    Rfc3339,
    /// A semantic version.
    SemVer,
    /// A commit of git.
    GitHash,
    /// An SPDX licence expression.
    Spdx,
    /// An e-mail address.
    Email,
}

impl LabelKind {
    /// The kinds and their names.
    pub const NAMES: [(&'static str, LabelKind); 7] = [
        ("text", LabelKind::Text),
        ("url", LabelKind::Url),
        ("rfc3339", LabelKind::Rfc3339),
        ("semver", LabelKind::SemVer),
        ("hash", LabelKind::GitHash),
        ("spdx", LabelKind::Spdx),
        ("email", LabelKind::Email),
    ];
}

/// A finding, and what else a caller needs of it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The finding. Its path is the Dockerfile's, or it stands in `history[N]` of the configuration.
    pub placed: PlacedDetection,
    /// Why it does not count, where an ignore comment says so or the base image brought it.
    pub suppressed: Option<Suppressed>,
    /// Changes of the Dockerfile that mend it; empty where a person has to.
    pub edits: Vec<Edit>,
}

/// Why a finding does not count.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Suppressed {
    /// A comment sets it aside.
    Comment {
        /// Line of the comment.
        line: u32,
        /// Its reason, or the comment's form where it gives none.
        reason: String,
    },
    /// The instruction is the base image's.
    BaseImage {
        /// What shows that.
        reason: String,
    },
}

impl Suppressed {
    /// The reason in words.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Suppressed::Comment { line, reason } => format!("line {line}: {reason}"),
            Suppressed::BaseImage { reason } => {
                format!("an instruction of the base image: {reason}")
            }
        }
    }
}

/// What checks say.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// The findings, in the order of the instructions.
    pub findings: Vec<Found>,
    /// What could not be judged.
    pub problems: Vec<Problem>,
}

/// Judges a Dockerfile. `path` is the name it is reported under.
#[must_use]
pub fn lint(path: &str, text: &str, options: &Options) -> Evaluated {
    let plan = Plan::of_dockerfile(text, options);
    let mut evaluated = evaluate(&plan, Some(path));
    for mistake in plan.mistakes.iter().filter(|mistake| mistake.is_limit) {
        let problem = Problem::new(ProblemKind::LimitReached, &mistake.message).at(path);
        evaluated.problems.push(problem);
    }
    evaluated
}

/// Judges the history of an image.
#[must_use]
pub fn evaluate_history(
    config: &ImageConfig,
    history: &[HistoryEntry],
    options: &Options,
) -> Evaluated {
    let read = history::read(history, config);
    let plan = Plan::of_history(read.instructions, config, options);
    let mut evaluated = evaluate(&plan, None);
    for limit in read.limits {
        evaluated.problems.push(Problem::new(ProblemKind::LimitReached, limit));
    }
    evaluated
}

fn evaluate(plan: &Plan<'_>, path: Option<&str>) -> Evaluated {
    let mut evaluated = Evaluated::default();
    let comments = ignore::comments(plan);
    for check in checks::all() {
        if !plan.options.runs(check)
            || (plan.origin == plan::Origin::History && check.judges == Judges::Dockerfiles)
        {
            continue;
        }
        let mut hits = Hits::default();
        (check.run)(plan, &mut hits);
        let (hits, is_cut) = hits.finish();
        if is_cut {
            let message = format!("more findings of {} than are listed", check.id);
            let mut problem = Problem::new(ProblemKind::LimitReached, message);
            problem.path = path.map(str::to_owned);
            evaluated.problems.push(problem);
        }
        evaluated
            .findings
            .extend(hits.into_iter().map(|hit| report::found(plan, check, hit, path, &comments)));
    }
    for instruction in &plan.instructions {
        let Some(Outcome::Unreadable(why)) =
            instruction.script.as_ref().map(|script| &script.outcome)
        else {
            continue;
        };
        let place = report::place(plan, instruction);
        let message = format!("{place}: no check can decide on this shell code: {why}");
        let mut problem = Problem::new(ProblemKind::CannotTell, message);
        problem.path = path.map(str::to_owned);
        evaluated.problems.push(problem);
    }
    evaluated.findings.sort_by_cached_key(|found| report::order(plan, found));
    evaluated
}

#[cfg(test)]
mod tests;
