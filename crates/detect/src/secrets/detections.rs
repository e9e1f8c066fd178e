//! From finds to detections: each secret of a text once, with its sightings, and nothing of it in clear.

use std::{cmp::Reverse, collections::HashMap};

use memchr::memchr_iter;
use plimsoll_model::{Detection, RiskKind, Sighting};

use super::{
    mask::{excerpt, fingerprint},
    rule::Rule,
    ruleset::RuleSet,
    search::Finds,
    validators::Verdict,
};

/// Most sightings of one secret in one file.
pub(super) const MAX_SIGHTINGS: usize = 10;

/// Most detections of one file.
pub(super) const MAX_DETECTIONS: usize = 500;

/// What holds for every secret in an image.
const REBUILD: &str = "Treat it as known to everybody who can pull the image: revoke or rotate it first. Then build the image without it: \
deleting it in a later instruction leaves it in the layer below, so take it out of the build context (`.dockerignore`), give it to the one \
instruction that needs it with `RUN --mount=type=secret` or in a stage whose files are not copied into the last one, and hand it to the container \
at run time as a mounted secret.";

/// A detection that says what `rule` says.
pub(super) fn of_rule(rule: &Rule, verdict: Verdict) -> Detection {
    let severity = verdict.at_most.map_or(rule.severity, |most| rule.severity.min(most));
    let mut detection = Detection::new(RiskKind::SensitiveFile, rule.id.clone(), severity);
    rule.category.as_str().clone_into(&mut detection.class);
    // The greater the less sure.
    detection.confidence =
        verdict.no_surer.map_or(rule.confidence, |most| rule.confidence.max(most));
    detection.title = match verdict.note {
        Some(note) => format!("{} ({note})", rule.title),
        None => rule.title.clone(),
    };
    detection.description.clone_from(&rule.description);
    detection.advice = format!("{} {REBUILD}", rule.advice).trim().to_owned();
    if !rule.reference.is_empty() {
        detection.references.push(rule.reference.clone());
    }
    detection
}

/// Numbers of lines of ascending offsets.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> u32 {
        if offset > self.at {
            let passed = memchr_iter(b'\n', &self.bytes[self.at..offset]).count();
            self.line = self.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
            self.at = offset;
        }
        self.line
    }
}

/// Detections of one text, the gravest first; `base` is where the text begins in its file and which line that is. A
/// text that is not `lined` gets offsets instead of lines.
pub(super) fn detections(
    set: &RuleSet,
    bytes: &[u8],
    finds: &Finds,
    base: (u64, u32),
    lined: bool,
) -> Vec<Detection> {
    let mut lines = Lines { bytes, at: 0, line: base.1 };
    let mut by_secret: HashMap<(usize, &[u8]), usize> = HashMap::new();
    let mut out: Vec<Detection> = Vec::new();
    for find in &finds.found {
        let secret = bytes.get(find.secret.0..find.secret.1).unwrap_or_default();
        let at = *by_secret.entry((find.rule, secret)).or_insert_with(|| {
            let mut detection = of_rule(&set.rules[find.rule], find.verdict);
            detection.fingerprint = Some(fingerprint(secret));
            out.push(detection);
            out.len() - 1
        });
        let line = lines.of(find.secret.0);
        let sightings = &mut out[at].sightings;
        if sightings.len() >= MAX_SIGHTINGS {
            continue;
        }
        let first =
            finds.hidden.partition_point(|span| span.0 + super::mask::MAX_EXCERPT < find.line.0);
        let text = excerpt(bytes, find.line, find.secret, &finds.hidden[first..]);
        let column = memchr::memrchr(b'\n', &bytes[find.line.0..find.secret.0])
            .map_or(find.line.0, |at| find.line.0 + at + 1);
        // In a line of megabytes the column would have to be counted from far away; the offset says it.
        let whole_line = column == 0 || bytes.get(column - 1) == Some(&b'\n');
        sightings.push(Sighting {
            line: lined.then_some(line),
            column: (lined && whole_line).then(|| {
                let before = String::from_utf8_lossy(&bytes[column..find.secret.0]);
                u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX)
            }),
            offset: (!lined || !whole_line).then_some(base.0 + find.secret.0 as u64),
            text,
        });
    }
    out.sort_by_key(|detection| Reverse(detection.severity));
    out.truncate(MAX_DETECTIONS);
    out
}
