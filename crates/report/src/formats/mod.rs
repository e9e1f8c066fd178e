//! The formats. One folder each; `docs/adding-an-output-format.md` says how to add one.

pub(crate) mod json;
mod markdown;
mod sarif;
mod table;

use crate::Format;

/// Every format, by id.
#[must_use]
pub fn all() -> Vec<Box<dyn Format>> {
    vec![
        Box::new(json::Json),
        Box::new(markdown::Markdown),
        Box::new(sarif::Sarif),
        Box::new(table::Table),
    ]
}

/// The format of this id.
#[must_use]
pub fn find(id: &str) -> Option<Box<dyn Format>> {
    all().into_iter().find(|f| f.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sibling_is_listed_in_order_and_once() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/formats");
        let mut siblings: Vec<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|name| name != "mod")
            .collect();
        siblings.sort();
        let listed: Vec<&str> = all().iter().map(|f| f.id()).collect();
        assert_eq!(listed, siblings);
        for id in listed {
            assert!(find(id).is_some_and(|f| !f.summary().is_empty()));
        }
        assert!(find("nothing").is_none());
    }
}
