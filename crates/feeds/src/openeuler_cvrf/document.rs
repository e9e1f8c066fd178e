//! What is used of a CVRF document.

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

/// Deepest element.
const MAX_DEPTH: usize = 32;

/// Most packages and flaws of a document.
const MAX_ITEMS: usize = 50_000;

#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) published: String,
    pub(super) modified: String,
    pub(super) products: Vec<Product>,
    pub(super) flaws: Vec<Flaw>,
}

#[derive(Debug, Default)]
pub(super) struct Product {
    pub(super) cpe: String,
    pub(super) arch: String,
    pub(super) file: String,
}

#[derive(Debug, Default)]
pub(super) struct Flaw {
    pub(super) cve: String,
    pub(super) severity: String,
    /// Products that it is fixed in.
    pub(super) fixed: Vec<String>,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Document, String> {
    let mut xml = Reader::from_reader(bytes);
    let mut buffer = Vec::new();
    let mut state = State::default();
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
    document: Document,
    /// Architecture of the branch, where the branch names one.
    arch: Option<String>,
    /// Whether the product statuses are those of fixed products.
    is_fixed: bool,
    is_impact: bool,
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
            Event::Text(text) => self.text.push_str(&text.xml10_content()),
            Event::CData(text) => self.text.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(c)) => self.text.push(c),
                Ok(None) => {
                    self.text.push_str(resolve_predefined_entity(&entity).unwrap_or_default());
                }
                Err(e) => return Err(e.to_string()),
            },
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        let name = start.name().as_ref().to_owned();
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
        match name.as_str() {
            "Branch" => {
                let is_arch = attribute(start, "Type")? == "Package Arch";
                self.arch = if is_arch { Some(attribute(start, "Name")?) } else { None };
            }
            "FullProductName" => {
                if let Some(arch) = self.arch.clone() {
                    let cpe = attribute(start, "CPE")?;
                    self.document.products.push(Product { cpe, arch, file: String::new() });
                }
            }
            "Vulnerability" => self.document.flaws.push(Flaw::default()),
            "Status" => self.is_fixed = attribute(start, "Type")? == "Fixed",
            "Threat" => self.is_impact = attribute(start, "Type")? == "Impact",
            _ => {}
        }
        if self.document.products.len() + self.document.flaws.len() > MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} packages and flaws"));
        }
        self.path.push(name);
        Ok(())
    }

    fn close(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let parent = self.path.last().map_or("", String::as_str);
        match (parent, name.as_str()) {
            ("Identification", "ID") => self.document.id = text,
            (_, "InitialReleaseDate") => self.document.published = text,
            (_, "CurrentReleaseDate") => self.document.modified = text,
            (_, "FullProductName") if self.arch.is_some() => {
                if let Some(product) = self.document.products.last_mut() {
                    product.file = text;
                }
            }
            _ => {
                let Some(flaw) = self.document.flaws.last_mut() else { return };
                match (parent, name.as_str()) {
                    ("Vulnerability", "CVE") => flaw.cve = text,
                    ("Status", "ProductID") if self.is_fixed && flaw.fixed.len() < MAX_ITEMS => {
                        flaw.fixed.push(text);
                    }
                    ("Threat", "Description") if self.is_impact => flaw.severity = text,
                    _ => {}
                }
            }
        }
    }
}

fn attribute(start: &BytesStart<'_>, key: &str) -> Result<String, String> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        if attribute.key.as_ref() == key {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            return Ok(value.map_err(|e| e.to_string())?.trim().to_owned());
        }
    }
    Ok(String::new())
}
