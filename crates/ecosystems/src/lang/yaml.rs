//! YAML of lock files as a tree of texts. Scalars stay as they are written: a version `1.10` is no number.

use plimsoll_model::{CappedText, FileError, ProblemKind};
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// Depth limit; lock files need five.
const MAX_DEPTH: usize = 32;

/// Limit of the nodes of one document: the largest lock files have a few hundred thousand.
const MAX_NODES: usize = 4_000_000;

enum Open {
    Sequence(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

/// The first document of `bytes`; null where it is empty. Aliases become null: they are how a few bytes become
/// gigabytes, and no lock file has any.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, FileError> {
    let text = str::from_utf8(bytes).map_err(|error| super::malformed("UTF-8", &error))?;
    let mut open: Vec<Open> = Vec::new();
    let mut nodes = 0usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let info = CappedText(error.info().as_bytes(), 120);
            FileError::malformed(format!("not YAML in line {}: {info}", error.marker().line()))
        })?;
        let done = match event {
            Event::Scalar(text, ..) => Some(Value::String(text.into_owned())),
            Event::Alias(_) => Some(Value::Null),
            Event::SequenceStart(..) => {
                open.push(Open::Sequence(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Mapping(Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|node| match node {
                Open::Sequence(items) => Value::Array(items),
                Open::Mapping(map, _) => Value::Object(map),
            }),
            _ => None,
        };
        nodes += 1;
        if open.len() > MAX_DEPTH || nodes > MAX_NODES {
            let message =
                format!("YAML nested or longer than the limits in line {}", span.start.line());
            return Err(FileError { kind: ProblemKind::LimitReached, message });
        }
        let Some(value) = done else { continue };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::Sequence(items)) => items.push(value),
            Some(Open::Mapping(map, key)) => match key.take() {
                Some(key) => {
                    map.insert(key, value);
                }
                // A key that is no text is of no use, but its value has to be told from a key.
                None => *key = Some(value.as_str().unwrap_or_default().to_owned()),
            },
        }
    }
    Ok(Value::Null)
}
