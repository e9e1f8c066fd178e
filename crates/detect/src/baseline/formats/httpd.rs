//! Apache httpd: a directive a line, sections in angle brackets.

use super::{
    FormatError, MAX_DEPTH, MAX_ENTRIES,
    tree::Directive,
    words::{lines, split},
};

/// The directives of one file, includes not followed.
pub(crate) fn parse(text: &str, path: &str) -> Result<Vec<Directive>, FormatError> {
    let mut open: Vec<Directive> = vec![Directive::default()];
    let mut count = 0;
    for (number, line) in lines(text, &['#'], true) {
        count += 1;
        if count > MAX_ENTRIES || open.len() > MAX_DEPTH {
            return Err(FormatError("too many directives, or nested too deeply".into()));
        }
        if let Some(name) = line.strip_prefix("</") {
            let name = name.trim_end_matches('>').trim();
            if open.len() < 2 || open.last().is_none_or(|d| !d.name.eq_ignore_ascii_case(name)) {
                return Err(FormatError(format!("`</{name}>` closes nothing at line {number}")));
            }
            let section = open.pop();
            if let Some(around) = open.last_mut() {
                around.block.extend(section);
            }
            continue;
        }
        let section = line.strip_prefix('<').map(|rest| rest.trim_end().trim_end_matches('>'));
        let mut words = split(section.unwrap_or(&line)).into_iter();
        let directive = Directive {
            name: words.next().unwrap_or_default(),
            arguments: words.collect(),
            block: Vec::new(),
            is_block: section.is_some(),
            path: path.to_owned(),
            line: number,
        };
        if section.is_some() {
            open.push(directive);
        } else if let Some(around) = open.last_mut() {
            around.block.push(directive);
        }
    }
    if open.len() > 1 {
        return Err(FormatError("a section that does not end".into()));
    }
    Ok(open.pop().map(|root| root.block).unwrap_or_default())
}
