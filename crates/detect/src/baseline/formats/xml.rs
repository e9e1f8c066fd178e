//! XML as a list of elements with path, attributes, text and line. No entity but the predefined ones is known:
//! those that a document declares are how a few bytes become gigabytes, or another file.

use quick_xml::{Reader, events::Event};

use super::{FormatError, MAX_DEPTH, MAX_ENTRIES, capped, line_of};

/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 256;

/// An element, in the order of their starts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Element {
    /// Local names from the root, joined by `/`.
    pub(crate) path: String,
    /// Local name.
    pub(crate) name: String,
    /// Local names and values.
    pub(crate) attributes: Vec<(String, String)>,
    /// Text directly inside, trimmed.
    pub(crate) text: String,
    /// Line of its start.
    pub(crate) line: u32,
    /// Index of the element around it.
    pub(crate) parent: Option<usize>,
}

impl Element {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// All elements of a document.
pub(crate) fn parse(text: &str) -> Result<Vec<Element>, FormatError> {
    let mut reader = Reader::from_str(text);
    let mut out: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut at, mut line) = (0usize, 1u32);
    loop {
        let event = reader.read_event().map_err(|_| {
            let line = line_of(text, reader.error_position() as usize);
            FormatError(format!("no valid XML at line {line}"))
        })?;
        let here = reader.buffer_position() as usize;
        let start_line = line;
        line += line_of(text.get(at..here.min(text.len())).unwrap_or_default(), usize::MAX) - 1;
        at = here;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = local(tag.name().as_ref());
                let parent = open.last().copied();
                let path = match parent.and_then(|index| out.get(index)) {
                    Some(around) => format!("{}/{name}", around.path),
                    None => name.clone(),
                };
                let attributes = tag.attributes().take(MAX_ATTRIBUTES).flatten();
                let attributes = attributes.map(|attribute| {
                    let raw: &str = attribute.value.as_ref();
                    let value = unescaped(raw);
                    (local(attribute.key.as_ref()), value)
                });
                let attributes = attributes.collect();
                let element = Element {
                    path,
                    name,
                    attributes,
                    line: start_line,
                    parent,
                    ..Element::default()
                };
                if !is_empty {
                    open.push(out.len());
                }
                out.push(element);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(content) => add(&mut out, &open, content.as_ref()),
            Event::CData(content) => add(&mut out, &open, content.as_ref()),
            Event::GeneralRef(reference) => {
                let name: &str = reference.as_ref();
                add(&mut out, &open, &unescaped(&format!("&{name};")));
            }
            Event::Eof => break,
            _ => {}
        }
        if open.len() > MAX_DEPTH || out.len() > MAX_ENTRIES {
            return Err(FormatError("too many elements, or nested too deeply".into()));
        }
    }
    if !open.is_empty() {
        return Err(FormatError("XML that ends inside an element".into()));
    }
    for element in &mut out {
        element.text = element.text.trim().to_owned();
    }
    Ok(out)
}

fn local(name: &str) -> String {
    capped(name.rsplit(':').next().unwrap_or(name)).to_owned()
}

fn unescaped(raw: &str) -> String {
    quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), |text| text.into_owned())
}

fn add(out: &mut [Element], open: &[usize], text: &str) {
    if let Some(element) = open.last().and_then(|&index| out.get_mut(index)) {
        element.text.push_str(text);
    }
}
