//! Lines of a Dockerfile joined to instructions.

use super::{Mistake, heredoc};
use crate::build::{
    instruction::{Heredoc, Keyword},
    source::Text,
};

/// A parser directive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Directive {
    /// Its name in small letters.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where its line begins.
    pub at: usize,
}

/// A comment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Comment {
    /// Without the `#`, trimmed.
    pub text: String,
    /// Where its line begins.
    pub at: usize,
    /// Whether it stands alone, not inside a continued instruction.
    pub is_free: bool,
}

/// The lines of one instruction.
#[derive(Debug, Default)]
pub(super) struct Logical {
    pub(super) text: Text,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) heredocs: Vec<Heredoc>,
    pub(super) unterminated: Vec<String>,
    pub(super) empty_lines: Vec<usize>,
}

/// Reads instruction by instruction.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    pub(super) escape: char,
    pub(super) comments: Vec<Comment>,
}

/// A comment's text; `None` for a line that is none.
fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix('#').map(str::trim)
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // A byte order mark is no part of the first instruction.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, escape: '\\', comments: Vec::new() }
    }

    /// The next line without its end, and where it begins.
    fn line(&mut self) -> Option<(&'a str, usize)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = memchr::memchr(b'\n', rest.as_bytes());
        self.at += length.map_or(rest.len(), |length| length + 1);
        let line = &rest[..length.unwrap_or(rest.len())];
        Some((line.strip_suffix('\r').unwrap_or(line), start))
    }

    /// The directives at the head. They end at the first line that is none.
    pub(super) fn directives(&mut self, mistakes: &mut Vec<Mistake>) -> Vec<Directive> {
        let mut found: Vec<Directive> = Vec::new();
        loop {
            let back = self.at;
            let directive = self.line().and_then(|(line, at)| {
                let (name, value) = comment(line)?.split_once('=')?;
                let name = name.trim().to_ascii_lowercase();
                let value = value.trim().to_owned();
                ["syntax", "escape", "check"].contains(&name.as_str()).then_some(Directive {
                    name,
                    value,
                    at,
                })
            });
            let Some(directive) = directive else {
                self.at = back;
                return found;
            };
            if found.iter().any(|earlier| earlier.name == directive.name) {
                let message = format!("directive `{}` stands twice", directive.name);
                mistakes.push(Mistake::new(directive.at, message));
            } else if directive.name == "escape" {
                match directive.value.as_str() {
                    "\\" => self.escape = '\\',
                    "`" => self.escape = '`',
                    _ => mistakes.push(Mistake::new(
                        directive.at,
                        "directive `escape` must be a backslash or a backtick",
                    )),
                }
            }
            found.push(directive);
        }
    }

    /// The line without the escape at its end, where it is continued.
    fn continued(&self, line: &'a str) -> Option<&'a str> {
        line.trim_end_matches([' ', '\t']).strip_suffix(self.escape)
    }

    /// The lines of the next instruction.
    pub(super) fn next_instruction(&mut self) -> Option<Logical> {
        let (first, start) = loop {
            let (line, at) = self.line()?;
            match comment(line) {
                Some(text) => {
                    self.comments.push(Comment { text: text.to_owned(), at, is_free: true });
                }
                None if line.trim().is_empty() => {}
                None => break (line, at),
            }
        };
        let indent = first.len() - first.trim_start().len();
        let mut logical = Logical { start: start + indent, ..Logical::default() };
        let mut line = &first[indent..];
        let mut at = start + indent;
        loop {
            logical.end = at + line.trim_end().len();
            let Some(head) = self.continued(line) else {
                logical.text.push(line, at);
                break;
            };
            logical.text.push(head, at);
            let Some(next) = self.next_continuation(&mut logical) else { break };
            (line, at) = next;
        }
        self.heredocs(&mut logical);
        Some(logical)
    }

    /// The next line of a continued instruction: comments and empty lines are passed over.
    fn next_continuation(&mut self, logical: &mut Logical) -> Option<(&'a str, usize)> {
        loop {
            let (line, at) = self.line()?;
            if let Some(text) = comment(line) {
                self.comments.push(Comment { text: text.to_owned(), at, is_free: false });
            } else if line.trim().is_empty() {
                logical.empty_lines.push(at);
            } else {
                return Some((line, at));
            }
        }
    }

    fn heredocs(&mut self, logical: &mut Logical) {
        let line = logical.text.as_str();
        let mut words = line.split_whitespace();
        let mut keyword = words.next().map_or(Keyword::Unknown, Keyword::of);
        if keyword == Keyword::OnBuild {
            keyword = words.next().map_or(Keyword::Unknown, Keyword::of);
        }
        if !keyword.has_heredocs() {
            return;
        }
        for start in heredoc::starts(line) {
            let mut body = Text::default();
            let mut ended = false;
            while let Some((line, at)) = self.line() {
                let shown = if start.strips_tabs { line.trim_start_matches('\t') } else { line };
                if shown == start.name {
                    logical.end = at + line.len();
                    ended = true;
                    break;
                }
                body.push(shown, at + line.len() - shown.len());
                body.push("\n", at + line.len());
                logical.end = at + line.len();
            }
            if !ended {
                logical.unterminated.push(start.name.clone());
            }
            logical.heredocs.push(Heredoc { name: start.name, body });
        }
    }
}
