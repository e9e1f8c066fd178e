//! What a check is: the words for people, how it judges, and the images that show that it does.

use plimsoll_model::{Setting, Severity};

use super::{formats::capped, image::Image, service::SettingRule};

/// Most places of one check that are reported one by one.
pub const MAX_HITS: usize = 50;

/// One thing that is looked at. All of its text is part of the reports and of the generated documentation.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stable id, `baseline-…`.
    pub id: &'static str,
    /// What it is about: `accounts`, `ssh`, `redis` … Catalogues select by it.
    pub class: &'static str,
    /// How bad a failure is.
    pub severity: Severity,
    /// Ids of the same recommendation elsewhere: `CIS-DI-0001`, `CIS Docker 4.1` …
    pub aliases: &'static [&'static str],
    /// One line: what is wrong when it fails.
    pub title: &'static str,
    /// What somebody can do with it.
    pub why: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// Addresses to read on.
    pub references: &'static [&'static str],
    /// Whether it is part of the `default` catalogue: what matters in a container and is quiet on the stock images
    /// of distributions.
    pub default: bool,
    /// How it judges.
    pub judge: Judge,
    /// Images on which it fails, in the fixture language of `docs/adding-a-baseline-check.md`.
    pub fails: &'static [&'static str],
    /// Images on which it passes.
    pub passes: &'static [&'static str],
    /// Images on which it has nothing to judge; an empty one is always tried, unless `skips` holds `always`.
    pub skips: &'static [&'static str],
}

/// How a check judges.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// By code of its own.
    Rule(fn(&Image<'_>, &mut Answer)),
    /// By mode and owner of files.
    Mode(ModeRule),
    /// By the value of one setting of a service.
    Setting(SettingRule),
}

/// Mode and owner that files may have at most.
#[derive(Clone, Copy, Debug)]
pub struct ModeRule {
    /// Globs, without a leading slash.
    pub paths: &'static [&'static str],
    /// The permission bits that may be set.
    pub most: u16,
    /// Whether only root may own it.
    pub root_owned: bool,
}

impl Check {
    /// A check of a class to fill in.
    pub(crate) const fn of(class: &'static str) -> Self {
        Self {
            id: "",
            class,
            severity: Severity::Medium,
            aliases: &[],
            title: "",
            why: "",
            advice: "",
            references: &[],
            default: true,
            judge: Judge::Rule(|_, _| {}),
            fails: &[],
            passes: &[],
            skips: &[],
        }
    }
}

/// Where a failure shows, and how.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hit {
    /// File, without a leading slash; `None` for the image's configuration.
    pub path: Option<String>,
    /// Part of the image's configuration.
    pub config_field: Option<&'static str>,
    /// Line of the file, 1-based.
    pub line: Option<u32>,
    /// What stands there; secrets already masked.
    pub text: String,
    /// The setting.
    pub setting: Option<Setting>,
    /// The exact change, where it can be written.
    pub change: Option<String>,
}

impl Hit {
    /// A failure of a file as a whole.
    pub(crate) fn file(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// A failure in a line of a file.
    pub(crate) fn line(path: impl Into<String>, line: u32, text: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            line: Some(line),
            text: capped(&text.into()).to_owned(),
            ..Self::default()
        }
    }

    /// A failure in the image's configuration.
    pub(crate) fn config(field: &'static str, text: impl Into<String>) -> Self {
        Self { config_field: Some(field), text: capped(&text.into()).to_owned(), ..Self::default() }
    }

    /// With the setting's name, its value and what it should be.
    pub(crate) fn setting(
        mut self,
        name: impl Into<String>,
        actual: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        self.setting =
            Some(Setting { name: name.into(), actual: actual.into(), expected: expected.into() });
        self
    }

    /// With the exact change.
    pub(crate) fn change(mut self, change: impl Into<String>) -> Self {
        self.change = Some(change.into());
        self
    }
}

/// What a check answers: everything that was wrong, everything that it could not decide. With neither, it passes
/// where it had something to judge.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub(crate) applies: bool,
    pub(crate) hits: Vec<Hit>,
    /// How many hits beyond [`MAX_HITS`] were not kept.
    pub(crate) more: usize,
    pub(crate) unsure: Vec<(Option<String>, String)>,
}

impl Answer {
    /// There is something to judge.
    pub(crate) fn applies(&mut self) {
        self.applies = true;
    }

    /// It is not as it should be.
    pub(crate) fn fail(&mut self, hit: Hit) {
        self.applies = true;
        if self.hits.len() < MAX_HITS {
            self.hits.push(hit);
        } else {
            self.more += 1;
        }
    }

    /// Nobody can tell, for this reason (a lower-case fragment).
    pub(crate) fn unsure(&mut self, path: Option<&str>, reason: impl Into<String>) {
        if self.unsure.len() < MAX_HITS {
            self.unsure.push((path.map(str::to_owned), reason.into()));
        } else if self.unsure.len() == MAX_HITS {
            let reason = format!("more than {MAX_HITS} things that it could not decide");
            self.unsure.push((None, reason));
        }
    }

    /// The answer as one word.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.hits.is_empty() {
            Verdict::Fail
        } else if !self.unsure.is_empty() {
            Verdict::CannotDecide
        } else if self.applies {
            Verdict::Pass
        } else {
            Verdict::NotApplicable
        }
    }
}

/// An [`Answer`] as one word.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// Something is not as it should be.
    Fail,
    /// All is as it should be.
    Pass,
    /// The image has nothing that the check is about.
    NotApplicable,
    /// Something is there that the check cannot judge.
    CannotDecide,
}
