//! TOML as a flat list of dotted names.

use ::toml::de::{DeTable, DeValue};

use super::{FormatError, LineIndex, MAX_ENTRIES, Settings, capped, line_of};

/// The settings of a document.
pub(crate) fn parse(text: &str) -> Result<Settings, FormatError> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        FormatError(format!("no valid TOML at line {line}"))
    })?;
    let mut out = Settings::new();
    walk(&LineIndex::new(text), table.get_ref(), "", &mut out);
    Ok(out)
}

/// Depth is bounded by the parser (80 levels).
fn walk(lines: &LineIndex, table: &DeTable<'_>, parent: &str, out: &mut Settings) {
    for (key, value) in table {
        let name = match parent {
            "" => capped(key.get_ref()).to_owned(),
            parent => format!("{parent}.{}", capped(key.get_ref())),
        };
        put(lines, name, value.get_ref(), value.span().start, out);
    }
}

fn put(lines: &LineIndex, name: String, value: &DeValue<'_>, at: usize, out: &mut Settings) {
    if out.len() > MAX_ENTRIES {
        return;
    }
    match value {
        DeValue::Table(table) => walk(lines, table, &name, out),
        DeValue::Array(items) => {
            let plain: Option<Vec<String>> = items.iter().map(|i| scalar(i.get_ref())).collect();
            match plain {
                Some(plain) => out.push((name, plain.join(","), lines.line(at))),
                None => {
                    for (index, item) in items.iter().enumerate() {
                        let name = format!("{name}.{index}");
                        put(lines, name, item.get_ref(), item.span().start, out);
                    }
                }
            }
        }
        value => out.push((name, scalar(value).unwrap_or_default(), lines.line(at))),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(value) => value.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}
