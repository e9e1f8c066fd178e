//! HashiCorp's configuration language as far as servers are configured with it: `key = value`, blocks with labels,
//! lists, objects, heredocs, comments. Names of blocks and their labels go before the key, joined by dots.

use super::{FormatError, MAX_DEPTH, MAX_ENTRIES, Settings, capped, tree::Lexer};

/// The settings of a text.
pub(crate) fn parse(text: &str) -> Result<Settings, FormatError> {
    let mut lexer = Lexer::new(text, "#", &["//"], "{}[]=,:");
    let mut out = Settings::new();
    body(&mut lexer, &mut Vec::new(), &mut out)?;
    Ok(out)
}

fn body(
    lexer: &mut Lexer<'_>,
    path: &mut Vec<String>,
    out: &mut Settings,
) -> Result<(), FormatError> {
    if path.len() > MAX_DEPTH || out.len() > MAX_ENTRIES {
        return Err(FormatError("too many settings, or nested too deeply".into()));
    }
    while let Some(token) = lexer.next_token() {
        match token.text.as_str() {
            "}" if !token.quoted => return Ok(()),
            "," if !token.quoted => continue,
            _ => {}
        }
        let depth = path.len();
        path.push(capped(&token.text).to_owned());
        loop {
            let Some(next) = lexer.next_token() else {
                return Err(FormatError("a setting without a value at the end".into()));
            };
            match next.text.as_str() {
                "=" | ":" if !next.quoted => {
                    value(lexer, path, out)?;
                    break;
                }
                "{" if !next.quoted => {
                    body(lexer, path, out)?;
                    break;
                }
                "}" | "[" | "]" | "," if !next.quoted => {
                    return Err(FormatError(format!("no value at line {}", next.line)));
                }
                _ if path.len() > MAX_DEPTH => {
                    return Err(FormatError(format!("nested too deeply at line {}", next.line)));
                }
                _ => path.push(capped(&next.text).to_owned()),
            }
        }
        path.truncate(depth);
    }
    Ok(())
}

fn value(
    lexer: &mut Lexer<'_>,
    path: &mut Vec<String>,
    out: &mut Settings,
) -> Result<(), FormatError> {
    let Some(first) = lexer.next_token() else {
        return Err(FormatError("a setting without a value at the end".into()));
    };
    match first.text.as_str() {
        "{" if !first.quoted => body(lexer, path, out),
        "[" if !first.quoted => {
            let mut items = Vec::new();
            let mut depth = 1usize;
            while let Some(token) = lexer.next_token() {
                match token.text.as_str() {
                    "[" | "{" if !token.quoted => depth += 1,
                    "]" | "}" if !token.quoted => depth -= 1,
                    "," if !token.quoted => {}
                    _ => items.push(token.text),
                }
                if depth == 0 {
                    break;
                }
            }
            out.push((path.join("."), items.join(","), first.line));
            Ok(())
        }
        _ => {
            out.push((path.join("."), first.text, first.line));
            Ok(())
        }
    }
}
