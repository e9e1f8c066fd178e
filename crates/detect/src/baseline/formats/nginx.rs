//! Nginx: simple directives end in `;`, block directives have braces (`ngx_conf_file.c` is what decides).

use super::{FormatError, MAX_DEPTH, MAX_ENTRIES, line_of, tree::Directive};

/// The directives of one file, includes not followed.
pub(crate) fn parse(text: &str, path: &str) -> Result<Vec<Directive>, FormatError> {
    let mut parser = Parser { text, at: 0, line: 1, path, count: 0 };
    let out = parser.block(0)?;
    if parser.at < text.len() {
        return Err(FormatError(format!("a brace too many at line {}", parser.line)));
    }
    Ok(out)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    path: &'t str,
    count: usize,
}

enum Word {
    Text(String),
    End,
    Open,
    Close,
    Eof,
}

impl Parser<'_> {
    fn block(&mut self, depth: usize) -> Result<Vec<Directive>, FormatError> {
        let mut out = Vec::new();
        let mut words: Vec<String> = Vec::new();
        let mut start = self.line;
        loop {
            let word = self.word()?;
            match word {
                Word::Text(text) => {
                    if words.is_empty() {
                        start = self.line;
                    }
                    words.push(text);
                }
                Word::End | Word::Open => {
                    let is_block = matches!(word, Word::Open);
                    self.count += 1;
                    if depth > MAX_DEPTH || self.count > MAX_ENTRIES {
                        return Err(FormatError(
                            "too many directives, or nested too deeply".into(),
                        ));
                    }
                    let mut all = std::mem::take(&mut words).into_iter();
                    let name = all.next().unwrap_or_default();
                    let arguments = all.collect();
                    // Lua between braces follows its own grammar.
                    let block = if is_block && name.ends_with("_by_lua_block") {
                        self.skip_braces();
                        Vec::new()
                    } else if is_block {
                        let block = self.block(depth + 1)?;
                        if !self.text[..self.at].ends_with('}') {
                            return Err(FormatError(format!(
                                "a block without an end at line {start}"
                            )));
                        }
                        block
                    } else {
                        Vec::new()
                    };
                    let path = self.path.to_owned();
                    out.push(Directive { name, arguments, block, is_block, path, line: start });
                }
                Word::Close if depth > 0 && words.is_empty() => return Ok(out),
                Word::Eof if words.is_empty() => return Ok(out),
                Word::Close | Word::Eof => {
                    return Err(FormatError(format!("no `;` or brace fits at line {}", self.line)));
                }
            }
        }
    }

    fn skip_braces(&mut self) {
        let mut depth = 1usize;
        for (at, c) in self.text[self.at..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.eat(at + 1);
                return;
            }
        }
        self.eat(self.text.len() - self.at);
    }

    fn eat(&mut self, bytes: usize) {
        let end = self.at + bytes;
        self.line += line_of(&self.text[self.at..end], bytes) - 1;
        self.at = end;
    }

    fn word(&mut self) -> Result<Word, FormatError> {
        loop {
            let rest = &self.text[self.at..];
            let blanks = rest.len() - rest.trim_start().len();
            self.eat(blanks);
            let rest = &self.text[self.at..];
            match rest.chars().next() {
                None => return Ok(Word::Eof),
                Some('#') => self.eat(rest.find('\n').unwrap_or(rest.len())),
                Some(c @ (';' | '{' | '}')) => {
                    self.eat(1);
                    return Ok(match c {
                        ';' => Word::End,
                        '{' => Word::Open,
                        _ => Word::Close,
                    });
                }
                Some(quote @ ('"' | '\'')) => {
                    let mut escaped = false;
                    let end = rest.char_indices().skip(1).find(|&(_, c)| {
                        let is_end = c == quote && !escaped;
                        escaped = c == '\\' && !escaped;
                        is_end
                    });
                    let Some((end, _)) = end else {
                        return Err(FormatError(format!(
                            "a quote without an end at line {}",
                            self.line
                        )));
                    };
                    let text = rest[1..end].to_owned();
                    self.eat(end + 1);
                    return Ok(Word::Text(text));
                }
                Some(_) => {
                    let mut escaped = false;
                    let mut before = ' ';
                    let end = rest.char_indices().find(|&(_, c)| {
                        // `${name}` is a variable, not a block.
                        let is_variable = before == '$' && c == '{';
                        let ends = c.is_whitespace() || matches!(c, ';' | '{');
                        let is_end = ends && !escaped && !is_variable;
                        escaped = c == '\\' && !escaped;
                        before = c;
                        is_end
                    });
                    let end = end.map_or(rest.len(), |(at, _)| at);
                    let text = rest[..end].to_owned();
                    self.eat(end);
                    return Ok(Word::Text(text));
                }
            }
        }
    }
}
