//! One instruction, wherever it comes from: a Dockerfile or the history of an image. Checks see nothing else, so that
//! an image without its Dockerfile is judged by the same rules.

use plimsoll_model::Confidence;

use super::{shell::Script, source::Text};

/// The instructions that Dockerfiles have.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Keyword {
    /// `ADD`
    Add,
    /// `ARG`
    Arg,
    /// `CMD`
    Cmd,
    /// `COPY`
    Copy,
    /// `ENTRYPOINT`
    Entrypoint,
    /// `ENV`
    Env,
    /// `EXPOSE`
    Expose,
    /// `FROM`
    From,
    /// `HEALTHCHECK`
    Healthcheck,
    /// `LABEL`
    Label,
    /// `MAINTAINER`
    Maintainer,
    /// `ONBUILD`; its trigger is an instruction of its own.
    OnBuild,
    /// `RUN`
    Run,
    /// `SHELL`
    Shell,
    /// `STOPSIGNAL`
    StopSignal,
    /// `USER`
    User,
    /// `VOLUME`
    Volume,
    /// `WORKDIR`
    Workdir,
    /// Anything else.
    Unknown,
}

const NAMES: &[(&str, Keyword)] = &[
    ("ADD", Keyword::Add),
    ("ARG", Keyword::Arg),
    ("CMD", Keyword::Cmd),
    ("COPY", Keyword::Copy),
    ("ENTRYPOINT", Keyword::Entrypoint),
    ("ENV", Keyword::Env),
    ("EXPOSE", Keyword::Expose),
    ("FROM", Keyword::From),
    ("HEALTHCHECK", Keyword::Healthcheck),
    ("LABEL", Keyword::Label),
    ("MAINTAINER", Keyword::Maintainer),
    ("ONBUILD", Keyword::OnBuild),
    ("RUN", Keyword::Run),
    ("SHELL", Keyword::Shell),
    ("STOPSIGNAL", Keyword::StopSignal),
    ("USER", Keyword::User),
    ("VOLUME", Keyword::Volume),
    ("WORKDIR", Keyword::Workdir),
];

impl Keyword {
    /// The instruction of this name, in any case.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(Keyword::Unknown, |(_, keyword)| *keyword)
    }

    /// Its name in capitals; empty for [`Keyword::Unknown`].
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, keyword)| *keyword == self).map_or("", |(name, _)| name)
    }

    /// The nearest name, for somebody who mistyped.
    #[must_use]
    pub fn nearest(name: &str) -> Option<&'static str> {
        let upper = name.to_ascii_uppercase();
        NAMES
            .iter()
            .map(|(known, _)| (strsim::damerau_levenshtein(known, &upper), *known))
            .filter(|(distance, known)| *distance <= 2 && known.len() > 2)
            .min()
            .map(|(_, known)| known)
    }

    /// Whether `--flag`s may follow.
    pub(crate) fn has_flags(self) -> bool {
        use Keyword::{Add, Copy, From, Healthcheck, Run};
        matches!(self, Add | Copy | From | Healthcheck | Run)
    }

    /// Whether here-documents may follow.
    pub(crate) fn has_heredocs(self) -> bool {
        matches!(self, Keyword::Add | Keyword::Copy | Keyword::Run)
    }

    /// Whether it may stand in the JSON form.
    pub(crate) fn has_json(self) -> bool {
        use Keyword::{Add, Cmd, Copy, Entrypoint, Healthcheck, Run, Shell, Volume};
        matches!(self, Add | Cmd | Copy | Entrypoint | Healthcheck | Run | Shell | Volume)
    }
}

/// A word of an instruction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Word {
    /// Its value, outer quotes and escapes taken away.
    pub value: String,
    /// Where it begins in the file.
    pub at: usize,
    /// Where it ends in the file.
    pub end: usize,
}

/// `--name=value`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flag {
    /// Without the dashes, in small letters.
    pub name: String,
    /// `None` where there is no `=`.
    pub value: Option<String>,
    /// Where it begins in the file.
    pub at: usize,
    /// Where it ends in the file.
    pub end: usize,
}

/// `name=value` of `ENV`, `LABEL` and `ARG`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pair {
    /// Name.
    pub name: String,
    /// Value, unquoted; `None` for an `ARG` without default.
    pub value: Option<String>,
    /// Written with a space instead of `=`.
    pub spaced: bool,
    /// Where it begins in the file.
    pub at: usize,
    /// Where it ends in the file.
    pub end: usize,
}

/// A here-document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Its lines.
    pub body: Text,
}

/// Where an instruction stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// In a file, from this byte to that.
    File {
        /// First byte of the keyword.
        start: usize,
        /// Behind its last byte, here-documents included, the line's end not.
        end: usize,
    },
    /// In the history of an image.
    History {
        /// Index of the entry.
        entry: usize,
        /// Index of the layer that it made.
        layer: Option<u32>,
    },
}

/// An instruction that belongs to the base image, not to who built the image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OfBase {
    /// How sure that is.
    pub confidence: Confidence,
    /// What shows it.
    pub reason: &'static str,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Index among the instructions.
    pub index: usize,
    /// Which one.
    pub keyword: Keyword,
    /// Its name as it is written.
    pub written: String,
    /// Its arguments on one line, flags included.
    pub args: Text,
    /// Where in `args` the flags end.
    pub after_flags: usize,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its words behind the flags, split at white space. Of the JSON form: its strings.
    pub words: Vec<Word>,
    /// Whether it is in the JSON form.
    pub is_json: bool,
    /// Its pairs (`ENV`, `LABEL`, `ARG`).
    pub pairs: Vec<Pair>,
    /// Its here-documents.
    pub heredocs: Vec<Heredoc>,
    /// What it runs (`RUN`, `CMD`, `ENTRYPOINT`, `HEALTHCHECK CMD`).
    pub script: Option<Script>,
    /// Index of the stage it is in; `None` before the first `FROM`.
    pub stage: Option<usize>,
    /// Whether it is the trigger of an `ONBUILD`.
    pub is_trigger: bool,
    /// Empty lines inside it, by their place in the file.
    pub empty_lines: Vec<usize>,
    /// Where it stands.
    pub place: Place,
    /// Whether it comes with the base image.
    pub of_base: Option<OfBase>,
}

impl Instruction {
    /// Where it begins in its file; 0 for one of a history.
    #[must_use]
    pub fn start(&self) -> usize {
        match self.place {
            Place::File { start, .. } => start,
            Place::History { .. } => 0,
        }
    }

    /// The flag of this name.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// The arguments behind the flags.
    #[must_use]
    pub fn rest(&self) -> &str {
        self.args.as_str().get(self.after_flags..).unwrap_or_default().trim()
    }

    /// The sources of `COPY` and `ADD`: all words but the last, without here-documents.
    pub fn sources(&self) -> impl Iterator<Item = &Word> {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().take(last).filter(|word| !word.value.starts_with("<<"))
    }

    /// The destination of `COPY` and `ADD`.
    #[must_use]
    pub fn destination(&self) -> Option<&Word> {
        self.words.last().filter(|_| self.words.len() > 1)
    }

    /// The instruction on one line, for people.
    #[must_use]
    pub fn line(&self) -> String {
        let trigger = if self.is_trigger { "ONBUILD " } else { "" };
        let args = self.args.as_str().trim();
        let space = if args.is_empty() { "" } else { " " };
        let mut line = format!("{trigger}{}{space}{args}", self.written);
        if let Some(heredoc) = self.heredocs.first() {
            line.push_str(" …");
            line.push_str(heredoc.body.as_str().lines().next().unwrap_or_default());
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(Keyword::of("fRoM"), Keyword::From);
        assert_eq!(Keyword::of("FORM"), Keyword::Unknown);
        assert_eq!(Keyword::nearest("FORM"), Some("FROM"));
        assert_eq!(Keyword::nearest("services"), None);
        assert!(NAMES.iter().all(|(name, keyword)| keyword.name() == *name));
    }
}
