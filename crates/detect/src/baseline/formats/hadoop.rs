//! `<configuration><property><name/><value/></property>…` of Hadoop and what is built on it.

use super::{FormatError, Settings, xml};

/// The properties of a site file.
pub(crate) fn parse(text: &str) -> Result<Settings, FormatError> {
    let mut out = Settings::new();
    let mut name: Option<(String, Option<usize>)> = None;
    for element in xml::parse(text)? {
        match element.name.as_str() {
            "name" => name = Some((element.text, element.parent)),
            "value" => {
                if let Some((name, _)) = name.take_if(|(_, parent)| *parent == element.parent) {
                    out.push((name, element.text, element.line));
                }
            }
            _ => {}
        }
    }
    Ok(out)
}
