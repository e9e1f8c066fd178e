//! What rules found in the layers' files, with its place in the finished image, and what checks of the finished
//! image look at: live texts and notable entries of the file tree.

use std::collections::{HashMap, HashSet};

use plimsoll_detect::baseline::Notable;
#[cfg(feature = "malware")]
use plimsoll_malware::tampered;
use plimsoll_model::{
    Fact, ImageText, NotableFile, OwnedPackage, PlacedDetection, PlacedIdentity, Problem,
    ProblemKind,
};

use super::{PlacedFact, Tree, aside};
use crate::limits::{MAX_DETECTIONS, MAX_IDENTITIES, MAX_NOTABLE, MAX_TEXT_BYTES};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) detections: Vec<PlacedDetection>,
    pub(super) texts: Vec<ImageText>,
    pub(super) notable: Vec<NotableFile>,
    pub(super) identities: Vec<PlacedIdentity>,
    pub(super) problems: Vec<Problem>,
}

/// Collects them. `packages` say who owns what.
pub(super) fn collect(
    tree: &Tree<'_>,
    facts: &[PlacedFact<'_>],
    packages: &[OwnedPackage],
) -> Kept {
    let mut kept = Kept { detections: detections(tree, facts), ..Kept::default() };
    #[cfg(feature = "malware")]
    kept.detections.extend(changed(tree, facts));
    kept.identities = identities(tree, facts);
    kept.texts(tree, facts);
    kept.notable(tree);
    kept.limit();
    kept.owners(packages);
    kept
}

/// Files of packages that are not as their packages have them.
#[cfg(feature = "malware")]
fn changed(tree: &Tree<'_>, facts: &[PlacedFact<'_>]) -> Vec<PlacedDetection> {
    let live = facts
        .iter()
        .filter(|placed| placed.live)
        .filter(|placed| matches!(placed.fact.fact, Fact::Identity(_) | Fact::Marker { .. }));
    let placed: Vec<(u32, std::borrow::Cow<'_, str>, &Fact)> = live
        .map(|placed| {
            let path = tree.real_path(placed.layer, &placed.fact.path);
            (placed.layer, path, &placed.fact.fact)
        })
        .collect();
    tampered::changed(placed.iter().map(|(layer, path, fact)| tampered::PlacedFact {
        layer: *layer,
        path,
        fact,
    }))
}

/// Programs and scripts with their digests.
fn identities(tree: &Tree<'_>, facts: &[PlacedFact<'_>]) -> Vec<PlacedIdentity> {
    let known = facts.iter().filter_map(|placed| {
        let Fact::Identity(identity) = &placed.fact.fact else { return None };
        let path = tree.real_path(placed.layer, &placed.fact.path).into_owned();
        let hidden_by = if placed.live { None } else { tree.hidden_by(placed.layer, &path) };
        let identity = identity.as_ref().clone();
        Some(PlacedIdentity { path, layer: placed.layer, hidden_by, identity })
    });
    known.take(MAX_IDENTITIES).collect()
}

/// One secret in one file counts once: where a layer writes the file again with the secret still in it, the
/// uppermost layer's is kept.
fn detections(tree: &Tree<'_>, facts: &[PlacedFact<'_>]) -> Vec<PlacedDetection> {
    let mut seen = HashSet::new();
    let mut found: Vec<PlacedDetection> = Vec::new();
    for placed in facts.iter().rev() {
        let Fact::Detection(detection) = &placed.fact.fact else { continue };
        let path = tree.real_path(placed.layer, &placed.fact.path).into_owned();
        let evidence = detection
            .fingerprint
            .clone()
            .or_else(|| detection.file.as_ref().map(|file| file.sha256.clone()));
        let key = (path.clone(), detection.rule.clone(), detection.inside.clone(), evidence);
        if !seen.insert(key) {
            continue;
        }
        let hidden_by = if placed.live { None } else { tree.hidden_by(placed.layer, &path) };
        found.push(PlacedDetection {
            detection: detection.as_ref().clone(),
            path: Some(path),
            config_field: None,
            layer: Some(placed.layer),
            hidden_by,
            owner: None,
        });
    }
    found.sort_by(|a, b| {
        let key = |d: &PlacedDetection| (d.layer, d.path.clone(), d.detection.rule.clone());
        key(a).cmp(&key(b))
    });
    found
}

impl Kept {
    fn texts(&mut self, tree: &Tree<'_>, facts: &[PlacedFact<'_>]) {
        let mut bytes = 0;
        let mut cut = false;
        for placed in facts.iter().filter(|placed| placed.live) {
            let Fact::Text { text } = &placed.fact.fact else { continue };
            let path = tree.real_path(placed.layer, &placed.fact.path);
            let Some(found) = tree.find(&path) else { continue };
            bytes += text.len();
            if bytes > MAX_TEXT_BYTES {
                cut = true;
                break;
            }
            self.texts.push(ImageText {
                path: path.into_owned(),
                layer: placed.layer,
                mode: found.entry.mode,
                uid: found.entry.uid,
                gid: found.entry.gid,
                text: text.clone(),
            });
        }
        if cut {
            let message = format!(
                "more than {MAX_TEXT_BYTES} bytes of configuration; checks did not look at the rest"
            );
            self.problems.push(Problem::new(ProblemKind::LimitReached, message));
        }
        self.texts.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn notable(&mut self, tree: &Tree<'_>) {
        let text = |path: &str| {
            self.texts.iter().find(|text| text.path == path).map(|text| text.text.as_str())
        };
        let wanted = Notable::new(text("etc/passwd"), text("etc/group"));
        self.notable = tree
            .live_where(|entry| wanted.wants(entry))
            .map(|found| NotableFile {
                path: found.entry.path.to_owned(),
                layer: found.layer,
                kind: found.entry.kind,
                mode: found.entry.mode,
                uid: found.entry.uid,
                gid: found.entry.gid,
                size: found.entry.size,
                target: found.entry.target.to_owned(),
                owner: None,
            })
            .take(MAX_NOTABLE + 1)
            .collect();
        self.notable.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn limit(&mut self) {
        if self.notable.len() > MAX_NOTABLE {
            self.notable.truncate(MAX_NOTABLE);
            let message = format!(
                "more than {MAX_NOTABLE} files with odd modes or owners; checks did not look at the rest"
            );
            self.problems.push(Problem::new(ProblemKind::LimitReached, message));
        }
        if self.detections.len() > MAX_DETECTIONS {
            self.detections.truncate(MAX_DETECTIONS);
            let message =
                format!("more than {MAX_DETECTIONS} detections; further ones were left out");
            self.problems.push(Problem::new(ProblemKind::LimitReached, message));
        }
    }

    /// Files of a system package, as long as no later layer changed them.
    fn owners(&mut self, packages: &[OwnedPackage]) {
        let paths = self.detections.iter().filter_map(|d| d.path.clone());
        let paths = paths.chain(self.notable.iter().map(|file| file.path.clone()));
        let mut wanted: HashMap<String, Option<(String, u32)>> =
            paths.map(|path| (path, None)).collect();
        aside::find_owners(packages, &mut wanted);
        let owner = |path: &str, layer: u32| match wanted.get(path) {
            Some(Some((name, of))) if layer <= *of => Some(name.clone()),
            _ => None,
        };
        for found in self.detections.iter_mut().filter(|found| found.owner.is_none()) {
            if let (Some(path), Some(layer)) = (&found.path, found.layer) {
                found.owner = owner(path, layer);
            }
        }
        for file in &mut self.notable {
            file.owner = owner(&file.path, file.layer);
        }
    }
}
