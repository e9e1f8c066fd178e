//! The JSON Schema of the report, made from the types that are serialised.

use plimsoll_model::{REPORT_SCHEMA, Report};
use serde_json::Value;

/// The schema (draft 2020-12) of what `--format json` writes.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>();
    schema.insert("title".into(), format!("Plimsoll report {REPORT_SCHEMA}").into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report.schema.json");
        let schema = json_schema();
        if std::env::var_os("PLIMSOLL_UPDATE_GOLDEN").is_some() {
            let text = serde_json::to_string_pretty(&schema).unwrap();
            std::fs::write(path, format!("{text}\n")).unwrap();
        }
        // As values: the order of keys depends on which features other crates switch on in serde_json.
        let committed: Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(committed == schema, "run `cargo xtask codegen` and look at the difference");
    }
}
