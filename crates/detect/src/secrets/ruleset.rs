//! All rules together, made ready for the search.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, LazyLock},
};

use globset::{GlobSet, GlobSetBuilder};
use plimsoll_model::Digest;
use sha2::{Digest as _, Sha256};

use super::{
    config::variable_rule,
    context::{PlaceKind, place},
    files::FILES,
    gitleaks,
    keywords::Keywords,
    load::{RuleError, read_builtin, read_yaml, unusable},
    rule::Rule,
    search::counts_in,
};
use crate::paths::glob;

/// Most rules of one set.
pub const MAX_RULES: usize = 10_000;

/// Most keywords of all rules together.
const MAX_KEYWORDS: usize = 50_000;

/// Rules, and what finds the few that matter for a file.
#[derive(Debug)]
pub struct RuleSet {
    pub(super) rules: Vec<Arc<Rule>>,
    /// All keywords, those of rules that count outside of live files, and those of rules that count in a package's tests
    /// and documents. By the same numbers.
    keywords: [Keywords; 3],
    /// Rules of each keyword.
    pub(super) by_keyword: Vec<Vec<usize>>,
    /// Whether a keyword says more than a name that anything may be assigned to.
    alone: Vec<bool>,
    /// Rules that are bound to paths and have no keyword, and the globs that lead to them.
    path_globs: GlobSet,
    by_glob: Vec<usize>,
    /// Rules about files by their first bytes alone.
    by_magic: Vec<usize>,
    /// gitleaks' rules that are bound to a path by a pattern, or to nothing but their own pattern.
    by_path_pattern: Vec<usize>,
    digest: Digest,
}

/// The rule files without their examples; written by `PLIMSOLL_BLESS=1 cargo test -p plimsoll-detect rules`.
const BUILTIN_TEXT: &str = include_str!("../../rules/secrets/builtin.json");

static BUILTIN: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    let digest = Digest::from_bytes(Sha256::digest(BUILTIN_TEXT).into());
    let rules = read_builtin(BUILTIN_TEXT).into_iter().chain([variable_rule()]);
    Arc::new(RuleSet::new(rules.map(Arc::new).collect(), digest))
});

impl RuleSet {
    /// The rules of this version of the program.
    #[must_use]
    pub fn builtin() -> Arc<Self> {
        Arc::clone(&BUILTIN)
    }

    /// The same rules with their examples, for who wants to see or test them. Reading them takes a while.
    #[must_use]
    pub fn builtin_with_examples() -> Self {
        let read = |(name, text): &(&str, &str)| read_yaml(name, text, &mut Vec::new());
        let rules = FILES.iter().flat_map(read).chain([variable_rule()]);
        Self::new(rules.map(Arc::new).collect(), BUILTIN.digest)
    }

    /// The built-in rules and those of `text`, which is in our own YAML format or in gitleaks' TOML format. `file` is
    /// only for messages. A rule of `text` that has the id of a built-in one takes its place.
    ///
    /// Rules that cannot be used are named in the second part of the answer; the others are used.
    #[must_use]
    pub fn with_own(file: &str, text: &str) -> (Self, Vec<RuleError>) {
        let mut errors = Vec::new();
        let own = read_own(file, text, &mut errors);
        let mut usable = Vec::new();
        let mut ids = HashSet::new();
        for rule in own.rules {
            let mut wrong = unusable(&rule);
            if !ids.insert(rule.id.clone()) {
                wrong.push("another rule of the file has the same id".to_owned());
            }
            let id = rule.id.clone();
            if wrong.is_empty() {
                usable.push(Arc::new(rule));
            }
            errors.extend(wrong.into_iter().map(|message| RuleError {
                file: file.to_owned(),
                rule: Some(id.clone()),
                message,
            }));
        }
        let builtin = Self::builtin();
        let kept = builtin
            .rules
            .iter()
            .filter(|rule| !ids.contains(&rule.id) && !own.disabled.contains(&rule.id));
        let mut rules: Vec<Arc<Rule>> = kept.cloned().collect();
        rules.extend(usable);
        let hash = Sha256::new().chain_update(builtin.digest.as_bytes()).chain_update(text);
        (Self::new(rules, Digest::from_bytes(hash.finalize().into())), errors)
    }

    /// Only the rules of `text`; for tests of rules and for `plimsoll rules test`.
    #[must_use]
    pub fn only(file: &str, text: &str) -> (Self, Vec<RuleError>) {
        let mut errors = Vec::new();
        let own = read_own(file, text, &mut errors);
        let digest = Digest::from_bytes(Sha256::digest(text).into());
        (Self::new(own.rules.into_iter().map(Arc::new).collect(), digest), errors)
    }

    pub(super) fn new(mut rules: Vec<Arc<Rule>>, digest: Digest) -> Self {
        rules.truncate(MAX_RULES);
        let mut keywords: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut globs = GlobSetBuilder::new();
        let (mut by_glob, mut by_magic, mut by_path_pattern) = (Vec::new(), Vec::new(), Vec::new());
        for (at, rule) in rules.iter().enumerate() {
            for keyword in &rule.keywords {
                if keywords.len() < MAX_KEYWORDS {
                    keywords.entry(keyword.to_ascii_lowercase()).or_default().push(at);
                }
            }
            if !rule.keywords.is_empty() {
                continue;
            }
            for text in rule.paths.texts() {
                if let Ok(glob) = glob(text) {
                    globs.add(glob);
                    by_glob.push(at);
                }
            }
            if rule.path_pattern.is_some() || (rule.paths.is_empty() && rule.pattern.is_some()) {
                by_path_pattern.push(at);
            }
            if rule.file && rule.paths.is_empty() && !rule.magic.is_empty() {
                by_magic.push(at);
            }
        }
        for rules in keywords.values_mut() {
            rules.dedup();
        }
        let alone = keywords.iter().map(|(word, of)| {
            let is_name = word.bytes().all(|b| b.is_ascii_alphabetic());
            of.iter()
                .map(|&at| &rules[at])
                .any(|rule| !(rule.has_paths() || is_name && rule.is_generic()))
        });
        let of = |place: PlaceKind| {
            Keywords::new(keywords.iter().enumerate().filter_map(|(id, (word, of))| {
                of.iter().any(|&at| counts_in(&rules[at], place)).then_some((id, word.as_str()))
            }))
        };
        let sets = [PlaceKind::Live, PlaceKind::Package, PlaceKind::PackageReference].map(of);
        Self {
            alone: alone.collect(),
            rules,
            keywords: sets,
            by_keyword: keywords.into_values().collect(),
            path_globs: globs.build().unwrap_or_default(),
            by_glob,
            by_magic,
            by_path_pattern,
            digest,
        }
    }

    /// The keywords that matter in a file of this sort.
    pub(super) fn keywords(&self, place: PlaceKind) -> &Keywords {
        let [all, elsewhere, published] = &self.keywords;
        match place {
            PlaceKind::Live => all,
            PlaceKind::PackageReference => published,
            PlaceKind::Reference | PlaceKind::Package | PlaceKind::System | PlaceKind::LockFile => {
                elsewhere
            }
        }
    }

    /// The rules in the order of their files.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(AsRef::as_ref)
    }

    /// The rule of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules().find(|rule| rule.id == id)
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Digest of the texts that the rules come from.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether a rule about whole files may have something to say of this one. Allocates nothing.
    pub(super) fn has_file_rule(&self, path: &str, head: &[u8]) -> bool {
        self.path_globs.is_match(path)
            || self.by_magic.iter().any(|&at| head.starts_with(&self.rules[at].magic))
            || self.by_path_pattern.iter().any(|&at| self.rules[at].looks_at(path))
    }

    /// Whether a file may hold under one name what it does not hold under another.
    pub(super) fn differ(&self, path: &str, other: &str) -> bool {
        place(path) != place(other)
            || self
                .rules
                .iter()
                .filter(|rule| rule.has_paths() || !rule.not_paths.is_empty())
                .any(|rule| rule.looks_at(path) && !rule.looks_at(other))
    }

    /// Whether any keyword occurs that can lead to a find in a string by itself. `key`, `token`, `password` lead to
    /// assignments, whose two sides are two strings in compiled code.
    pub(super) fn occurs_in_string(&self, place: PlaceKind, bytes: &[u8]) -> bool {
        let mut any = false;
        self.keywords(place).find(bytes, |keyword, _, _| {
            any = self.alone[keyword];
            !any
        });
        any
    }

    /// Rules without keywords that look at a file of this path, and rules about files that begin like it.
    pub(super) fn by_path(&self, path: &str, head: &[u8]) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .path_globs
            .matches(path)
            .into_iter()
            .filter_map(|at| self.by_glob.get(at).copied())
            .collect();
        found.extend(&self.by_magic);
        found.extend(&self.by_path_pattern);
        found.sort_unstable();
        found.dedup();
        found.retain(|&at| {
            let rule = &self.rules[at];
            head.starts_with(&rule.magic) && rule.looks_at(path)
        });
        found
    }
}

/// Rules of a file of a user.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) rules: Vec<Rule>,
    /// Built-in rules that it switches off.
    pub(super) disabled: HashSet<String>,
}

fn read_own(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Own {
    if gitleaks::is_toml(text) {
        gitleaks::read_toml(file, text, errors)
    } else {
        Own { rules: read_yaml(file, text, errors), disabled: HashSet::new() }
    }
}
