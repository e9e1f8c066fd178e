//! The grammar's tree as a list.

use brush_parser::{
    ParserOptions, Token,
    ast::{
        AndOr, Assignment, AssignmentName, AssignmentValue, Command as Node,
        CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList, IoFileRedirectKind,
        IoFileRedirectTarget, IoRedirect, Pipeline, SimpleCommand, Word,
    },
};

use super::{
    command::{Argument, Command, Join, Redirect, is_name},
    words,
};

/// The commands of a script; offsets are bytes of the script.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) commands: Vec<Command>,
    /// Code of substitutions and where it begins.
    pub(super) substitutions: Vec<(usize, String)>,
}

/// Reads a script.
pub(super) fn commands(code: &str) -> Result<Flat, String> {
    let options =
        ParserOptions { tilde_expansion_at_word_start: false, ..ParserOptions::default() };
    let tokens = brush_parser::uncached_tokenize_str(code, &options.tokenizer_options())
        .map_err(|error| error.to_string())?;
    if backtracking(&tokens) > MAX_BACKTRACKING {
        return Err(format!("brackets and `case` nested more than {MAX_BACKTRACKING} times"));
    }
    let program =
        brush_parser::parse_tokens(&tokens, &options).map_err(|error| error.to_string())?;
    let bytes = (!code.is_ascii())
        .then(|| code.char_indices().map(|(at, _)| at).chain([code.len()]).collect::<Vec<usize>>());
    let mut walk = Walk { flat: Flat::default(), bytes, pipelines: 0, length: code.len() };
    for list in &program.complete_commands {
        walk.list(list, false);
    }
    Ok(walk.flat)
}

/// How deeply brackets and `case` may nest. At each level the grammar tries two ways, an arithmetic expression and a
/// subshell, a branch with `;;` and one without: the time doubles with each (measured on brush-parser 0.4: 16 levels
/// of `case` take 3 s). No script that somebody wrote nests half as deeply.
const MAX_BACKTRACKING: usize = 10;

/// An upper bound of how deeply such parts nest.
fn backtracking(tokens: &[Token]) -> usize {
    let (mut brackets, mut cases, mut most) = (0usize, 0usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        let operator = |token: Option<&Token>, any: &[&str]| matches!(token, Some(Token::Operator(text, _)) if any.contains(&text.as_str()));
        match token {
            Token::Operator(text, _) if text == "(" => brackets += 1,
            Token::Operator(text, _) if text == ")" => brackets = brackets.saturating_sub(1),
            Token::Word(text, _) if text == "case" => cases += 1,
            // An `esac` that is no argument and no pattern: only those end a `case`.
            Token::Word(text, _) if text == "esac" => {
                let before = index.checked_sub(1).and_then(|before| tokens.get(before));
                let ends = operator(before, &[";;", ";", "\n", "&", ")", ";&", ";;&"])
                    && !operator(tokens.get(index + 1), &[")", "|"]);
                cases = cases.saturating_sub(usize::from(ends));
            }
            _ => {}
        }
        most = most.max(brackets + cases);
    }
    most
}

struct Walk {
    flat: Flat,
    /// Byte offset of each character, where they differ: the grammar counts characters.
    bytes: Option<Vec<usize>>,
    pipelines: usize,
    length: usize,
}

impl Walk {
    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.length),
            None => index.min(self.length),
        }
    }

    fn list(&mut self, list: &CompoundList, nested: bool) {
        for item in &list.0 {
            self.pipeline(&item.0.first, Join::Always, nested);
            for next in &item.0.additional {
                match next {
                    AndOr::And(pipeline) => self.pipeline(pipeline, Join::IfDone, nested),
                    AndOr::Or(pipeline) => self.pipeline(pipeline, Join::IfFailed, nested),
                }
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, join: Join, nested: bool) {
        let number = self.pipelines;
        self.pipelines += 1;
        let length = pipeline.seq.len();
        // Each part of a pipeline runs in a shell of its own.
        let nested = nested || length > 1;
        for (stage, node) in pipeline.seq.iter().enumerate() {
            let first = self.flat.commands.len();
            self.node(node, nested);
            let is_simple = matches!(node, Node::Simple(_));
            if let Some(command) = self.flat.commands.get_mut(first) {
                command.join = join;
            }
            // A compound command is in the pipeline with all that it holds.
            for command in self.flat.commands.iter_mut().skip(first) {
                if length > 1 && (is_simple || command.pipeline_length == 1) {
                    command.pipeline = number;
                    command.stage = stage;
                    command.pipeline_length = length;
                }
            }
        }
        let _ = number;
    }

    fn node(&mut self, node: &Node, nested: bool) {
        match node {
            Node::Simple(simple) => self.simple(simple, nested),
            Node::Compound(compound, redirects) => {
                let first = self.flat.commands.len();
                self.compound(compound, nested);
                if let (Some(list), Some(command)) = (redirects, self.flat.commands.get_mut(first))
                {
                    let redirects: Vec<Redirect> = list.0.iter().filter_map(redirect).collect();
                    command.redirects.extend(redirects);
                }
            }
            Node::Function(function) => self.compound(&function.body.0, true),
            Node::ExtendedTest(..) => {}
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, nested: bool) {
        match compound {
            CompoundCommand::Arithmetic(_) => {}
            CompoundCommand::BraceGroup(group) => self.list(&group.list, nested),
            CompoundCommand::Subshell(subshell) => self.list(&subshell.list, true),
            CompoundCommand::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    self.word(word);
                }
                self.list(&clause.body.list, true);
            }
            CompoundCommand::ArithmeticForClause(clause) => self.list(&clause.body.list, true),
            CompoundCommand::CaseClause(clause) => {
                self.word(&clause.value);
                for list in clause.cases.iter().filter_map(|case| case.cmd.as_ref()) {
                    self.list(list, true);
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition, true);
                self.list(&clause.then, true);
                for part in clause.elses.iter().flatten() {
                    if let Some(condition) = &part.condition {
                        self.list(condition, true);
                    }
                    self.list(&part.body, true);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0, true);
                self.list(&clause.1.list, true);
            }
            CompoundCommand::Coprocess(coprocess) => self.node(&coprocess.body, true),
        }
    }

    fn simple(&mut self, simple: &SimpleCommand, nested: bool) {
        let mut command = Command {
            is_nested: nested,
            pipeline_length: 1,
            pipeline: self.pipelines - 1,
            ..Command::default()
        };
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        for item in prefix {
            if let Item::AssignmentWord(assignment, word) = item {
                command.assignments.extend(self.assignment(assignment));
                self.word(word);
            }
            self.item(item, &mut command);
        }
        match &simple.word_or_name {
            Some(word) => {
                let name = self.word(word);
                (command.name, command.at, command.name_end) = (name.value, name.at, name.end);
            }
            None => {
                let first =
                    simple.prefix.iter().flat_map(|prefix| &prefix.0).find_map(|item| match item {
                        Item::AssignmentWord(assignment, _) => Some(assignment.loc.start.index),
                        _ => None,
                    });
                command.at = self.byte(first.unwrap_or_default());
                command.name_end = command.at;
            }
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                Item::Word(word) | Item::AssignmentWord(_, word) => {
                    let arg = self.word(word);
                    command.args.push(arg);
                }
                _ => {}
            }
            self.item(item, &mut command);
        }
        self.flat.commands.push(command);
    }

    fn item(&mut self, item: &Item, command: &mut Command) {
        match item {
            Item::IoRedirect(io) => {
                command.redirects.extend(redirect(io));
                match io {
                    IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, shell)) => {
                        self.list(&shell.list, true);
                    }
                    IoRedirect::File(_, _, IoFileRedirectTarget::Filename(word)) => {
                        self.word(word);
                    }
                    IoRedirect::HereDocument(_, document) if document.requires_expansion => {
                        self.word(&document.doc);
                    }
                    IoRedirect::HereString(_, word) => {
                        self.word(word);
                    }
                    _ => {}
                }
            }
            Item::ProcessSubstitution(_, shell) => self.list(&shell.list, true),
            Item::Word(_) | Item::AssignmentWord(..) => {}
        }
    }

    fn assignment(&mut self, assignment: &Assignment) -> Option<(String, String)> {
        let AssignmentName::VariableName(name) = &assignment.name else { return None };
        let AssignmentValue::Scalar(word) = &assignment.value else { return None };
        is_name(name).then(|| (name.clone(), words::meaning(&word.value).value))
    }

    /// The value of a word; its substitutions are put aside.
    fn word(&mut self, word: &Word) -> Argument {
        let (at, end) = match &word.loc {
            Some(loc) => (self.byte(loc.start.index), self.byte(loc.end.index)),
            None => (0, 0),
        };
        let meaning = words::meaning(&word.value);
        let moved = meaning.substitutions.into_iter().map(|(offset, code)| (at + offset, code));
        self.flat.substitutions.extend(moved);
        Argument {
            value: meaning.value,
            raw: word.value.clone(),
            at,
            end,
            is_literal: meaning.is_literal,
            is_quoted: meaning.is_quoted,
        }
    }
}

fn redirect(io: &IoRedirect) -> Option<Redirect> {
    match io {
        IoRedirect::File(_, kind, IoFileRedirectTarget::Filename(word)) => Some(Redirect {
            writes: !matches!(kind, IoFileRedirectKind::Read | IoFileRedirectKind::DuplicateInput),
            target: words::meaning(&word.value).value,
        }),
        IoRedirect::OutputAndError(word, _) => {
            Some(Redirect { writes: true, target: words::meaning(&word.value).value })
        }
        _ => None,
    }
}
