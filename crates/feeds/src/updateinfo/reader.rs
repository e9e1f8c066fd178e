//! Reads `updateinfo.xml` one update at a time.

use std::{
    cell::Cell,
    io::{self, BufReader, Read},
};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

/// Most bytes from the start of one update to the start of the next. The largest real ones (a kernel with its
/// packages for all architectures) have some hundred KB.
pub const MAX_UPDATE: u64 = 16 << 20;

/// Longest text that is kept of one element, in bytes; the rest of it is dropped.
pub const MAX_TEXT: usize = 256 << 10;

/// Deepest element.
pub const MAX_DEPTH: usize = 32;

/// Most packages and references of one update; real ones have a few thousand.
pub const MAX_ITEMS: usize = 50_000;

/// One `<update>`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// `security`, `bugfix`, `enhancement`, `newpackage`.
    pub kind: String,
    /// `final`, `stable`, `testing` …
    pub status: String,
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// Name of the system's release.
    pub release: String,
    /// The distribution's word.
    pub severity: String,
    /// A sentence.
    pub summary: String,
    /// All that is said.
    pub description: String,
    /// First publication.
    pub issued: String,
    /// Last change.
    pub updated: String,
    /// What it refers to.
    pub references: Vec<Reference>,
    /// Its packages.
    pub collections: Vec<Collection>,
}

/// A `<reference>`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reference {
    /// `cve`, `bugzilla`, `self` …
    pub kind: String,
    /// Id in that system.
    pub id: String,
    /// Title, which names the CVE where the kind is `bugzilla`.
    pub title: String,
    /// Address.
    pub href: String,
}

/// A `<collection>`: the packages of one repository or module.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Collection {
    /// Its short name.
    pub short: String,
    /// `name:stream` of its `<module>`.
    pub module: Option<String>,
    /// Packages.
    pub packages: Vec<Package>,
}

/// A `<package>`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Epoch; empty and `0` are the same.
    pub epoch: String,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Architecture; `src` for source packages.
    pub arch: String,
}

/// Calls `each` for every update.
///
/// # Errors
/// Where it is no XML, no updateinfo, or larger than the limits; the text names the place.
pub fn updates(input: &mut dyn Read, each: &mut dyn FnMut(Update)) -> Result<(), String> {
    let left = Cell::new(MAX_UPDATE);
    let mut xml = Reader::from_reader(BufReader::new(Rationed { inner: input, left: &left }));
    let mut state = State::default();
    let mut buffer = Vec::new();
    loop {
        let fail = |at: u64, why: String| Err(format!("byte {at}: {why}"));
        match xml.read_event_into(&mut buffer) {
            Err(e) => return fail(xml.error_position(), e.to_string()),
            Ok(Event::Eof) if !state.path.is_empty() => {
                return fail(xml.buffer_position(), "ends inside of an element".into());
            }
            Ok(Event::Eof) if !state.root => return Err("no <updates> in it".into()),
            Ok(Event::Eof) => return Ok(()),
            Ok(event) => {
                if let Event::Start(start) | Event::Empty(start) = &event
                    && state.path.len() == 1
                    && start.name().as_ref() == "update"
                {
                    left.set(MAX_UPDATE);
                }
                if let Err(why) = state.event(event, each) {
                    return fail(xml.buffer_position(), why);
                }
            }
        }
        buffer.clear();
    }
}

#[derive(Default)]
struct State {
    path: Vec<String>,
    root: bool,
    update: Update,
    items: usize,
    text: String,
}

impl State {
    fn event(&mut self, event: Event<'_>, each: &mut dyn FnMut(Update)) -> Result<(), String> {
        match event {
            Event::Start(start) => self.open(&start)?,
            Event::Empty(start) => {
                self.open(&start)?;
                self.close(each);
            }
            Event::End(_) => self.close(each),
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

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        let name = start.name().as_ref().to_owned();
        if self.path.len() >= MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} elements inside each other"));
        }
        if self.path.is_empty() {
            if name != "updates" || self.root {
                return Err(format!("<{name}> where <updates> is expected"));
            }
            self.root = true;
        }
        self.text.clear();
        let update = &mut self.update;
        match (self.path.len(), name.as_str()) {
            (1, "update") => {
                *update = Update::default();
                self.items = 0;
                attributes(start, |key, value| match key {
                    "type" => update.kind = value,
                    "status" => update.status = value,
                    _ => {}
                })?;
            }
            (2, "issued" | "updated") => {
                attributes(start, |key, value| match (key, name.as_str()) {
                    ("date", "issued") => update.issued = value,
                    ("date", _) => update.updated = value,
                    _ => {}
                })?
            }
            (3, "reference") => {
                let mut reference = Reference::default();
                attributes(start, |key, value| match key {
                    "type" => reference.kind = value,
                    "id" => reference.id = value,
                    "title" => reference.title = value,
                    "href" => reference.href = value,
                    _ => {}
                })?;
                update.references.push(reference);
                self.items += 1;
            }
            (3, "collection") => {
                let mut collection = Collection::default();
                attributes(start, |key, value| {
                    if key == "short" {
                        collection.short = value;
                    }
                })?;
                update.collections.push(collection);
                self.items += 1;
            }
            (4, "module") => {
                let (mut name, mut stream) = (String::new(), String::new());
                attributes(start, |key, value| match key {
                    "name" => name = value,
                    "stream" => stream = value,
                    _ => {}
                })?;
                if let Some(collection) = update.collections.last_mut() {
                    collection.module = Some(format!("{name}:{stream}"));
                }
            }
            (4, "package") => {
                let mut package = Package::default();
                attributes(start, |key, value| match key {
                    "name" => package.name = value,
                    "epoch" => package.epoch = value,
                    "version" => package.version = value,
                    "release" => package.release = value,
                    "arch" => package.arch = value,
                    _ => {}
                })?;
                if let Some(collection) = update.collections.last_mut() {
                    collection.packages.push(package);
                }
                self.items += 1;
            }
            _ => {}
        }
        if self.items > MAX_ITEMS {
            return Err(format!("an update with more than {MAX_ITEMS} packages and references"));
        }
        self.path.push(name);
        Ok(())
    }

    fn close(&mut self, each: &mut dyn FnMut(Update)) {
        let Some(name) = self.path.pop() else { return };
        let text = self.text.trim();
        let update = &mut self.update;
        match (self.path.len(), name.as_str()) {
            (2, "id") => text.clone_into(&mut update.id),
            (2, "title") => text.clone_into(&mut update.title),
            (2, "release") => text.clone_into(&mut update.release),
            (2, "severity") => text.clone_into(&mut update.severity),
            (2, "summary") => text.clone_into(&mut update.summary),
            (2, "description") => text.clone_into(&mut update.description),
            (1, "update") => each(std::mem::take(update)),
            _ => {}
        }
        self.text.clear();
    }

    /// Text of an update's own elements; that of deeper ones is not needed.
    fn push(&mut self, text: &str) {
        if self.path.len() == 3 && self.text.len().saturating_add(text.len()) <= MAX_TEXT {
            self.text.push_str(text);
        }
    }
}

fn attributes(start: &BytesStart<'_>, mut take: impl FnMut(&str, String)) -> Result<(), String> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|e| e.to_string())?;
        take(attribute.key.as_ref(), value.trim().to_owned());
    }
    Ok(())
}

/// Ends an update that never ends: the parser would collect it in memory.
struct Rationed<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Rationed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        let left = self.left.get().checked_sub(got as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "one update has more than 16 MiB")
        })?;
        self.left.set(left);
        Ok(got)
    }
}
