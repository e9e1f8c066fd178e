//! Everything found in one file: each secret once, wherever in the file or in its archive it was seen.

use std::collections::HashMap;

use plimsoll_model::Detection;

use super::{
    context::{self, PlaceKind},
    detections::{MAX_DETECTIONS, MAX_SIGHTINGS, detections, of_rule},
    rule::Rule,
    ruleset::RuleSet,
    search::{Finds, Text, search},
    validators::{Candidate, Verdict},
};

/// Collects detections of one file.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    set: &'a RuleSet,
    outer: PlaceKind,
    found: Vec<Detection>,
    by_secret: HashMap<(String, Option<String>, String), usize>,
    /// More was found than is kept.
    pub(super) cut: bool,
}

/// Where a text lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Path of the file, of an entry of an archive the path in there.
    pub(super) path: &'a str,
    /// Path inside the file; empty for the file itself.
    pub(super) inside: &'a str,
    /// Offset of the text in the file.
    pub(super) offset: u64,
    /// Number of its first line.
    pub(super) line: u32,
    /// Whether lines mean anything.
    pub(super) lined: bool,
}

impl<'a> Place<'a> {
    /// A file as a whole.
    pub(super) fn file(path: &'a str, lined: bool) -> Self {
        Self { path, inside: "", offset: 0, line: 1, lined }
    }
}

impl<'a> Collector<'a> {
    /// `path` is that of the file.
    pub(super) fn new(set: &'a RuleSet, path: &str) -> Self {
        Self {
            set,
            outer: context::place(path),
            found: Vec::new(),
            by_secret: HashMap::new(),
            cut: false,
        }
    }

    /// Searches a text. Only finds that begin in `own` count: a file that is read in pieces has each piece's ends twice.
    pub(super) fn text(&mut self, place: &Place<'_>, bytes: &[u8], own: std::ops::Range<usize>) {
        let kind = if place.inside.is_empty() {
            self.outer
        } else {
            context::place(place.path).inside(Some(self.outer))
        };
        let text = Text { bytes, path: place.path, config: false, place: kind };
        let mut finds = search(self.set, &text);
        self.cut |= finds.cut;
        finds.found.retain(|find| own.contains(&find.secret.0));
        self.add_finds(place, bytes, &finds);
    }

    fn add_finds(&mut self, place: &Place<'_>, bytes: &[u8], finds: &Finds) {
        if finds.found.is_empty() {
            return;
        }
        let base = (place.offset, place.line);
        for detection in detections(self.set, bytes, finds, base, place.lined) {
            self.add(detection, place.inside);
        }
    }

    /// Files that are what is looked for by themselves. `bytes` may be the beginning only.
    pub(super) fn file(&mut self, place: &Place<'_>, bytes: &[u8]) {
        for rule in self.set.by_path(place.path, bytes) {
            let rule = &self.set.rules[rule];
            if let Some(verdict) = whole_file(rule, place.path, bytes) {
                self.add(of_rule(rule, verdict), place.inside);
            }
        }
    }

    fn add(&mut self, mut detection: Detection, inside: &str) {
        let key = (detection.rule.clone(), detection.fingerprint.clone(), inside.to_owned());
        if let Some(&at) = self.by_secret.get(&key) {
            let sightings = &mut self.found[at].sightings;
            sightings.append(&mut detection.sightings);
            sightings.truncate(MAX_SIGHTINGS);
            return;
        }
        if self.found.len() >= MAX_DETECTIONS {
            self.cut = true;
            return;
        }
        inside.clone_into(&mut detection.inside);
        self.by_secret.insert(key, self.found.len());
        self.found.push(detection);
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found, the gravest first.
    pub(super) fn finish(mut self) -> Vec<Detection> {
        self.found.sort_by_key(|detection| std::cmp::Reverse(detection.severity));
        self.found
    }
}

/// What a rule about files says of this one.
fn whole_file(rule: &Rule, path: &str, bytes: &[u8]) -> Option<Verdict> {
    if !rule.file {
        // gitleaks' rules may consist of a path alone.
        return (rule.pattern.is_none()).then(Verdict::default);
    }
    if context::is_package_reference(path) {
        return None;
    }
    match rule.validator {
        None => Some(Verdict::default()),
        Some(validator) => {
            validator.check(&Candidate { secret: bytes, matched: bytes, around: bytes, path })
        }
    }
}
