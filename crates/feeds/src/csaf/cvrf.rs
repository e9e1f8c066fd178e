//! CVRF 1.1 and 1.2, the XML format that CSAF comes from: read as a CSAF document.

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::document::{
    Cvss, Document, FullProductName, Head, Helper, Relationship, Score, Text, Threat, Vulnerability,
};

/// Deepest element.
pub(crate) const MAX_DEPTH: usize = 40;

/// Most products, relationships, flaws and statements of a document.
const MAX_ITEMS: usize = 2_000_000;

/// Longest text of an element that is kept, in bytes: notes are long, and are not looked at.
const MAX_TEXT: usize = 64 << 10;

pub(crate) fn parse(bytes: &[u8]) -> Result<Document<'static>, String> {
    let mut xml = Reader::from_reader(bytes);
    let mut buffer = Vec::new();
    let mut state = State::default();
    state.document.head = Head { csaf_version: Some("2.0".to_owned().into()), ..Head::default() };
    loop {
        let done = match xml.read_event_into(&mut buffer) {
            Err(e) => Err(e.to_string()),
            Ok(Event::Eof) if !state.path.is_empty() => Err("ends inside of an element".into()),
            Ok(Event::Eof) if !state.root => Err("no <cvrfdoc> in it".into()),
            Ok(Event::Eof) => return Ok(state.document),
            Ok(event) => state.event(event),
        };
        done.map_err(|why: String| format!("byte {}: {why}", xml.buffer_position()))?;
        buffer.clear();
    }
}

#[derive(Default)]
struct State {
    path: Vec<String>,
    root: bool,
    document: Document<'static>,
    items: usize,
    /// Type of the status, of the threat that is open.
    kind: String,
    text: String,
}

impl State {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(start) => self.open(&start)?,
            Event::Empty(start) => {
                self.open(&start)?;
                self.close();
            }
            Event::End(_) => self.close(),
            Event::Text(text) => self.push(&text.xml10_content()),
            Event::CData(text) => self.push(&text.xml10_content()),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(c)) => self.push(c.encode_utf8(&mut [0; 4])),
                Ok(None) => self.push(resolve_predefined_entity(&entity).unwrap_or_default()),
                Err(e) => return Err(e.to_string()),
            },
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if self.text.len() + text.len() <= MAX_TEXT {
            self.text.push_str(text);
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        let name = start.name();
        let name = name.as_ref();
        let name = name.rsplit(':').next().unwrap_or_default().to_owned();
        if self.path.len() >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} elements inside each other"));
        }
        if self.path.is_empty() {
            if name != "cvrfdoc" || self.root {
                return Err(format!("<{name}> where <cvrfdoc> is expected"));
            }
            self.root = true;
        }
        self.text.clear();
        self.items += 1;
        if self.items > MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} elements"));
        }
        let document = &mut self.document;
        match name.as_str() {
            "Relationship" => document.product_tree.relationships.push(Relationship {
                product_reference: attribute(start, "ProductReference")?,
                relates_to_product_reference: attribute(start, "RelatesToProductReference")?,
                ..Relationship::default()
            }),
            "FullProductName" => {
                let in_relation = self.path.last().is_some_and(|p| p == "Relationship");
                let cpe = attribute(start, "CPE")?;
                let product = FullProductName {
                    product_id: attribute(start, "ProductID")?,
                    helper: (!cpe.is_empty())
                        .then(|| Helper { cpe: Some(cpe), ..Helper::default() }),
                    ..FullProductName::default()
                };
                let tree = &mut document.product_tree;
                match tree.relationships.last_mut().filter(|_| in_relation) {
                    Some(relation) => relation.full_product_name = product,
                    None => tree.full_product_names.push(product),
                }
            }
            "Vulnerability" => document.vulnerabilities.push(Vulnerability::default()),
            "Status" => self.kind = attribute(start, "Type")?.to_string(),
            "Threat" => {
                self.kind = attribute(start, "Type")?.to_string();
                if let Some(flaw) = document.vulnerabilities.last_mut() {
                    let category = self.kind.to_ascii_lowercase().into();
                    flaw.threats.push(Threat { category, ..Threat::default() });
                }
            }
            "ScoreSet" | "ScoreSetV2" | "ScoreSetV3" => {
                if let Some(flaw) = document.vulnerabilities.last_mut() {
                    flaw.scores.push(Score::default());
                }
            }
            _ => {}
        }
        self.path.push(name);
        Ok(())
    }

    fn close(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let parent = self.path.last().map_or("", String::as_str);
        let document = &mut self.document;
        let tracking = &mut document.head.tracking;
        match (parent, name.as_str()) {
            ("cvrfdoc", "DocumentTitle") => document.head.title = Some(text.into()),
            // SUSE's documents about a flaw: `SUSE CVE-2022-38150`.
            ("Identification", "ID") => {
                let id = text.strip_prefix("SUSE ").unwrap_or(&text).to_owned();
                tracking.id = id.into();
            }
            ("DocumentTracking", "InitialReleaseDate") => {
                tracking.initial_release_date = Some(text.into());
            }
            ("DocumentTracking", "CurrentReleaseDate") => {
                tracking.current_release_date = Some(text.into());
            }
            ("Relationship", "FullProductName") => {}
            (_, "FullProductName") => {
                if let Some(product) = document.product_tree.full_product_names.last_mut() {
                    product.name = text.into();
                }
            }
            _ => {
                if let Some(flaw) = document.vulnerabilities.last_mut() {
                    close_in_flaw(flaw, &self.kind, parent, &name, text.into());
                }
            }
        }
    }
}

fn close_in_flaw(
    flaw: &mut Vulnerability<'static>,
    kind: &str,
    parent: &str,
    name: &str,
    text: Text<'static>,
) {
    let status = &mut flaw.product_status;
    let score = || Some(Cvss { vector: text.clone() });
    match (parent, name) {
        ("Vulnerability", "CVE") => flaw.cve = Some(text),
        ("Status", "ProductID") => {
            let list = match kind {
                "First Affected" => &mut status.first_affected,
                "First Fixed" => &mut status.first_fixed,
                "Fixed" => &mut status.fixed,
                "Known Affected" => &mut status.known_affected,
                "Known Not Affected" => &mut status.known_not_affected,
                "Last Affected" => &mut status.last_affected,
                "Recommended" => &mut status.recommended,
                _ => return,
            };
            list.push(text);
        }
        ("Threat", "Description") => {
            if let Some(threat) = flaw.threats.last_mut() {
                threat.details = text;
            }
        }
        (_, "Vector" | "VectorV2" | "VectorV3") => {
            if let Some(last) = flaw.scores.last_mut() {
                if name == "VectorV3" {
                    last.cvss_v3 = score();
                } else {
                    last.cvss_v2 = score();
                }
            }
        }
        _ => {}
    }
}

fn attribute(start: &BytesStart<'_>, key: &str) -> Result<Text<'static>, String> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        if attribute.key.as_ref() == key {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            return Ok(value.map_err(|e| e.to_string())?.trim().to_owned().into());
        }
    }
    Ok(Text::default())
}
