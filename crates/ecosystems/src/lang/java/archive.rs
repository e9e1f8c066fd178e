//! Walks a Java archive and the archives inside it, and says which packages they are.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io::Read,
};

use plimsoll_model::{
    AppPackage, CappedText, Confidence, MAX_REQUIRED_BY, Package, PackageEvidence, PackageKind,
    ProblemKind,
};

use super::{
    file_name::FileName,
    identity::{self, Coordinates, Own},
    is_archive_name, known,
    manifest::{MAX_MANIFEST, Manifest},
    pom::{MAX_POM, Pom},
};
use crate::{
    pkgdb::Collector,
    zip::{Archive, Budget, Entry, StreamReader, ZipError},
};

/// Most archives inside each other, the file itself included.
pub const MAX_DEPTH: usize = 12;

/// Most archives in one file.
pub const MAX_ARCHIVES: usize = 20_000;

/// Most directory entries that are looked at in one file, all its archives together.
pub const MAX_ENTRIES: u64 = 4_000_000;

/// Most bytes of nested archives that are read of one file.
pub const MAX_NESTED_BYTES: u64 = 2 << 30;

/// Most bytes of manifests and Maven descriptions that are read of one file.
pub const MAX_TEXT_BYTES: u64 = 64 << 20;

/// Largest nested archive.
pub const MAX_NESTED: usize = 256 << 20;

/// Most bytes of nested archives that are decompressed at the same time. (One that is stored, as Spring
/// Boot does, is read in place.)
pub const MAX_HELD: usize = 128 << 20;

/// Most Maven descriptions in one archive.
const MAX_DESCRIPTIONS: usize = 10_000;

/// Longest place inside a file that is kept.
const MAX_INSIDE: usize = 2048;

/// Most dependencies that are kept of all projects of one file.
const MAX_REQUIRES: usize = 200_000;

/// Largest `pom.properties`.
const MAX_PROPERTIES: usize = 64 << 10;

/// Most licences of one package.
const MAX_LICENSES: usize = 16;

/// Longest licence or vendor that is kept.
const MAX_WORDS: usize = 200;

/// The packages of the archive `bytes`, whose file is called `name`.
#[must_use]
pub fn parse_archive(bytes: &[u8], name: &str) -> Collector {
    let mut walk = Walk::new();
    walk.archive(bytes, name, "", 1);
    walk.finish()
}

/// The packages of an archive that is read once from front to back, because it is too large to be held.
#[must_use]
pub fn parse_archive_stream(content: &mut dyn Read, name: &str) -> Collector {
    let mut walk = Walk::new();
    walk.stream(content, name);
    walk.finish()
}

struct Found {
    package: Package,
    /// What its project file asks for, as `group:artifact`; `None` where there is no project file.
    requires: Option<Vec<String>>,
}

struct Walk {
    collector: Collector,
    nested: Budget,
    texts: Budget,
    held: usize,
    archives: usize,
    entries: u64,
    full: bool,
    found: Vec<Found>,
    requires: usize,
}

/// What an entry is by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Class,
    Manifest,
    /// Of a Maven project.
    Properties,
    Project,
    Nested,
    Other,
}

impl Kind {
    fn of(name: &[u8]) -> Self {
        const MAVEN: &[u8] = b"META-INF/maven/";
        let (folder, file) = split_place(name);
        // Elsewhere it is a template: archetypes carry some.
        let is_maven = || folder.windows(MAVEN.len()).any(|window| window == MAVEN);
        match file {
            _ if file.ends_with(b".class") => Kind::Class,
            b"pom.properties" if is_maven() => Kind::Properties,
            b"pom.xml" if is_maven() => Kind::Project,
            _ if name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF") => Kind::Manifest,
            _ if is_archive_name(file) => Kind::Nested,
            _ => Kind::Other,
        }
    }

    /// Most bytes that are read of such a text, and whether more is cut and not refused.
    fn most(self) -> (usize, bool) {
        match self {
            Kind::Manifest => (MAX_MANIFEST, true),
            Kind::Properties => (MAX_PROPERTIES, true),
            _ => (MAX_POM, false),
        }
    }
}

/// `pom.properties` and `pom.xml`.
type Description<'a> = [Option<Cow<'a, [u8]>>; 2];

/// What one archive holds that says what it is.
#[derive(Default)]
struct Texts<'a> {
    manifest: Option<Cow<'a, [u8]>>,
    /// By folder.
    descriptions: BTreeMap<Vec<u8>, Description<'a>>,
    has_nested: bool,
    has_classes: bool,
    /// The folder that all classes outside of `META-INF` share.
    folder: Option<Vec<u8>>,
}

impl<'a> Texts<'a> {
    fn class(&mut self, name: &[u8]) {
        self.has_classes = true;
        let (folder, _) = split_place(name);
        if folder.is_empty() || name.starts_with(b"META-INF/") {
            return;
        }
        match &mut self.folder {
            Some(shared) => {
                let len = common(shared, folder);
                shared.truncate(len);
            }
            None => self.folder = Some(folder.to_vec()),
        }
    }

    /// Whether another description has room.
    fn has_room(&self, name: &[u8]) -> bool {
        self.descriptions.len() < MAX_DESCRIPTIONS
            || self.descriptions.contains_key(split_place(name).0)
    }

    fn add(&mut self, kind: Kind, name: &[u8], bytes: Cow<'a, [u8]>) {
        if kind == Kind::Manifest {
            self.manifest = Some(bytes);
            return;
        }
        let slot = self.descriptions.entry(split_place(name).0.to_vec()).or_default();
        slot[usize::from(kind == Kind::Project)] = Some(bytes);
    }
}

impl Walk {
    fn new() -> Self {
        Self {
            collector: Collector::default(),
            nested: Budget::new(MAX_NESTED_BYTES),
            texts: Budget::new(MAX_TEXT_BYTES),
            held: 0,
            archives: 0,
            entries: 0,
            full: false,
            found: Vec::new(),
            requires: 0,
        }
    }

    fn archive(&mut self, bytes: &[u8], name: &str, inside: &str, depth: usize) {
        self.archives += 1;
        let archive = match Archive::open(bytes) {
            Ok(archive) => archive,
            Err(error) => return self.lost(inside, error),
        };
        let mut texts = Texts::default();
        let mut nested = Vec::new();
        for entry in archive.entries() {
            if !self.count_entry(inside) {
                break;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.lost(inside, error);
                    break;
                }
            };
            match Kind::of(entry.name) {
                Kind::Other => {}
                Kind::Class => texts.class(entry.name),
                Kind::Nested if nested.len() <= MAX_ARCHIVES => nested.push(entry),
                Kind::Nested => {}
                kind => self.text(&archive, kind, &entry, inside, &mut texts),
            }
        }
        texts.has_nested = !nested.is_empty();
        self.packages(texts, name, inside, Some(bytes));
        for entry in &nested {
            if self.full {
                return;
            }
            self.nested(&archive, entry, inside, depth);
        }
    }

    /// As [`Self::archive`], for the file itself.
    fn stream(&mut self, content: &mut dyn Read, name: &str) {
        self.archives += 1;
        let mut reader = StreamReader::new(content);
        let mut texts = Texts::default();
        loop {
            let entry = match reader.next() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    self.lost("", error);
                    break;
                }
            };
            if self.full || !self.count_entry("") {
                break;
            }
            let kind = Kind::of(&entry.name);
            let read = match kind {
                Kind::Class | Kind::Other => {
                    if kind == Kind::Class {
                        texts.class(&entry.name);
                    }
                    reader.skip(&entry).map(|()| None)
                }
                Kind::Nested => reader.read(&entry, MAX_HELD, &mut self.nested).map(Some),
                kind if kind != Kind::Manifest && !texts.has_room(&entry.name) => {
                    self.too_many_descriptions("");
                    reader.skip(&entry).map(|()| None)
                }
                _ => reader.read(&entry, MAX_POM, &mut self.texts).map(Some),
            };
            let bytes = match read {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                Err(error) => {
                    let place = join("", &entry.name);
                    self.lost(place.as_deref().unwrap_or_default(), error);
                    // Behind a limit the next entry is in its place, behind damage it is not.
                    if matches!(error, ZipError::TooLarge(_) | ZipError::Unsupported(_)) {
                        continue;
                    }
                    break;
                }
            };
            if kind != Kind::Nested {
                texts.add(kind, &entry.name, Cow::Owned(bytes));
                continue;
            }
            texts.has_nested = true;
            if let Some(place) = self.enter(&entry.name, "", 1) {
                self.held = bytes.len();
                self.nested_bytes(&bytes, &entry.name, &place, 1);
                self.held = 0;
            }
        }
        self.packages(texts, name, "", None);
    }

    fn count_entry(&mut self, inside: &str) -> bool {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            self.stop(inside, format_args!("more than {MAX_ENTRIES} entries in all"));
            return false;
        }
        true
    }

    fn text<'a>(
        &mut self,
        archive: &Archive<'a>,
        kind: Kind,
        entry: &Entry<'_>,
        inside: &str,
        texts: &mut Texts<'a>,
    ) {
        if kind != Kind::Manifest && !texts.has_room(entry.name) {
            return self.too_many_descriptions(inside);
        }
        let read = match kind.most() {
            (most, true) => archive.read_start(entry, most, &mut self.texts),
            (most, false) => archive.read(entry, most, &mut self.texts),
        };
        match read {
            Ok(bytes) => texts.add(kind, entry.name, bytes),
            Err(error) => {
                let place = join(inside, entry.name);
                self.lost(place.as_deref().unwrap_or(inside), error);
            }
        }
    }

    fn too_many_descriptions(&mut self, inside: &str) {
        self.limit(inside, format_args!("more than {MAX_DESCRIPTIONS} Maven descriptions"));
    }

    /// The archive's own package, and those that were shaded into it. `bytes` are the whole archive, where it is
    /// held.
    fn packages(&mut self, texts: Texts<'_>, name: &str, inside: &str, bytes: Option<&[u8]>) {
        let manifest = texts.manifest.map(|bytes| Manifest::parse(&bytes)).unwrap_or_default();
        let file_name = FileName::parse(name);
        let is_program = texts.has_classes || texts.has_nested;
        if manifest.is_runtime() || (file_name.is_accompanying() && !is_program) {
            return;
        }
        let mut folders = Vec::new();
        let mut described = Vec::new();
        for (folder, [properties, project]) in texts.descriptions {
            let mut coordinates = Coordinates::of_folder(&folder);
            if let Some(pom) = project.and_then(|bytes| Pom::parse(&bytes).ok()) {
                self.project(&mut coordinates, &pom);
            }
            if let Some(bytes) = properties {
                coordinates.properties(&bytes);
            }
            folders.push(folder);
            described.push(coordinates);
        }
        let mut main = identity::main(&described, &file_name, &manifest);
        let folder = texts.folder.unwrap_or_default();
        let mut own = identity::own(main.map(|at| &described[at]), &file_name, &manifest, &folder);
        if let Some(known) = bytes.and_then(known::jar) {
            let (group, artifact) = (known.group.to_owned(), known.artifact.to_owned());
            main = described.iter().position(|c| c.group == group && c.artifact == artifact);
            own = Some(Own {
                group,
                artifact,
                version: known.version.to_owned(),
                evidence: PackageEvidence::Digest,
                confidence: Confidence::High,
            });
        }
        let owner = own.as_ref().map(|own| {
            format!("{}@{}", identity::join_name(&own.group, &own.artifact), own.version)
        });
        if let Some(own) = own {
            let mut coordinates =
                main.map(|at| std::mem::take(&mut described[at])).unwrap_or_default();
            let vendor =
                manifest.implementation_vendor.as_ref().or(manifest.bundle_vendor.as_ref());
            if coordinates.licenses.is_empty() {
                coordinates.licenses = bundle_licenses(&manifest);
            }
            let vendor = vendor.map(String::as_str);
            self.add(own, coordinates, inside.to_owned(), vendor, None);
        }
        for (at, (folder, coordinates)) in folders.into_iter().zip(described).enumerate() {
            if main == Some(at) || coordinates.version.is_empty() || coordinates.artifact.is_empty()
            {
                continue;
            }
            let Some(place) = join(inside, &folder) else { continue };
            let own = Own {
                group: coordinates.group.clone(),
                artifact: coordinates.artifact.clone(),
                version: coordinates.version.clone(),
                evidence: PackageEvidence::Installed,
                confidence: Confidence::High,
            };
            self.add(own, coordinates, place, None, owner.as_deref());
        }
    }

    fn project(&mut self, coordinates: &mut Coordinates, pom: &Pom) {
        if let Some(group) = pom.group().filter(|group| identity::is_name(group)) {
            coordinates.group = group;
        }
        if let Some(artifact) = pom.artifact().filter(|artifact| identity::is_name(artifact)) {
            coordinates.artifact = artifact;
        }
        if let Some(version) = pom.version().filter(|version| identity::is_said_version(version)) {
            coordinates.version = version;
        }
        coordinates.licenses.extend(pom.licenses().iter().take(MAX_LICENSES).map(words));
        let requires: Vec<String> = pom
            .dependencies()
            .filter(|needed| matches!(needed.scope.as_str(), "" | "compile" | "runtime"))
            .map(|needed| identity::join_name(&needed.group, &needed.artifact))
            .take(MAX_REQUIRES.saturating_sub(self.requires))
            .collect();
        self.requires += requires.len();
        coordinates.requires = Some(requires);
    }

    fn add(
        &mut self,
        own: Own,
        coordinates: Coordinates,
        inside: String,
        vendor: Option<&str>,
        owner: Option<&str>,
    ) {
        let name = identity::join_name(&own.group, &own.artifact);
        if !self.collector.charge(name.len() + own.version.len() + inside.len()) {
            return;
        }
        let mut package = Package::new(PackageKind::Maven, name, own.version);
        package.licenses = coordinates.licenses;
        package.vendor = vendor.map(words);
        package.app = Some(Box::new(AppPackage {
            evidence: own.evidence,
            confidence: own.confidence,
            inside,
            required_by: owner.map(str::to_owned).into_iter().collect(),
            ..AppPackage::default()
        }));
        self.found.push(Found { package, requires: coordinates.requires });
    }

    fn nested(&mut self, archive: &Archive<'_>, entry: &Entry<'_>, inside: &str, depth: usize) {
        let Some(place) = self.enter(entry.name, inside, depth) else { return };
        let most = if entry.is_stored() { MAX_NESTED } else { MAX_HELD - self.held };
        let bytes = match archive.read(entry, most, &mut self.nested) {
            Ok(bytes) => bytes,
            Err(error) => return self.lost(&place, error),
        };
        let held = if matches!(bytes, Cow::Owned(_)) { bytes.len() } else { 0 };
        self.held += held;
        self.nested_bytes(&bytes, entry.name, &place, depth);
        self.held -= held;
    }

    /// The place of a nested archive, where the limits let it in.
    fn enter(&mut self, name: &[u8], inside: &str, depth: usize) -> Option<String> {
        let Some(place) = join(inside, name) else {
            self.limit(inside, format_args!("a name of more than {MAX_INSIDE} bytes"));
            return None;
        };
        if depth >= MAX_DEPTH {
            self.limit(&place, format_args!("archives more than {MAX_DEPTH} deep"));
            return None;
        }
        if self.archives >= MAX_ARCHIVES {
            self.stop(&place, format_args!("more than {MAX_ARCHIVES} archives in all"));
            return None;
        }
        Some(place)
    }

    fn nested_bytes(&mut self, bytes: &[u8], name: &[u8], place: &str, depth: usize) {
        // Some of the extensions have other uses, and an empty file is a placeholder.
        if bytes.starts_with(b"PK") || bytes.starts_with(b"#!") {
            self.archive(bytes, &String::from_utf8_lossy(name), place, depth + 1);
        }
    }

    /// Says who asks for what, as far as the project files tell.
    fn finish(mut self) -> Collector {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, found) in self.found.iter().enumerate() {
            by_name.entry(found.package.name.as_str()).or_default().push(at);
        }
        let mut required_by: Vec<Vec<usize>> = vec![Vec::new(); self.found.len()];
        let mut direct: Option<Vec<bool>> = None;
        for (at, found) in self.found.iter().enumerate() {
            let Some(requires) = &found.requires else { continue };
            let is_root = found.package.app.as_ref().is_some_and(|app| app.inside.is_empty());
            for target in requires.iter().filter_map(|name| by_name.get(name.as_str())).flatten() {
                if required_by[*target].len() < MAX_REQUIRED_BY && *target != at {
                    required_by[*target].push(at);
                }
                if is_root {
                    direct.get_or_insert_with(|| vec![false; self.found.len()])[*target] = true;
                }
            }
        }
        let ids: Vec<String> = self
            .found
            .iter()
            .map(|found| format!("{}@{}", found.package.name, found.package.version))
            .collect();
        for (at, Found { mut package, .. }) in self.found.into_iter().enumerate() {
            if let Some(app) = &mut package.app {
                app.required_by.extend(required_by[at].iter().map(|&by| ids[by].clone()));
                app.required_by.sort();
                app.required_by.dedup();
                app.required_by.truncate(MAX_REQUIRED_BY);
                app.is_direct =
                    direct.as_ref().filter(|_| !app.inside.is_empty()).map(|direct| direct[at]);
            }
            self.collector.push(package);
        }
        self.collector
    }

    fn lost(&mut self, inside: &str, error: ZipError) {
        let kind = match error {
            ZipError::TooLarge(_) => ProblemKind::LimitReached,
            ZipError::Unsupported(_) => ProblemKind::Unsupported,
            ZipError::NoDirectory => ProblemKind::Truncated,
            _ => ProblemKind::Malformed,
        };
        self.collector.lost_as(kind, format_args!("{}{error}", Place(inside)));
    }

    fn limit(&mut self, inside: &str, what: std::fmt::Arguments<'_>) {
        self.collector.lost_as(ProblemKind::LimitReached, format_args!("{}{what}", Place(inside)));
    }

    /// A limit of the whole file: nothing more is read of it.
    fn stop(&mut self, inside: &str, what: std::fmt::Arguments<'_>) {
        if !self.full {
            self.full = true;
            self.limit(inside, what);
        }
    }
}

struct Place<'a>(&'a str);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "{}: ", CappedText(self.0.as_bytes(), MAX_WORDS))
    }
}

/// The place of an entry; `None` where it is too long.
fn join(inside: &str, name: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(name);
    let place = if inside.is_empty() { name.into_owned() } else { format!("{inside}!/{name}") };
    (place.len() <= MAX_INSIDE).then_some(place)
}

/// Folder and file name.
fn split_place(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|&c| c == b'/') {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => (&name[..0], name),
    }
}

/// Length of the folder that two folders share.
fn common(shared: &[u8], folder: &[u8]) -> usize {
    let same = shared.iter().zip(folder).take_while(|(a, b)| a == b).count();
    let is_end = |folder: &[u8]| folder.get(same).is_none_or(|&c| c == b'/');
    if is_end(shared) && is_end(folder) {
        return same;
    }
    shared[..same].iter().rposition(|&c| c == b'/').unwrap_or(0)
}

/// Licences of OSGi: addresses or names divided by commas, with attributes behind semicolons.
fn bundle_licenses(manifest: &Manifest) -> Vec<String> {
    let text = manifest.bundle_license.as_deref().unwrap_or_default();
    text.split(',')
        .filter_map(|license| license.split(';').next())
        .map(|license| license.trim().trim_matches('"'))
        .filter(|license| !license.is_empty())
        .take(MAX_LICENSES)
        .map(words)
        .collect()
}

fn words(text: impl AsRef<str>) -> String {
    CappedText(text.as_ref().as_bytes(), MAX_WORDS).to_string()
}

#[cfg(test)]
mod tests;
