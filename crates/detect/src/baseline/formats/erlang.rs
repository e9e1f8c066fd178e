//! Erlang terms as RabbitMQ and CouchDB were once configured: `[{rabbit, [{key, value}]}].`

use super::{FormatError, MAX_DEPTH, MAX_ENTRIES, Settings, capped, tree::Lexer};

/// `rabbit.loopback_users` and so on; lists of plain values joined by commas.
pub(crate) fn parse(text: &str) -> Result<Settings, FormatError> {
    let mut lexer = Lexer::new(text, "%", &[], "{}[],.<>");
    let mut out = Settings::new();
    // For every open bracket: whether it is a tuple, its name, the plain values seen in it.
    let mut open: Vec<(bool, Option<String>, Vec<String>, u32)> = Vec::new();
    while let Some(token) = lexer.next_token() {
        match token.text.as_str() {
            "{" | "[" if !token.quoted => {
                open.push((token.text == "{", None, Vec::new(), token.line));
            }
            "}" | "]" if !token.quoted => {
                let Some((is_tuple, name, plain, line)) = open.pop() else {
                    return Err(FormatError(format!("a bracket too many at line {}", token.line)));
                };
                let names = open.iter().filter_map(|(_, name, ..)| name.clone());
                let path = names.chain(name.clone()).collect::<Vec<_>>().join(".");
                let is_value = if is_tuple { !plain.is_empty() } else { true };
                if is_value && !path.is_empty() {
                    out.push((path, plain.join(","), line));
                }
            }
            "," | "." | "<" | ">" if !token.quoted => {}
            _ => match open.last_mut() {
                Some((true, name @ None, ..)) => *name = Some(capped(&token.text).to_owned()),
                Some((_, _, plain, _)) => plain.push(token.text),
                None => {}
            },
        }
        if open.len() > MAX_DEPTH || out.len() > MAX_ENTRIES {
            return Err(FormatError("too many terms, or nested too deeply".into()));
        }
    }
    if open.is_empty() { Ok(out) } else { Err(FormatError("a term that does not end".into())) }
}
