//! The file: definitions with their trees, and the tests, objects and states that they point to.

use std::{
    cell::Cell,
    collections::HashMap,
    io::{self, BufReader, Read},
    rc::Rc,
};

use jiff::civil::Date;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::date;
use crate::FeedError;

/// Most bytes held of one file. Red Hat's largest files have some 150 MB of XML, of which a tenth is kept.
pub const MAX_HELD: usize = 512 << 20;

/// Deepest nesting of elements; real files have 12.
pub const MAX_DEPTH: usize = 64;

/// Most bytes of one tag, comment or run of text: the longest real descriptions have 100 KB.
pub const MAX_EVENT: u64 = 4 << 20;

/// Longest text that is kept, in bytes.
const MAX_TEXT: usize = 4096;

/// What an entry of a list costs beside its text, in bytes.
const OVERHEAD: usize = 64;

/// A text that is there once however often it is used; 0 is the empty one.
pub(super) type Text = u32;

#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) date: Option<Date>,
    pub(super) definitions: Vec<Definition>,
    pub(super) texts: Texts,
    pub(super) tests: HashMap<Text, Test>,
    /// Package names by object.
    pub(super) objects: HashMap<Text, Text>,
    pub(super) states: HashMap<Text, State>,
}

#[derive(Debug)]
pub(super) struct Texts {
    by_text: HashMap<Rc<str>, Text>,
    list: Vec<Rc<str>>,
    held: usize,
}

impl Default for Texts {
    fn default() -> Self {
        let empty: Rc<str> = "".into();
        Self { by_text: HashMap::from([(Rc::clone(&empty), 0)]), list: vec![empty], held: 0 }
    }
}

impl Texts {
    pub(super) fn get(&self, text: Text) -> &str {
        self.list.get(text as usize).map_or("", |t| t)
    }

    fn put(&mut self, text: &str) -> Text {
        if let Some(known) = self.by_text.get(text) {
            return *known;
        }
        let new = u32::try_from(self.list.len()).unwrap_or_default();
        let text: Rc<str> = text.into();
        self.held += text.len() + OVERHEAD;
        self.list.push(Rc::clone(&text));
        self.by_text.insert(text, new);
        new
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Test {
    pub(super) object: Text,
    pub(super) state: Text,
    pub(super) absent: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    /// Operation and version.
    pub(super) evr: Option<(Text, Text)>,
    pub(super) version: Option<(Text, Text)>,
    pub(super) arch: Option<Text>,
    pub(super) other: bool,
}

/// A definition without its prose.
#[derive(Debug, Default)]
pub(crate) struct Definition {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Source and id.
    pub(crate) references: Vec<(String, String)>,
    pub(crate) cves: Vec<Cve>,
    pub(crate) severity: String,
    pub(crate) published: Option<Date>,
    pub(crate) updated: Option<Date>,
    pub(crate) platforms: Vec<String>,
    pub(crate) cpes: Vec<String>,
    /// State and component.
    pub(crate) resolutions: Vec<(String, String)>,
    pub(super) criteria: Option<Node>,
}

/// A flaw as a definition names it.
#[derive(Debug, Default)]
pub(crate) struct Cve {
    pub(crate) text: String,
    pub(crate) impact: String,
    /// Version 2, 3 and 4, with the score before them.
    pub(crate) cvss: [String; 3],
    pub(crate) cwe: String,
    pub(crate) public: String,
}

#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Test {
        test: Text,
        comment: Text,
    },
    /// A definition that says which system it is.
    True,
    /// What is not understood: negations.
    Unknown,
}

/// Ends an event that never ends: the parser would collect it in memory.
struct Rationed<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        let left = self.left.get().checked_sub(got as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "a tag or text has more than 4 MiB")
        })?;
        self.left.set(left);
        Ok(got)
    }
}

/// Reads a file to its end.
pub(super) fn read(place: &str, input: &mut dyn Read) -> Result<Document, FeedError> {
    let left = Cell::new(MAX_EVENT);
    let mut reader = Reader::from_reader(BufReader::new(Rationed { inner: input, left: &left }));
    reader.config_mut().expand_empty_elements = true;
    let mut builder = Builder::default();
    let mut buffer = Vec::new();
    let too_large = |limit: usize, what| FeedError::TooLarge {
        place: place.to_owned(),
        limit: limit as u64,
        what,
    };
    loop {
        buffer.clear();
        left.set(MAX_EVENT);
        let event = reader.read_event_into(&mut buffer);
        let fault = |e: String| {
            FeedError::malformed(format!("{place}: byte {}", reader.buffer_position()), e)
        };
        match event.map_err(|e| fault(e.to_string()))? {
            Event::Start(tag) => builder.start(&tag).map_err(fault)?,
            Event::End(tag) => builder.end(tag.local_name().as_ref()),
            Event::Text(text) => builder.text(&text.xml10_content()),
            Event::CData(text) => builder.text(&text.xml10_content()),
            Event::GeneralRef(name) => {
                let char = match &*name {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => name.resolve_char_ref().ok().flatten(),
                };
                let char = char.ok_or_else(|| fault("an entity that is not known".into()))?;
                builder.text(char.encode_utf8(&mut [0; 4]));
            }
            Event::Eof => break,
            _ => {}
        }
        if builder.depth > MAX_DEPTH {
            return Err(too_large(MAX_DEPTH, "elements inside each other"));
        }
        if builder.held.saturating_add(builder.out.texts.held) > MAX_HELD {
            return Err(too_large(MAX_HELD, "bytes of definitions"));
        }
    }
    if builder.depth > 0 {
        return Err(FeedError::malformed(place, "it ends in the middle"));
    }
    if !builder.is_oval {
        return Err(FeedError::malformed(place, "it has no `oval_definitions`"));
    }
    Ok(builder.out)
}

#[derive(Default)]
struct Builder {
    out: Document,
    depth: usize,
    held: usize,
    is_oval: bool,
    definition: Option<Definition>,
    /// The open trees, from the outermost.
    trees: Vec<Node>,
    /// Id of the open test, object or state.
    id: Text,
    test: Test,
    state: State,
    operation: Text,
    resolution: String,
    text: String,
}

impl Builder {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        self.depth += 1;
        self.text.clear();
        let get = |name: &str| -> Result<String, String> {
            let found = tag.try_get_attribute(name).map_err(|e| e.to_string())?;
            let Some(found) = found else { return Ok(String::new()) };
            let value = found
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|e| e.to_string())?;
            let mut value = value.into_owned();
            cut(&mut value);
            Ok(value)
        };
        let local = tag.local_name();
        match local.as_ref() {
            "oval_definitions" => self.is_oval = true,
            "definition" => {
                self.trees.clear();
                self.definition = Some(Definition { id: get("id")?, ..Definition::default() });
                self.held += OVERHEAD * 8;
            }
            "criteria" => {
                let negated = get("negate")? == "true";
                let any = get("operator")?.eq_ignore_ascii_case("or");
                let tree = if any { Node::Any(Vec::new()) } else { Node::All(Vec::new()) };
                self.trees.push(if negated { Node::Unknown } else { tree });
            }
            "criterion" => {
                let test = self.out.texts.put(&get("test_ref")?);
                let comment = self.out.texts.put(&get("comment")?);
                let negated = get("negate")? == "true";
                self.add(if negated { Node::Unknown } else { Node::Test { test, comment } });
            }
            "extend_definition" => self.add(Node::True),
            "object" => self.test.object = self.out.texts.put(&get("object_ref")?),
            "state" => self.test.state = self.out.texts.put(&get("state_ref")?),
            "evr" | "version" | "arch" | "name" => {
                self.operation = self.out.texts.put(&get("operation")?);
            }
            "signature_keyid" | "release" | "epoch" | "filepath" => self.state.other = true,
            name if name.ends_with("_test") => {
                self.id = self.out.texts.put(&get("id")?);
                let absent = get("check_existence")? == "none_exist";
                self.test = Test { absent, ..Test::default() };
            }
            name if name.ends_with("_object") || name.ends_with("_state") => {
                self.id = self.out.texts.put(&get("id")?);
                self.state = State::default();
            }
            name => {
                let Some(open) = &mut self.definition else { return Ok(()) };
                match name {
                    "reference" => open.references.push((get("source")?, get("ref_id")?)),
                    "issued" => open.published = date(&get("date")?),
                    "updated" => open.updated = date(&get("date")?),
                    "resolution" => self.resolution = get("state")?,
                    "cve" => {
                        let mut cvss3 = get("cvss3")?;
                        if cvss3.is_empty() {
                            cvss3 = get("cvss_vector")?;
                        }
                        let mut impact = get("impact")?;
                        if impact.is_empty() {
                            impact = get("priority")?;
                        }
                        open.cves.push(Cve {
                            text: String::new(),
                            impact,
                            cvss: [get("cvss2")?, cvss3, get("cvss4")?],
                            cwe: get("cwe")?,
                            public: get("public")?,
                        });
                    }
                    _ => return Ok(()),
                }
                self.held += OVERHEAD * 3;
            }
        }
        Ok(())
    }

    fn add(&mut self, node: Node) {
        self.held += size_of::<Node>();
        match self.trees.last_mut() {
            Some(Node::All(nodes) | Node::Any(nodes)) => nodes.push(node),
            Some(_) => {}
            None => {
                if let Some(open) = &mut self.definition {
                    open.criteria = Some(node);
                }
            }
        }
    }

    fn text(&mut self, more: &str) {
        if self.text.len() < MAX_TEXT {
            self.text.push_str(more);
            cut(&mut self.text);
        }
    }

    fn end(&mut self, local: &str) {
        self.depth = self.depth.saturating_sub(1);
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match local {
            "timestamp" => self.out.date = date(text),
            "criteria" => {
                if let Some(tree) = self.trees.pop() {
                    self.add(tree);
                }
            }
            "definition" => self.out.definitions.extend(self.definition.take()),
            "name" if self.definition.is_none() => {
                let name = self.out.texts.put(text);
                self.out.objects.insert(self.id, name);
            }
            "evr" => self.state.evr = Some((self.operation, self.out.texts.put(text))),
            "version" => self.state.version = Some((self.operation, self.out.texts.put(text))),
            "arch" => self.state.arch = Some(self.out.texts.put(text)),
            name if name.ends_with("_test") => {
                self.held += OVERHEAD;
                self.out.tests.insert(self.id, self.test);
            }
            name if name.ends_with("_state") => {
                self.held += OVERHEAD;
                self.out.states.insert(self.id, self.state);
            }
            name => {
                let Some(open) = &mut self.definition else { return };
                match name {
                    "title" => text.clone_into(&mut open.title),
                    "severity" => text.clone_into(&mut open.severity),
                    "platform" => open.platforms.push(text.to_owned()),
                    "cpe" => open.cpes.push(text.to_owned()),
                    "component" => {
                        open.resolutions.push((self.resolution.clone(), text.to_owned()))
                    }
                    "public_date" | "advisory_date" => open.published = date(text),
                    "cve" => {
                        if let Some(cve) = open.cves.last_mut() {
                            text.clone_into(&mut cve.text);
                        }
                    }
                    _ => return,
                }
                self.held += OVERHEAD + text.len();
            }
        }
    }
}

fn cut(text: &mut String) {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
    }
}
