//! A YAML document as a small tree with line numbers.
//!
//! Built from parser events, because a deserializer into types loses the lines of the entries. Aliases are
//! refused: they are how a few bytes become gigabytes, and an ignore list needs none.

use saphyr_parser::{Event, Parser};

use super::IgnoreFileError;

/// Depth limit; the format needs three.
const MAX_DEPTH: usize = 8;
/// Limit of the nodes of one document: ten thousand rules with every key are 110,000.
const MAX_NODES: usize = 200_000;

#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Scalar(String),
    Sequence(Vec<Node>),
    /// Keys and values in turn.
    Mapping(Vec<Node>),
}

/// The only document of `text`; `None` where it is empty.
pub(super) fn parse(file: &str, text: &str) -> Result<Option<Node>, IgnoreFileError> {
    let mut open: Vec<Node> = Vec::new();
    let mut root: Option<Node> = None;
    let mut nodes = 0usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            IgnoreFileError::new(
                file,
                error.marker().line(),
                format!("not YAML: {}", super::shown(error.info())),
            )
        })?;
        let line = span.start.line();
        let fail = |message: &str| Err(IgnoreFileError::new(file, line, message));
        let done = match event {
            Event::Scalar(text, ..) => Some(Node { line, value: Value::Scalar(text.into_owned()) }),
            Event::SequenceStart(..) => {
                open.push(Node { line, value: Value::Sequence(Vec::new()) });
                None
            }
            Event::MappingStart(..) => {
                open.push(Node { line, value: Value::Mapping(Vec::new()) });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop(),
            Event::Alias(_) => return fail("YAML aliases are not allowed here; write the value"),
            Event::DocumentStart(_) if root.is_some() => {
                return fail("only one YAML document is allowed; remove what follows `---`");
            }
            _ => None,
        };
        nodes += 1;
        if open.len() > MAX_DEPTH || nodes > MAX_NODES {
            return fail("nested too deeply or too long; write a plain list of rules");
        }
        if let Some(node) = done {
            match open.last_mut().map(|parent| &mut parent.value) {
                Some(Value::Sequence(items) | Value::Mapping(items)) => items.push(node),
                Some(Value::Scalar(_)) => {}
                None => root = Some(node),
            }
        }
    }
    Ok(root)
}
