//! Finds what the rules are after in one piece of text. One pass for all keywords of all rules tells
//! which rules matter and where; only there their patterns are tried. A file without a keyword costs that pass alone.

use std::collections::HashMap;

use memchr::{memchr, memrchr};
use plimsoll_model::Confidence;
use regex_automata::{Input, util::captures::Captures};

use super::{
    context::{PlaceKind, is_digest, is_minified},
    entropy::entropy,
    placeholder::{is_no_password, is_placeholder},
    rule::{Category, Exception, Rule, SecretGroup, Target},
    ruleset::RuleSet,
    validators::{Candidate, Verdict},
};

/// How far from the keyword the pattern of a rule without a window is tried, at most to the ends of the line.
const LINE_REACH: usize = 1000;

/// Stretches that touch are searched as one up to this length; so a pattern sees no byte more than twice or thrice.
const MAX_STRETCH: usize = 128 << 10;

/// Most finds of one rule in one text. What is above is more of the same.
const MAX_FINDS: usize = 200;

/// Most stretches that one rule is tried in, of one text.
const MAX_STRETCHES: usize = 100_000;

/// Bytes of a file that a rule without keywords is tried on.
pub(super) const MAX_UNKEYED: usize = 1 << 20;

/// Secrets shorter than this may be passwords that a person chose: words are no secrets among them.
const TYPED: usize = 20;

/// Text to be searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// Path of the file; of one in an archive, its path in there.
    pub(super) path: &'a str,
    /// Part of an image's configuration rather than a file.
    pub(super) config: bool,
    /// What sort of file it is; that of the configuration is [`PlaceKind::Live`].
    pub(super) place: PlaceKind,
}

/// Something that a rule found. Spans are of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) rule: usize,
    pub(super) secret: (usize, usize),
    pub(super) matched: (usize, usize),
    pub(super) line: (usize, usize),
    pub(super) verdict: Verdict,
}

/// What was found, by place; `hidden` holds also what gave way to a better rule.
#[derive(Debug, Default)]
pub(super) struct Finds {
    pub(super) found: Vec<Found>,
    pub(super) hidden: Vec<(usize, usize)>,
    /// A limit was reached.
    pub(super) cut: bool,
}

/// Where one rule is to be tried.
#[derive(Debug, Default)]
struct Stretches {
    spans: Vec<(usize, usize)>,
    skip: bool,
}

/// Searches `text` for everything.
pub(super) fn search(set: &RuleSet, text: &Text<'_>) -> Finds {
    let mut finds = Finds::default();
    let mut tried: HashMap<usize, Stretches> = HashMap::new();
    set.keywords(text.place).find(text.bytes, |keyword, start, end| {
        for &rule in &set.by_keyword[keyword] {
            let stretches = tried.entry(rule).or_insert_with(|| {
                let skip = !applies(&set.rules[rule], text);
                Stretches { spans: Vec::new(), skip }
            });
            if !stretches.skip {
                finds.cut |= !stretches.add(&set.rules[rule], text.bytes, start, end);
            }
        }
        true
    });
    for at in set.by_path(text.path, text.bytes) {
        let rule = &set.rules[at];
        if !rule.file && rule.pattern.is_some() && applies(rule, text) {
            tried.insert(at, Stretches { spans: unkeyed(text.bytes.len()), skip: false });
        }
    }
    if tried.values().all(|stretches| stretches.spans.is_empty()) {
        return finds;
    }
    let mut found = Vec::new();
    for (rule, stretches) in tried {
        finds.cut |= confirm(rule, &set.rules[rule], text, &stretches.spans, &mut found);
    }
    finds.hidden = found.iter().map(|find| find.secret).collect();
    finds.hidden.sort_unstable();
    finds.hidden.dedup();
    finds.found = best(set, found);
    finds
}

fn applies(rule: &Rule, text: &Text<'_>) -> bool {
    // Of most files in an image, packages', the rules that know assignments would say nothing.
    if !counts_in(rule, text.place) {
        return false;
    }
    if text.config { rule.config && !rule.has_paths() } else { rule.looks_at(text.path) }
}

/// All of a text, in pieces that overlap.
fn unkeyed(length: usize) -> Vec<(usize, usize)> {
    let length = length.min(MAX_UNKEYED);
    let step = MAX_STRETCH - 2 * LINE_REACH;
    (0..length).step_by(step).map(|start| (start, length.min(start + MAX_STRETCH))).collect()
}

/// The line around a span, as far as `reach`.
fn line_around(bytes: &[u8], start: usize, end: usize, reach: usize) -> (usize, usize) {
    let from = start.saturating_sub(reach);
    let to = bytes.len().min(end.saturating_add(reach));
    let first = memrchr(b'\n', &bytes[from..start]).map_or(from, |at| from + at + 1);
    let last = memchr(b'\n', &bytes[end..to]).map_or(to, |at| end + at);
    (first, last)
}

impl Stretches {
    /// Adds the surroundings of a keyword; `false` where there are too many.
    fn add(&mut self, rule: &Rule, bytes: &[u8], start: usize, end: usize) -> bool {
        let whole_line = rule.window.is_none();
        if whole_line
            && self.spans.last().is_some_and(|last| end <= last.1 && last.1 - end >= LINE_REACH)
        {
            return true;
        }
        let (from, to) = match rule.window {
            None => line_around(bytes, start, end, LINE_REACH),
            Some(window) => {
                (start.saturating_sub(window), bytes.len().min(end.saturating_add(window)))
            }
        };
        if let Some(last) = self.spans.last_mut()
            && from < last.1
            && to.saturating_sub(last.0) <= MAX_STRETCH
        {
            last.1 = last.1.max(to);
            last.0 = last.0.min(from);
            return true;
        }
        if self.spans.len() >= MAX_STRETCHES {
            return false;
        }
        self.spans.push((from, to));
        true
    }
}

/// Tries a rule's pattern in each stretch; says whether a limit was reached.
fn confirm(
    index: usize,
    rule: &Rule,
    text: &Text<'_>,
    spans: &[(usize, usize)],
    found: &mut Vec<Found>,
) -> bool {
    let Some(Ok(regex)) = rule.pattern.as_ref().map(|pattern| pattern.regex()) else {
        return false;
    };
    let mut captures = regex.create_captures();
    let mut finds = 0;
    let mut last_secret = None;
    for &(start, end) in spans {
        let mut at = start;
        while at <= end {
            let input = Input::new(text.bytes).span(at..end);
            regex.search_captures(&input, &mut captures);
            let Some(matched) = captures.get_match() else { break };
            at = if matched.is_empty() { matched.end() + 1 } else { matched.end() };
            let Some(secret) = secret_span(rule.group, &captures) else { continue };
            if secret.0 == secret.1 || last_secret == Some(secret) {
                continue;
            }
            let line = line_around(text.bytes, secret.0, secret.1, LINE_REACH);
            let find = Found {
                rule: index,
                secret,
                matched: (matched.start(), matched.end()),
                line,
                verdict: Verdict::default(),
            };
            let around = (start.min(matched.start()), end.max(matched.end()));
            if let Some(verdict) = judge(rule, text, &find, around) {
                last_secret = Some(secret);
                found.push(Found { verdict, ..find });
                finds += 1;
                if finds >= MAX_FINDS {
                    return true;
                }
            } else if at > secret.1 && matched.start() < secret.0 {
                // What was refused may have swallowed the beginning of a good one: go on behind the secret.
                at = secret.1.max(matched.start() + 1);
            }
        }
    }
    false
}

fn secret_span(group: SecretGroup, captures: &Captures) -> Option<(usize, usize)> {
    let span = match group {
        SecretGroup::Number(number) => captures.get_group(number),
        SecretGroup::Usual => captures
            .get_group_by_name("secret")
            .or_else(|| (1..captures.group_len()).find_map(|at| captures.get_group(at)))
            .or_else(|| captures.get_group(0)),
    };
    span.map(|span| (span.start, span.end))
}

/// What the place of a find says: nothing at all, that it counts, or that it counts and is no surer than this.
fn standing(rule: &Rule, place: PlaceKind, is_typed: bool) -> Option<Option<Confidence>> {
    // Without a vendor's form, or short: something that people type, and that code is full of.
    let is_loose = rule.is_generic() || rule.confidence == Confidence::Low || is_typed;
    match place {
        PlaceKind::Live => Some(None),
        _ if is_loose => None,
        PlaceKind::LockFile | PlaceKind::System => Some(None),
        PlaceKind::Package if rule.category == Category::Keys => Some(Some(Confidence::Low)),
        PlaceKind::Package | PlaceKind::Reference => Some(Some(Confidence::Medium)),
        // Published with the package: known to everybody already, unless its form proves that it is real.
        PlaceKind::PackageReference => (rule.validator.is_some()
            && rule.category != Category::Keys)
            .then_some(Some(Confidence::Low)),
    }
}

/// Whether any find of a rule can count at such a place.
pub(super) fn counts_in(rule: &Rule, place: PlaceKind) -> bool {
    standing(rule, place, false).is_some()
}

/// Whether a match is a secret, and what is to be said of it.
fn judge(rule: &Rule, text: &Text<'_>, find: &Found, around: (usize, usize)) -> Option<Verdict> {
    let slice = |(from, to): (usize, usize)| text.bytes.get(from..to).unwrap_or_default();
    let (secret, matched, line) = (slice(find.secret), slice(find.matched), slice(find.line));
    let is_typed = secret.len() < TYPED;
    let verdict = Verdict { no_surer: standing(rule, text.place, is_typed)?, ..Verdict::default() };
    if rule.entropy.is_some_and(|least| entropy(secret) < least) {
        return None;
    }
    if is_placeholder(secret) || ((rule.is_generic() || is_typed) && is_no_password(secret)) {
        return None;
    }
    let is_vague = rule.confidence != Confidence::High || rule.is_generic();
    if is_vague && (is_minified(line) || is_digest(slice((find.line.0, find.secret.0)))) {
        return None;
    }
    if rule.allow.iter().any(|pattern| pattern.is_match(secret))
        || rule.allow_line.iter().any(|pattern| pattern.is_match(line))
        || rule.exceptions.iter().any(|e| excepts(e, text.path, secret, matched, line))
    {
        return None;
    }
    let Some(validator) = rule.validator else { return Some(verdict) };
    let candidate = Candidate { secret, matched, around: slice(around), path: text.path };
    let mut said = validator.check(&candidate)?;
    said.no_surer = said.no_surer.max(verdict.no_surer);
    Some(said)
}

fn excepts(exception: &Exception, path: &str, secret: &[u8], matched: &[u8], line: &[u8]) -> bool {
    let target = match exception.target {
        Target::Secret => secret,
        Target::Match => matched,
        Target::Line => line,
    };
    let lower = secret.to_ascii_lowercase();
    let by_path = exception.paths.iter().any(|pattern| pattern.is_match(path.as_bytes()));
    let by_pattern = exception.patterns.iter().any(|pattern| pattern.is_match(target));
    let by_word =
        exception.words.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some());
    if exception.all {
        (by_path || exception.paths.is_empty())
            && (by_pattern || exception.patterns.is_empty())
            && (by_word || exception.words.is_empty())
            && (by_path || by_pattern || by_word)
    } else {
        by_path || by_pattern || by_word
    }
}

/// Where secrets overlap, the one of the most specific rule: a vendor's before an assignment, the surer, the one that
/// explains more of the text.
fn best(set: &RuleSet, mut found: Vec<Found>) -> Vec<Found> {
    let rank = |find: &Found| {
        let rule = &set.rules[find.rule];
        let explains = find.matched.1 - find.matched.0;
        (
            rule.is_generic(),
            rule.confidence,
            std::cmp::Reverse(explains),
            std::cmp::Reverse(rule.severity),
            find.rule,
        )
    };
    found.sort_by_key(|find| (find.secret.0, find.secret.1, find.rule));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for find in found {
        let mut is_best = true;
        // Spans are in order of their starts: only the last kept ones can reach into this one.
        while let Some(last) = kept.last() {
            if last.secret.1 <= find.secret.0 {
                break;
            }
            if rank(last) <= rank(&find) {
                is_best = false;
                break;
            }
            kept.pop();
        }
        if is_best {
            kept.push(find);
        }
    }
    kept
}
