//! Checks a JSON value against the part of JSON Schema that the report's schema uses. A whole validator is the
//! largest dependency that this crate would have; a keyword that is not known here fails the test, so that
//! nothing is passed over.

use serde_json::Value;

/// Everything in `value` that is against `schema`.
pub(crate) fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    check(schema, schema, value, "$", &mut errors);
    errors
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, errors: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else {
        if schema == &Value::Bool(false) {
            errors.push(format!("{place}: nothing is allowed"));
        }
        return;
    };
    for (keyword, wanted) in keywords {
        let ok = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" | "default" => true,
            "$ref" => {
                let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value, place, errors);
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|t| is_of(t, value)),
                one => is_of(one, value),
            },
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => wanted == value,
            "pattern" => {
                assert_eq!(
                    wanted, "^sha256:[0-9a-f]{64}$",
                    "a pattern that this check does not know"
                );
                value.as_str().is_none_or(|s| s.len() == 71 && s.starts_with("sha256:"))
            }
            "minimum" => value.as_f64().is_none_or(|n| n >= wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= wanted.as_f64().unwrap()),
            "minItems" => {
                value.as_array().is_none_or(|a| a.len() as u64 >= wanted.as_u64().unwrap())
            }
            "maxItems" => {
                value.as_array().is_none_or(|a| a.len() as u64 <= wanted.as_u64().unwrap())
            }
            "required" => value.as_object().is_none_or(|object| {
                wanted.as_array().unwrap().iter().all(|k| object.contains_key(k.as_str().unwrap()))
            }),
            "properties" => {
                for (key, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        check(root, schema, value, &format!("{place}.{key}"), errors);
                    }
                }
                value
                    .as_object()
                    .is_none_or(|object| object.keys().all(|k| wanted.get(k).is_some()))
            }
            "additionalProperties" => true,
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, value, &format!("{place}[{index}]"), errors);
                }
                true
            }
            "prefixItems" => {
                let items = value.as_array().into_iter().flatten();
                for (index, (schema, value)) in
                    wanted.as_array().unwrap().iter().zip(items).enumerate()
                {
                    check(root, schema, value, &format!("{place}[{index}]"), errors);
                }
                true
            }
            "anyOf" => wanted.as_array().unwrap().iter().any(|s| fits(root, s, value)),
            "oneOf" => {
                wanted.as_array().unwrap().iter().filter(|s| fits(root, s, value)).count() == 1
            }
            other => panic!("the schema uses `{other}`, which this check does not know"),
        };
        if !ok {
            errors.push(format!("{place}: {keyword} {wanted}"));
        }
    }
}

fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut errors = Vec::new();
    check(root, schema, value, "", &mut errors);
    errors.is_empty()
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    }
}
