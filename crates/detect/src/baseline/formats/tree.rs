//! Directives in blocks, the shape of web servers' configuration, and the lexer of the languages with brackets.

/// A directive, with what stands in its block.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Directive {
    /// Name, as written.
    pub(crate) name: String,
    /// Words after it.
    pub(crate) arguments: Vec<String>,
    /// What stands in its block.
    pub(crate) block: Vec<Directive>,
    /// Whether it has a block, be it an empty one.
    pub(crate) is_block: bool,
    /// File.
    pub(crate) path: String,
    /// Line, 1-based.
    pub(crate) line: u32,
}

impl Directive {
    /// Its words as one line.
    pub(crate) fn shown(&self) -> String {
        let mut line = self.name.clone();
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(argument);
        }
        line
    }

    /// The first argument.
    pub(crate) fn first(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }
}

/// Calls `visit` for every directive with the blocks around it, the outermost first.
pub(crate) fn walk<'d>(
    directives: &'d [Directive],
    around: &mut Vec<&'d Directive>,
    visit: &mut dyn FnMut(&'d Directive, &[&'d Directive]),
) {
    for directive in directives {
        visit(directive, around);
        if !directive.block.is_empty() {
            around.push(directive);
            walk(&directive.block, around, visit);
            around.pop();
        }
    }
}

/// A word or a bracket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) quoted: bool,
    pub(crate) line: u32,
}

/// Cuts a text into words, quoted strings and single signs.
pub(crate) struct Lexer<'t> {
    rest: &'t str,
    line: u32,
    comment: &'static str,
    comments: &'static [&'static str],
    signs: &'static str,
}

impl<'t> Lexer<'t> {
    /// `comment` and `comments` begin comments to the end of the line, `signs` stand for themselves. Only the
    /// language with `=` among its signs has heredocs.
    pub(crate) fn new(
        text: &'t str,
        comment: &'static str,
        comments: &'static [&'static str],
        signs: &'static str,
    ) -> Self {
        Self { rest: text, line: 1, comment, comments, signs }
    }

    fn eat(&mut self, bytes: usize) -> &'t str {
        let (eaten, rest) = self.rest.split_at(bytes);
        self.line += memchr::memchr_iter(b'\n', eaten.as_bytes()).count() as u32;
        self.rest = rest;
        eaten
    }

    fn skip(&mut self) {
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            self.eat(blanks);
            let is_comment = self.rest.starts_with(self.comment)
                || self.comments.iter().any(|mark| self.rest.starts_with(mark));
            if is_comment {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.eat(end);
            } else if self.comments.contains(&"//") && self.rest.starts_with("/*") {
                let end = self.rest.find("*/").map_or(self.rest.len(), |at| at + 2);
                self.eat(end);
            } else if blanks == 0 {
                return;
            }
        }
    }

    /// The next one; `None` at the end.
    pub(crate) fn next_token(&mut self) -> Option<Token> {
        self.skip();
        let line = self.line;
        let first = self.rest.chars().next()?;
        if let Some(label) = self.rest.strip_prefix("<<").filter(|_| self.signs.contains('=')) {
            let label = label.trim_start_matches('-');
            let label = label.lines().next().unwrap_or_default().trim();
            let label = label.to_owned();
            let start = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
            self.eat(start);
            let mut text = String::new();
            while !self.rest.is_empty() {
                let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                let body = self.eat(end);
                if body.trim() == label {
                    break;
                }
                text.push_str(body);
            }
            return Some(Token { text, quoted: true, line });
        }
        if first == '"' || first == '\'' {
            let mut escaped = false;
            let end = self.rest.char_indices().skip(1).find(|&(_, c)| {
                let is_end = c == first && !escaped;
                escaped = c == '\\' && !escaped;
                is_end
            });
            let end = end.map_or(self.rest.len(), |(at, _)| at + 1);
            let raw = self.eat(end);
            let inner = raw.strip_prefix(first).unwrap_or(raw);
            let inner = inner.strip_suffix(first).unwrap_or(inner);
            return Some(Token { text: inner.to_owned(), quoted: true, line });
        }
        let end = if self.signs.contains(first) {
            first.len_utf8()
        } else {
            let is_end = |c: char| c.is_whitespace() || self.signs.contains(c) || c == '"';
            self.rest.find(is_end).unwrap_or(self.rest.len())
        };
        let text = self.eat(end).to_owned();
        Some(Token { text, quoted: false, line })
    }
}
