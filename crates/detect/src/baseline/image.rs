//! The finished image as checks see it: texts by path, links, the command that containers run.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::{LazyLock, Mutex, PoisonError},
};

use globset::{GlobMatcher, GlobSet, GlobSetBuilder};
use plimsoll_model::{
    Detection, EntryKind, ImageText, Inventory, NotableFile, PlacedDetection, Problem, ProblemKind,
    RiskKind,
};

use super::{Parameters, formats::tree::Directive, service::Loaded};
use crate::paths::{self, resolve};

/// Links that are followed from one name to a file.
const MAX_LINKS: usize = 8;
/// Most texts of one image that are looked at.
pub const MAX_TEXTS: usize = 20_000;
/// Most words of one command line that are looked at.
const MAX_WORDS: usize = 512;

/// Most globs that are kept ready: the checks have fewer, and those of an image's include lines must not fill memory.
const MAX_MATCHERS: usize = 512;

/// A glob made ready. To compile one takes longer than to try it on everything in a usual image.
fn matcher(glob: &str) -> Option<GlobMatcher> {
    static READY: LazyLock<Mutex<HashMap<String, Option<GlobMatcher>>>> =
        LazyLock::new(Mutex::default);
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(matcher) = ready.get(glob) {
        return matcher.clone();
    }
    let matcher = paths::glob(glob).ok().map(|glob| glob.compile_matcher());
    if ready.len() < MAX_MATCHERS {
        ready.insert(glob.to_owned(), matcher.clone());
    }
    matcher
}

/// See the module. Built once for all checks.
#[derive(Debug)]
pub struct Image<'a> {
    /// What the image holds.
    pub inventory: &'a Inventory,
    /// What the user set.
    pub parameters: &'a Parameters,
    texts: BTreeMap<&'a str, &'a ImageText>,
    links: BTreeMap<&'a str, &'a str>,
    /// Words of entry point and command, shells of the shell form opened.
    pub(crate) command: Vec<String>,
    pub(crate) loaded: RefCell<HashMap<&'static str, Rc<Loaded>>>,
    trees: RefCell<HashMap<&'static str, Rc<Vec<Vec<Directive>>>>>,
    problems: RefCell<BTreeSet<Problem>>,
}

impl<'a> Image<'a> {
    pub(crate) fn new(inventory: &'a Inventory, parameters: &'a Parameters) -> Self {
        let texts = inventory.texts.iter().take(MAX_TEXTS);
        let texts = texts.map(|text| (text.path.as_str(), text)).collect();
        let links = inventory.notable.iter().filter(|file| file.kind == EntryKind::Symlink);
        let image = Self {
            inventory,
            parameters,
            texts,
            links: links.map(|file| (file.path.as_str(), file.target.as_str())).collect(),
            command: command_words(inventory),
            loaded: RefCell::default(),
            trees: RefCell::default(),
            problems: RefCell::default(),
        };
        if inventory.texts.len() > MAX_TEXTS {
            let message = format!("more than {MAX_TEXTS} texts; no check looked at the rest");
            image.problem(ProblemKind::LimitReached, None, message);
        }
        image
    }

    /// The text at a path, links followed.
    pub(crate) fn text(&self, path: &str) -> Option<&'a ImageText> {
        let mut at = path.to_owned();
        for _ in 0..MAX_LINKS {
            if let Some(text) = self.texts.get(at.as_str()) {
                return Some(text);
            }
            at = resolve(&at, self.links.get(at.as_str())?);
        }
        None
    }

    /// The texts whose path, or the path of a link to them, matches a glob; by the name that matched.
    pub(crate) fn matching(&self, glob: &str) -> Vec<(String, &'a ImageText)> {
        if !glob.contains(['*', '?', '[', '{']) {
            return self.text(glob).map(|text| (glob.to_owned(), text)).into_iter().collect();
        }
        let prefix = &glob[..glob.find(['*', '?', '[', '{']).unwrap_or(glob.len())];
        let texts = self.texts.range(prefix..).map(|(path, _)| *path);
        let links = self.links.range(prefix..).map(|(path, _)| *path);
        let mut names: BTreeSet<&str> = texts
            .take_while(|path| path.starts_with(prefix))
            .chain(links.take_while(|path| path.starts_with(prefix)))
            .collect();
        if names.is_empty() {
            return Vec::new();
        }
        let Some(matcher) = matcher(glob) else { return Vec::new() };
        names.retain(|path| matcher.is_match(path));
        names.into_iter().filter_map(|name| Some((name.to_owned(), self.text(name)?))).collect()
    }

    /// What the rules for secrets have reported of a file already: they know more, and one report is enough.
    pub(crate) fn reported(&self, path: &str) -> impl Iterator<Item = &'a Detection> {
        let of_file = |found: &&PlacedDetection| {
            found.detection.kind == RiskKind::SensitiveFile
                && found.hidden_by.is_none()
                && found.path.as_deref() == Some(path)
        };
        self.inventory.detections.iter().filter(of_file).map(|found| &found.detection)
    }

    /// One matcher for several globs.
    pub(crate) fn globs(&self, globs: &[&str]) -> Option<GlobSet> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(paths::glob(glob).ok()?);
        }
        set.build().ok()
    }

    /// All texts, by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'a ImageText> + '_ {
        self.texts.values().copied()
    }

    /// Entries that are no links.
    pub(crate) fn notable(&self) -> impl Iterator<Item = &'a NotableFile> {
        self.inventory.notable.iter().filter(|file| file.kind != EntryKind::Symlink)
    }

    /// A folder or file kept for checks.
    pub(crate) fn entry(&self, path: &str) -> Option<&'a NotableFile> {
        let all = &self.inventory.notable;
        let at = all.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        all.get(at).filter(|file| file.kind != EntryKind::Symlink)
    }

    /// The value of an environment variable of the image's configuration; the last one counts.
    pub(crate) fn env(&self, name: &str) -> Option<&'a str> {
        self.inventory.config.env.iter().rev().find_map(|line| {
            line.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value)
        })
    }

    /// Major and minor version of the first installed package of these names, or of environment variables (several
    /// separated by commas) that images built from sources have: `REDIS_VERSION=7.2`, or an address with
    /// `redis-7.2.4.tar.gz` in it.
    pub(crate) fn version(&self, packages: &[&str], env: &str) -> Option<(u32, u32)> {
        let installed = self.inventory.packages.iter().map(|owned| &owned.package);
        let version = installed
            .filter(|package| packages.contains(&package.name.as_str()))
            .map(|package| package.version.as_str())
            .next();
        if let Some(version) = version {
            return numbers(version.split_once(':').map_or(version, |(_, rest)| rest));
        }
        env.split(',').find_map(|name| {
            let value = self.env(name)?;
            let name = value.rsplit('/').next().unwrap_or(value);
            numbers(name.get(name.find(|c: char| c.is_ascii_digit())?..)?)
        })
    }

    /// The words after a program that the command starts; `None` where it does not start it.
    pub(crate) fn arguments(&self, programs: &[&str]) -> Option<&[String]> {
        let at = self.command.iter().position(|word| {
            programs.iter().any(|program| *program == word.rsplit('/').next().unwrap_or(word))
        })?;
        self.command.get(at + 1..)
    }

    /// Trees of directives of a web server; made once.
    pub(crate) fn trees(
        &self,
        name: &'static str,
        make: impl FnOnce() -> Vec<Vec<Directive>>,
    ) -> Rc<Vec<Vec<Directive>>> {
        if let Some(trees) = self.trees.borrow().get(name) {
            return Rc::clone(trees);
        }
        let trees = Rc::new(make());
        self.trees.borrow_mut().insert(name, Rc::clone(&trees));
        trees
    }

    /// Records something that could not be read or decided; the same thing once.
    pub(crate) fn problem(&self, kind: ProblemKind, path: Option<&str>, message: String) {
        let mut problem = Problem::new(kind, message);
        problem.path = path.map(str::to_owned);
        self.problems.borrow_mut().insert(problem);
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner().into_iter().collect()
    }
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next().and_then(|n| n.parse().ok()).unwrap_or_default()))
}

fn command_words(inventory: &Inventory) -> Vec<String> {
    let config = &inventory.config;
    let mut words: Vec<String> = Vec::new();
    for list in [&config.entrypoint, &config.cmd] {
        for word in list.iter().take(MAX_WORDS) {
            // `["/bin/sh", "-c", "redis-server --port 1"]` is how the shell form is stored.
            if word.contains(char::is_whitespace) {
                words.extend(super::formats::words::split(word));
            } else {
                words.push(word.clone());
            }
        }
    }
    words.truncate(MAX_WORDS);
    words
}
