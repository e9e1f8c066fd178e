//! Reads a Dockerfile into instructions, as BuildKit's front end does: parser directives, continued lines with comments
//! among them, here-documents, the JSON form, flags. Unlike a builder it carries on after a mistake, and it keeps the
//! comments and the place of every word, which ignore comments and `--fix` need.

mod arguments;
mod heredoc;
mod lines;

pub use lines::{Comment, Directive};

use super::{
    instruction::{Heredoc, Instruction, Keyword, Place},
    shell,
    source::Text,
};

/// Largest Dockerfile that is looked at. Real ones are smaller than 100 KB.
pub const MAX_FILE: usize = 1 << 20;

/// Most instructions of one file.
pub const MAX_INSTRUCTIONS: usize = 10_000;

/// Most stages of one file: what depends on all stages that one begins with takes time that grows with their square.
pub const MAX_STAGES: usize = 1_000;

/// A Dockerfile, read.
#[derive(Clone, Debug, Default)]
pub struct Dockerfile {
    /// `# syntax=`, `# escape=`, `# check=`.
    pub directives: Vec<Directive>,
    /// The other comments.
    pub comments: Vec<Comment>,
    /// The instructions. An `ONBUILD` is followed by its trigger.
    pub instructions: Vec<Instruction>,
    /// What keeps it from being built, or from being judged whole.
    pub mistakes: Vec<Mistake>,
}

/// Something that a builder refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mistake {
    /// Where.
    pub at: usize,
    /// What, as a lower-case fragment.
    pub message: String,
    /// Whether part of the file was not looked at because of it.
    pub is_limit: bool,
}

impl Mistake {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), is_limit: false }
    }
}

/// Reads a Dockerfile.
#[must_use]
pub fn parse(text: &str) -> Dockerfile {
    let mut file = Dockerfile::default();
    let mut text = text;
    if text.len() > MAX_FILE {
        let message =
            format!("the file is over the limit of {MAX_FILE} bytes; the rest was not looked at");
        file.mistakes.push(Mistake { at: 0, message, is_limit: true });
        let mut end = MAX_FILE;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text = &text[..end];
    }
    let mut reader = lines::Reader::new(text);
    file.directives = reader.directives(&mut file.mistakes);
    let escape = reader.escape;
    let mut stages = 0;
    while let Some(line) = reader.next_instruction() {
        if file.instructions.len() >= MAX_INSTRUCTIONS {
            let message =
                format!("more than {MAX_INSTRUCTIONS} instructions; the rest was not looked at");
            file.mistakes.push(Mistake { at: line.start, message, is_limit: true });
            break;
        }
        let start = line.start;
        add(&mut file, line, escape);
        let is_stage = file.instructions.last().is_some_and(|last| last.keyword == Keyword::From);
        stages += usize::from(is_stage);
        if stages > MAX_STAGES {
            file.instructions.pop();
            let message = format!("more than {MAX_STAGES} stages; the rest was not looked at");
            file.mistakes.push(Mistake { at: start, message, is_limit: true });
            break;
        }
    }
    file.comments = reader.comments;
    number_stages(&mut file);
    file
}

fn number_stages(file: &mut Dockerfile) {
    let mut stage = None;
    for (index, instruction) in file.instructions.iter_mut().enumerate() {
        instruction.index = index;
        if instruction.keyword == Keyword::From && !instruction.is_trigger {
            stage = Some(stage.map_or(0, |stage| stage + 1));
        }
        instruction.stage = stage;
    }
}

fn add(file: &mut Dockerfile, line: lines::Logical, escape: char) {
    let place = Place::File { start: line.start, end: line.end };
    for name in &line.unterminated {
        file.mistakes
            .push(Mistake::new(line.start, format!("here-document `{name}` is not ended")));
    }
    let (written, args) = split_keyword(&line.text);
    let mut instruction = instruction(&written, args, line.heredocs, escape, place);
    instruction.empty_lines = line.empty_lines;
    let trigger = (instruction.keyword == Keyword::OnBuild).then(|| {
        let args = instruction.args.clone();
        let heredocs = instruction.heredocs.clone();
        (args, heredocs)
    });
    file.instructions.push(instruction);
    if let Some((args, heredocs)) = trigger {
        let (written, rest) = split_keyword(&args);
        if written.is_empty() {
            return;
        }
        let start = args.source(args.as_str().len() - args.as_str().trim_start().len());
        let place = Place::File { start, end: line.end };
        let mut inner = self::instruction(&written, rest, heredocs, escape, place);
        inner.is_trigger = true;
        file.instructions.push(inner);
    }
}

/// The first word, and what follows it.
fn split_keyword(text: &Text) -> (String, Text) {
    let line = text.as_str();
    let begin = line.len() - line.trim_start().len();
    let length = line[begin..].find(char::is_whitespace).unwrap_or(line.len() - begin);
    let behind = begin + length;
    let rest = line[behind..].len() - line[behind..].trim_start().len();
    (
        line[begin..behind].to_owned(),
        text.slice(behind + rest, line.trim_end().len().max(behind + rest)),
    )
}

/// Puts an instruction together from its name and its arguments.
pub(crate) fn instruction(
    written: &str,
    args: Text,
    heredocs: Vec<Heredoc>,
    escape: char,
    place: Place,
) -> Instruction {
    let keyword = Keyword::of(written);
    let mut made = Instruction {
        index: 0,
        keyword,
        written: written.to_owned(),
        after_flags: 0,
        flags: Vec::new(),
        words: Vec::new(),
        is_json: false,
        pairs: Vec::new(),
        heredocs,
        script: None,
        stage: None,
        is_trigger: false,
        empty_lines: Vec::new(),
        place,
        of_base: None,
        args,
    };
    if keyword.has_flags() {
        (made.flags, made.after_flags) = arguments::flags(&made.args, escape);
    }
    let mut from = made.after_flags;
    if keyword == Keyword::Healthcheck {
        from = arguments::behind_cmd(made.args.as_str(), from);
    }
    let json = keyword.has_json().then(|| arguments::json_strings(&made.args, from)).flatten();
    match json {
        Some(words) => {
            made.is_json = true;
            made.words = words;
        }
        None if matches!(keyword, Keyword::Env | Keyword::Label | Keyword::Arg) => {
            made.pairs = arguments::pairs(&made.args, keyword == Keyword::Arg, escape);
        }
        None => made.words = arguments::split_words(&made.args, made.after_flags),
    }
    if keyword == Keyword::Healthcheck && made.is_json {
        // `CMD` stays a word, so that `NONE` can be told from a command.
        made.words
            .insert(0, super::instruction::Word { value: "CMD".into(), ..Default::default() });
    }
    made.script = shell::of_instruction(&made, from);
    made
}

#[cfg(test)]
mod tests;
