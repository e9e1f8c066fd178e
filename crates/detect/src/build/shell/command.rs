//! A simple command, and what checks ask of it.

use crate::build::source::Text;

/// How a command is reached from the one before it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Join {
    /// It is the first, or comes whatever happened before (`;`, a new line).
    #[default]
    Always,
    /// `&&`
    IfDone,
    /// `||`
    IfFailed,
}

/// An argument.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Argument {
    /// Quotes and escapes taken away; expansions are left as they are written.
    pub value: String,
    /// As written.
    pub raw: String,
    /// Where it begins in the file.
    pub at: usize,
    /// Where it ends in the file.
    pub end: usize,
    /// It holds no expansion.
    pub is_literal: bool,
    /// It is quoted as a whole.
    pub is_quoted: bool,
}

/// A redirection to or from a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redirect {
    /// Whether the file is written.
    pub writes: bool,
    /// The file.
    pub target: String,
}

/// A simple command.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// Its name, unquoted; empty for bare assignments.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Argument>,
    /// `NAME=value` before it, and those of `export`, `env`.
    pub assignments: Vec<(String, String)>,
    /// Programs that it was started through: `sudo`, `env`, `xargs` …
    pub wrappers: Vec<String>,
    /// Files that its input and output go to.
    pub redirects: Vec<Redirect>,
    /// Where its name begins in the file.
    pub at: usize,
    /// Where its name ends in the file.
    pub name_end: usize,
    /// Which pipeline it is part of.
    pub pipeline: usize,
    /// Which command of that pipeline it is.
    pub stage: usize,
    /// How many commands that pipeline has.
    pub pipeline_length: usize,
    /// How it is reached.
    pub join: Join,
    /// It stands in a substitution, a subshell, a branch, a loop or a function: what it does to the shell itself, it may
    /// not do to what follows.
    pub is_nested: bool,
}

/// Programs that start another one, and those of their options that take a value.
const WRAPPERS: &[(&str, &str)] = &[
    ("command", ""),
    ("doas", "uC"),
    ("env", "uCS"),
    ("exec", "a"),
    ("gosu", ""),
    ("nice", "n"),
    ("nohup", ""),
    ("runuser", "u"),
    ("setpriv", ""),
    ("stdbuf", "ioe"),
    ("su-exec", ""),
    ("sudo", "ugpCDhRrtT"),
    ("time", "fo"),
    ("timeout", "ks"),
    ("xargs", "aEIiLlnPs"),
    ("eatmydata", ""),
    ("ionice", "cnp"),
    ("tini", ""),
    ("dumb-init", ""),
];

/// Wrappers whose first operand is not the program but a user, a time …
const WITH_OPERAND: &[&str] = &["gosu", "su-exec", "timeout"];

impl Command {
    /// A command that stands alone.
    pub(super) fn new(name: String, args: Vec<Argument>, at: usize, name_end: usize) -> Self {
        Self { name, args, at, name_end, pipeline_length: 1, ..Self::default() }
    }

    /// The name without folders.
    #[must_use]
    pub fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Whether it is one of these programs.
    #[must_use]
    pub fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.base_name())
    }

    /// Whether an argument is this one.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.args.iter().any(|arg| arg.value == value)
    }

    /// Whether an option is given: `-x`, also among others (`-axy`), or `--long`, also with `=value`. Single-letter
    /// options are given as `x`, long ones as `long`.
    #[must_use]
    pub fn has_option(&self, names: &[&str]) -> bool {
        self.options().any(|arg| {
            names.iter().any(|name| match arg.value.strip_prefix("--") {
                Some(long) => name.len() > 1 && long.split('=').next() == Some(name),
                None if name.len() == 1 => {
                    // A cluster of letters: what follows something else is a value.
                    let letters = arg.value[1..].bytes().take_while(u8::is_ascii_alphabetic);
                    letters.into_iter().any(|letter| name.as_bytes() == [letter])
                }
                None => arg.value.strip_prefix('-') == Some(name),
            })
        })
    }

    /// The value of an option: `--name value`, `--name=value`, `-n value`, `-nvalue`.
    #[must_use]
    pub fn option_value(&self, names: &[&str]) -> Option<&str> {
        for (index, arg) in self.args.iter().enumerate() {
            let next = || self.args.get(index + 1).map(|arg| arg.value.as_str());
            for name in names {
                if let Some(long) = arg.value.strip_prefix("--").filter(|_| name.len() > 1) {
                    if long == *name {
                        return next();
                    }
                    if let Some(value) = long.strip_prefix(name).and_then(|v| v.strip_prefix('=')) {
                        return Some(value);
                    }
                } else if let Some(value) =
                    arg.value.strip_prefix('-').and_then(|short| short.strip_prefix(name))
                    && name.len() == 1
                {
                    return if value.is_empty() { next() } else { Some(value) };
                }
            }
        }
        None
    }

    /// Arguments that begin with a dash, up to `--`.
    pub fn options(&self) -> impl Iterator<Item = &Argument> {
        self.args
            .iter()
            .take_while(|arg| arg.value != "--")
            .filter(|arg| arg.value.len() > 1 && arg.value.starts_with('-'))
    }

    /// Arguments that do not begin with a dash.
    pub fn operands(&self) -> impl Iterator<Item = &Argument> {
        self.args.iter().filter(|arg| !arg.value.starts_with('-'))
    }

    /// The first argument that is no option: `install` of `apt-get -y install x`.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.operands().next().map_or("", |arg| arg.value.as_str())
    }

    /// The words of the command, for people.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.name.clone();
        for arg in &self.args {
            line.push(' ');
            line.push_str(&arg.raw);
        }
        line
    }

    /// Makes `sudo -E apt-get …` the `apt-get …` that it starts.
    pub(super) fn unwrap(&mut self) {
        while self.wrappers.len() < 8 {
            let base = self.base_name();
            let Some((name, valued)) = WRAPPERS.iter().find(|(name, _)| *name == base) else {
                break;
            };
            let mut operands = usize::from(WITH_OPERAND.contains(name));
            let mut index = 0;
            let mut assigned = Vec::new();
            while let Some(arg) = self.args.get(index) {
                let value = arg.value.as_str();
                if value == "--" {
                    index += 1;
                    break;
                }
                if let Some(option) = value.strip_prefix('-') {
                    let is_valued = option.len() == 1 && valued.contains(option);
                    index += 1 + usize::from(is_valued);
                } else if let Some((name, value)) =
                    value.split_once('=').filter(|(n, _)| is_name(n))
                {
                    assigned.push((name.to_owned(), value.to_owned()));
                    index += 1;
                } else if operands > 0 {
                    operands -= 1;
                    index += 1;
                } else {
                    break;
                }
            }
            let Some(program) = self.args.get(index).cloned() else { break };
            self.assignments.extend(assigned);
            self.wrappers.push((*name).to_owned());
            self.name = program.value;
            self.at = program.at;
            self.name_end = program.end;
            self.args.drain(..=index);
        }
        if self.is(&["export", "declare", "readonly", "local"]) {
            for arg in &self.args {
                if let Some((name, value)) = arg.value.split_once('=').filter(|(n, _)| is_name(n)) {
                    self.assignments.push((name.to_owned(), value.to_owned()));
                }
            }
        }
    }

    /// The argument that a shell runs: `sh -c '…'`, `bash -lc '…'`, `su x -c '…'`, `eval '…'`.
    pub(super) fn shell_code(&self) -> Option<&Argument> {
        if self.is(super::SHELLS) || self.is(&["su"]) {
            let index = self.args.iter().position(|arg| {
                arg.value == "--command"
                    || arg.value.strip_prefix('-').is_some_and(|letters| {
                        letters.ends_with('c') && letters.bytes().all(|b| b.is_ascii_alphabetic())
                    })
            })?;
            // Options may stand between: `sh -c -e '…'`.
            return self.args[index + 1..].iter().find(|arg| !arg.value.starts_with('-'));
        }
        self.is(&["eval"]).then(|| self.args.first()).flatten().filter(|arg| arg.is_literal)
    }

    /// Makes offsets in the script offsets in the file.
    pub(super) fn relocate(&mut self, text: &Text) {
        let end = |end: usize| if end == 0 { text.source(0) } else { text.source(end - 1) + 1 };
        (self.at, self.name_end) = (text.source(self.at), end(self.name_end));
        for arg in &mut self.args {
            (arg.at, arg.end) = (text.source(arg.at), end(arg.end));
        }
    }
}

/// Whether this can be the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
