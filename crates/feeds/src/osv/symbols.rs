//! The functions that records of the Go vulnerability database name (`ecosystem_specific.imports`): a program
//! that holds none of them does not have the flaw.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::record::{self, Record};

/// Most functions that are kept of one record; the most that a real one names are about 600.
const MAX_SYMBOLS: usize = 5000;

/// Longest name that is believed.
const MAX_NAME: usize = 500;

/// The functions of each package of a record: `path.Function`, `path.Type.Method`, or the path alone where
/// the record names no function of it. A package of which one statement names none is left out.
pub(super) fn of(record: &Record) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
    for affected in &record.affected {
        let Some(package) = affected.package.as_ref().filter(|p| p.ecosystem == "Go") else {
            continue;
        };
        let known = found.entry(package.name.clone()).or_insert_with(|| Some(BTreeSet::new()));
        match (known.as_mut(), imports(affected)) {
            (Some(known), Some(named)) => known.extend(named),
            _ => *known = None,
        }
    }
    found
        .into_iter()
        .filter_map(|(package, symbols)| Some((package, symbols?)))
        .filter(|(_, symbols)| !symbols.is_empty() && symbols.len() <= MAX_SYMBOLS)
        .map(|(package, symbols)| (package, symbols.into_iter().collect()))
        .collect()
}

/// `None` where nothing is named, or something is not understood.
fn imports(affected: &record::Affected) -> Option<Vec<String>> {
    let imports = affected.ecosystem_specific.get("imports")?.as_array()?;
    let is_name = |text: &&str| {
        !text.is_empty() && text.len() <= MAX_NAME && !text.contains(char::is_control)
    };
    let mut named = Vec::new();
    for import in imports {
        let path = import.get("path").and_then(Value::as_str).filter(is_name)?;
        let symbols = match import.get("symbols") {
            None | Some(Value::Null) => &[][..],
            Some(symbols) => symbols.as_array()?,
        };
        if symbols.is_empty() {
            named.push(path.to_owned());
        }
        for symbol in symbols {
            let symbol = symbol.as_str().filter(is_name)?;
            named.push(format!("{path}.{symbol}"));
        }
    }
    (!named.is_empty()).then_some(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(affected: Value) -> Record {
        serde_json::from_value(json!({ "id": "GO-1", "affected": affected })).unwrap()
    }

    fn go(name: &str, specific: Value) -> Value {
        json!({ "package": { "ecosystem": "Go", "name": name }, "ecosystem_specific": specific })
    }

    #[test]
    fn functions_are_named_by_their_import_path() {
        let named = json!({ "imports": [
            { "path": "a.org/b/c", "symbols": ["F", "T.M"], "goos": ["linux"] },
            { "path": "a.org/b/d" },
        ] });
        let found = of(&record(json!([go("a.org/b", named)])));
        assert_eq!(found["a.org/b"], ["a.org/b/c.F", "a.org/b/c.T.M", "a.org/b/d"]);
    }

    #[test]
    fn what_is_not_said_of_all_is_said_of_none() {
        let named = json!({ "imports": [{ "path": "a.org/b", "symbols": ["F"] }] });
        for unsaid in [
            json!({}),
            json!({ "imports": [] }),
            json!({ "imports": [{ "symbols": ["F"] }] }),
            json!({ "imports": [{ "path": "a.org/b", "symbols": [1] }] }),
        ] {
            let both = record(json!([go("a.org/b", named.clone()), go("a.org/b", unsaid)]));
            assert!(of(&both).is_empty());
        }
        let other = json!([{ "package": { "ecosystem": "npm", "name": "x" }, "ecosystem_specific": named }]);
        assert!(of(&record(other)).is_empty());
    }
}
