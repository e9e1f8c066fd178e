//! YAML and JSON as a flat list: `a.b.c` with the line of its value, lists of plain values joined by commas, other
//! lists by number. From parser events, so that aliases are never expanded and lines are known.

use saphyr_parser::{Event, Parser};

use super::{FormatError, MAX_DEPTH, MAX_ENTRIES, Settings, capped};

enum Open {
    Mapping { key: Option<String> },
    Sequence { next: usize, plain: Vec<String>, line: u32 },
}

/// The settings of all documents of a text.
pub(crate) fn parse(text: &str) -> Result<Settings, FormatError> {
    if text.trim_start().starts_with('{') {
        // Tabs indent JSON but not YAML; outside of strings a blank is as good.
        return events(&text.replace('\t', " "));
    }
    events(text)
}

fn events(text: &str) -> Result<Settings, FormatError> {
    let mut out = Settings::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            FormatError(format!("no valid YAML from line {} on", error.marker().line()))
        })?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        match event {
            Event::Scalar(value, ..) => scalar(&mut open, &mut out, value.into_owned(), line),
            Event::Alias(_) => scalar(&mut open, &mut out, String::new(), line),
            Event::MappingStart(..) => {
                begin(&mut open);
                open.push(Open::Mapping { key: None });
            }
            Event::SequenceStart(..) => {
                begin(&mut open);
                open.push(Open::Sequence { next: 0, plain: Vec::new(), line });
            }
            Event::MappingEnd => {
                open.pop();
                end(&mut open);
            }
            Event::SequenceEnd => {
                if let Some(Open::Sequence { plain, line, next }) = open.pop()
                    && (next == 0 || !plain.is_empty())
                {
                    out.push((name(&open), plain.join(","), line));
                }
                end(&mut open);
            }
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(FormatError(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        if out.len() > MAX_ENTRIES {
            return Err(FormatError(format!("more than {MAX_ENTRIES} settings in one file")));
        }
    }
    Ok(out)
}

/// The dotted name of the value that comes next.
fn name(open: &[Open]) -> String {
    let mut name = String::new();
    for level in open {
        let part = match level {
            Open::Mapping { key } => key.clone().unwrap_or_default(),
            Open::Sequence { next, .. } => next.to_string(),
        };
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&part);
    }
    name
}

fn scalar(open: &mut [Open], out: &mut Settings, value: String, line: u32) {
    match open.last_mut() {
        Some(Open::Mapping { key: key @ None }) => *key = Some(capped(&value).to_owned()),
        Some(Open::Mapping { .. }) => {
            out.push((name(open), value, line));
            end(open);
        }
        Some(Open::Sequence { plain, next, .. }) => {
            plain.push(value);
            *next += 1;
        }
        None => {}
    }
}

/// A collection begins: as a key (which nobody uses) it stands for an empty one.
fn begin(open: &mut [Open]) {
    if let Some(Open::Mapping { key: key @ None }) = open.last_mut() {
        *key = Some(String::new());
    }
}

/// A value of the innermost collection is complete.
fn end(open: &mut [Open]) {
    match open.last_mut() {
        Some(Open::Mapping { key }) => *key = None,
        Some(Open::Sequence { next, .. }) => *next += 1,
        None => {}
    }
}
