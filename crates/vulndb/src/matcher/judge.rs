//! What the statements about one package say about one installed version of it.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap},
};

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::{Channel, FixState, PackageKind, Severity, SourcedId, SymbolSet};

use super::rebuild::{self, Rebuilt};
use crate::{
    flaw_id::FlawId,
    modular::{self, Modularity, is_modular_build, update_line},
    row::{Entry, Flaw, Statement, Text, TextRange},
};

/// An installed version as the statements see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) kind: PackageKind,
    pub(crate) version: &'a str,
    pub(crate) arch: Option<&'a str>,
    pub(crate) modularity: Modularity<'a>,
    pub(crate) builder: BuiltBy,
    pub(crate) scheme: Scheme,
    /// The functions of it that a program carries, where that is known.
    pub(crate) symbols: Option<&'a SymbolSet>,
    pub(crate) rebuilt: Rebuilt,
    /// Whether the version says nothing of its epoch, as that of an RPM source does.
    pub(crate) lacks_epoch: bool,
}

/// Feeds whose versions have no epochs: they name builds by file names.
const WITHOUT_EPOCHS: &[&str] = &["openeuler-csaf", "openeuler-cvrf", "suse-csaf", "suse-cvrf"];

/// Builds of the same package under rules of their own, with versions of their own: neither tells of the others
/// (Oracle Linux).
const FLAVOURS: &[(&str, &[&str])] = &[("ksplice", &[".ksplice"]), ("fips", &["_fips", ".fips"])];

/// The flavour that a build's version names.
fn flavour(version: &str) -> Option<&'static str> {
    let marks = |(_, marks): &&(&str, &[&str])| marks.iter().any(|mark| version.contains(mark));
    FLAVOURS.iter().find(marks).map(|(name, _)| *name)
}

/// Whether a flaw can be reached, by the functions that a record names.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Reach {
    /// Nothing is known.
    #[default]
    Unsaid,
    /// None of the functions is there.
    Absent,
    /// One of them may be there.
    Present,
}

/// Who built an installed package.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum BuiltBy {
    /// The distribution.
    Distribution,
    /// EPEL, on a system that EPEL is made for.
    Epel,
    /// Somebody else.
    Other,
}

/// A flaw that the installed version has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    pub(crate) flaw: FlawId,
    pub(crate) state: FixState,
    pub(crate) fixed: Option<String>,
    /// The highest of the fixes in all lines of versions; of languages only.
    pub(crate) latest: Option<String>,
    pub(crate) channel: Option<Channel>,
    pub(crate) severity: Option<Severity>,
    pub(crate) advisories: Vec<SourcedId>,
    pub(crate) reach: Reach,
}

/// All hits, and why some statements could not be judged.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) hits: Vec<Hit>,
    pub(crate) undecided: Option<(u64, String)>,
    /// Feed and flaw where the subject does not have a flaw that statements about it name. Only collected
    /// where it is asked for.
    pub(crate) cleared: BTreeSet<(String, FlawId)>,
}

impl Judgement {
    /// Whether a hit under another name of the package is taken back by what is said here.
    pub(crate) fn clears(&self, hit: &Hit) -> bool {
        // All advisories of a hit are of one feed.
        let feed = hit.advisories.first().map(|a| a.source.clone()).unwrap_or_default();
        self.cleared.contains(&(feed, hit.flaw.clone()))
    }
}

/// What one statement says about the subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// The version is in its range; the version that ends the range, if one does.
    In(Option<Text>),
    /// The version is past a fix that it names, the highest of those.
    Fixed(Text),
    NotAffected,
    /// It does not speak about this package, or its ranges leave the version out without a fix.
    Silent,
}

#[derive(Debug, Default)]
struct PerFlaw {
    inside: Vec<(usize, Option<Text>)>,
    /// Past these fixes, of whatever channel.
    past: Vec<Text>,
    /// Past a fix of the line of updates that the installed build belongs to.
    fixed_line: bool,
    not_affected: bool,
}

pub(crate) fn judge(entry: &Entry<'_>, subject: &Subject<'_>) -> Judgement {
    judged(entry, subject).0
}

fn judged(entry: &Entry<'_>, subject: &Subject<'_>) -> (Judgement, Vec<Verdict>) {
    let mut judge = Judge::new(entry, subject);
    let verdicts: Vec<Verdict> = entry.statements.iter().map(|s| judge.verdict(s)).collect();
    let mut flaws: HashMap<(Text, &Flaw), PerFlaw> = HashMap::new();
    for (number, (statement, verdict)) in entry.statements.iter().zip(&verdicts).enumerate() {
        if let Verdict::In(fixed) = verdict {
            for flaw in &statement.flaws {
                flaws.entry((statement.feed, flaw)).or_default().inside.push((number, *fixed));
            }
        }
    }
    if !flaws.is_empty() {
        for (statement, verdict) in entry.statements.iter().zip(&verdicts) {
            if !matches!(verdict, Verdict::Fixed(_) | Verdict::NotAffected) {
                continue;
            }
            let in_own_line = *verdict != Verdict::NotAffected && judge.past_own_line(statement);
            for flaw in &statement.flaws {
                if let Some(found) = flaws.get_mut(&(statement.feed, flaw)) {
                    match verdict {
                        _ if in_own_line => found.fixed_line = true,
                        Verdict::Fixed(fix) => found.past.push(*fix),
                        _ => found.not_affected = true,
                    }
                }
            }
        }
    }
    let mut hits: Vec<Hit> =
        flaws.into_iter().filter_map(|((_, flaw), found)| judge.hit(flaw, &found)).collect();
    hits.sort_by(|a, b| (&a.flaw, &a.advisories).cmp(&(&b.flaw, &b.advisories)));
    (Judgement { hits, undecided: judge.undecided, cleared: BTreeSet::new() }, verdicts)
}

/// As [`judge`], and tells which flaws the subject does not have.
pub(crate) fn judge_and_clear(entry: &Entry<'_>, subject: &Subject<'_>) -> Judgement {
    let (mut judgement, verdicts) = judged(entry, subject);
    for (statement, verdict) in entry.statements.iter().zip(&verdicts) {
        if matches!(verdict, Verdict::Fixed(_) | Verdict::NotAffected) {
            let feed = entry.text(statement.feed);
            let flaws = statement.flaws.iter().map(|f| (feed.to_owned(), entry.flaw(f)));
            judgement.cleared.extend(flaws);
        }
    }
    for hit in &judgement.hits {
        for advisory in &hit.advisories {
            judgement.cleared.remove(&(advisory.source.clone(), hit.flaw.clone()));
        }
    }
    judgement
}

struct Judge<'e, 'a> {
    entry: &'e Entry<'a>,
    subject: &'e Subject<'a>,
    /// Comparisons of the installed version with each text, made once: a kernel's statements name the
    /// same few hundred versions thousands of times.
    order: HashMap<(Text, bool), Option<Ordering>>,
    /// Whether the versions of the statement at hand are compared without epochs.
    bare: bool,
    /// Whether dist tags are made equal before versions are compared.
    other_tags: bool,
    undecided: Option<(u64, String)>,
}

impl<'e, 'a> Judge<'e, 'a> {
    fn new(entry: &'e Entry<'a>, subject: &'e Subject<'a>) -> Self {
        let other_tags = subject.rebuilt.has_other_tags(subject.version);
        Self { entry, subject, order: HashMap::new(), bare: false, other_tags, undecided: None }
    }

    fn verdict(&mut self, statement: &Statement) -> Verdict {
        if !self.speaks(statement) {
            return Verdict::Silent;
        }
        self.bare = self.is_bare(statement);
        let Ok(inside) = self.inside(statement) else { return Verdict::Silent };
        let whole = statement.ranges.is_empty() && statement.versions.is_empty();
        if statement.state == FixState::NotAffected {
            return if whole || inside.is_some() { Verdict::NotAffected } else { Verdict::Silent };
        }
        match inside {
            Some(fixed) => Verdict::In(fixed),
            None if whole => Verdict::In(None),
            None => self.past_a_fix(statement).map_or(Verdict::Silent, Verdict::Fixed),
        }
    }

    /// Whether a statement is about this package's architecture, module, channel and builder.
    fn speaks(&self, statement: &Statement) -> bool {
        let subject = self.subject;
        if let Some(arch) = subject.arch
            && !statement.arches.is_empty()
            && !matches!(arch, "noarch" | "all")
            && !statement.arches.iter().any(|a| self.entry.text(*a) == arch)
        {
            return false;
        }
        let epel = statement.channel.is_some_and(|(name, _)| self.entry.text(name) == "epel");
        if epel != (subject.builder == BuiltBy::Epel) {
            return false;
        }
        let fixed = statement.ranges.iter().find_map(|r| r.fixed.or(r.last_affected));
        let fixed = fixed.map(|f| self.entry.text(f));
        if subject.kind == PackageKind::Rpm {
            let channel = statement.channel.map(|(name, _)| self.entry.text(name));
            let named = FLAVOURS.iter().map(|(name, _)| *name).find(|name| channel == Some(name));
            if named.or_else(|| fixed.and_then(flavour)) != flavour(subject.version) {
                return false;
            }
        }
        let row = match statement.module {
            Some(module) => Modularity::Stream(self.entry.text(module)),
            None if subject.kind == PackageKind::Rpm && fixed.is_some_and(is_modular_build) => {
                Modularity::Unlabelled
            }
            None => Modularity::None,
        };
        modular::applies(row, fixed, subject.modularity, subject.version)
    }

    /// The end of the range that holds the version; `None` where none holds it.
    fn inside(&mut self, statement: &Statement) -> Result<Option<Option<Text>>, ()> {
        // Also a version that has no place in the order can be listed.
        let listed = |version: &Text| self.entry.text(*version) == self.subject.version;
        if statement.versions.iter().any(listed) {
            if self.subject.scheme.check(self.subject.version).is_err() {
                return Ok(Some(None));
            }
            let fixes = statement.ranges.iter().filter_map(|r| r.fixed);
            return Ok(Some(self.next_fix(fixes.collect())));
        }
        for range in &statement.ranges {
            if self.in_range(range)? {
                return Ok(Some(range.fixed));
            }
        }
        for version in &statement.versions {
            if self.equals(*version)? {
                let fixes = statement.ranges.iter().filter_map(|r| r.fixed);
                return Ok(Some(self.next_fix(fixes.collect())));
            }
        }
        Ok(None)
    }

    fn in_range(&mut self, range: &TextRange) -> Result<bool, ()> {
        // OSV writes the beginning as `0`, whatever the scheme.
        if let Some(introduced) = range.introduced
            && self.entry.text(introduced) != "0"
            && self.compare(introduced)? == Ordering::Less
        {
            return Ok(false);
        }
        if let Some(fixed) = range.fixed
            && self.compare(fixed)? != Ordering::Less
        {
            return Ok(false);
        }
        if let Some(last) = range.last_affected
            && self.compare(last)? == Ordering::Greater
        {
            return Ok(false);
        }
        Ok(true)
    }

    /// The highest of the fixes that the installed version has.
    fn past_a_fix(&mut self, statement: &Statement) -> Option<Text> {
        let fixes: Vec<Text> = statement.ranges.iter().filter_map(|r| r.fixed).collect();
        let past = fixes
            .into_iter()
            .filter(|fixed| self.compare(*fixed).is_ok_and(|order| order != Ordering::Less));
        let past: Vec<Text> = past.collect();
        past.into_iter().max_by(|a, b| self.pair(*a, *b))
    }

    fn is_bare(&self, statement: &Statement) -> bool {
        let feed = self.entry.text(statement.feed);
        self.subject.lacks_epoch
            || (self.subject.kind == PackageKind::Rpm && WITHOUT_EPOCHS.contains(&feed))
    }

    fn past_own_line(&mut self, statement: &Statement) -> bool {
        self.bare = self.is_bare(statement);
        if self.subject.kind != PackageKind::Rpm {
            return false;
        }
        let Some(line) = update_line(self.subject.version) else { return false };
        let fixes: Vec<Text> = statement.ranges.iter().filter_map(|r| r.fixed).collect();
        fixes.into_iter().any(|fixed| {
            update_line(self.entry.text(fixed)) == Some(line)
                && self.compare(fixed).is_ok_and(|order| order != Ordering::Less)
        })
    }

    /// The lowest of the fixes above the installed version.
    fn next_fix(&mut self, fixes: Vec<Text>) -> Option<Text> {
        let above: Vec<_> =
            fixes.into_iter().filter(|f| self.compare(*f) == Ok(Ordering::Less)).collect();
        above.into_iter().min_by(|a, b| self.pair(*a, *b))
    }

    /// Whether a listed version is the installed one. What is listed and has no place in the order is not.
    fn equals(&mut self, listed: Text) -> Result<bool, ()> {
        let scheme = self.subject.scheme;
        if !self.subject.kind.is_system() && scheme.check(self.entry.text(listed)).is_err() {
            return Ok(false);
        }
        Ok(self.compare(listed)? == Ordering::Equal)
    }

    /// The installed version against a text.
    fn compare(&mut self, text: Text) -> Result<Ordering, ()> {
        let key = (text, self.bare);
        if let Some(known) = self.order.get(&key) {
            return match known {
                Some(order) => Ok(*order),
                None => self.undecided(None),
            };
        }
        let side = |version| {
            let version = if self.bare { without_epoch(version) } else { version };
            if self.other_tags { rebuild::comparable(version) } else { version.into() }
        };
        let (installed, other) = (side(self.subject.version), side(self.entry.text(text)));
        let compared = self.subject.scheme.compare(&installed, &other);
        self.order.insert(key, compared.as_ref().ok().copied());
        compared.or_else(|e| self.undecided(Some(e.to_string())))
    }

    fn undecided<T>(&mut self, why: Option<String>) -> Result<T, ()> {
        let (count, reason) = self.undecided.get_or_insert_default();
        *count += 1;
        if let Some(why) = why.filter(|_| reason.is_empty()) {
            *reason = why;
        }
        Err(())
    }

    fn pair(&self, a: Text, b: Text) -> Ordering {
        higher(self.subject.scheme, self.entry.text(a), self.entry.text(b))
    }

    /// Settles what all statements of one feed about one flaw come to.
    fn hit(&self, flaw: &Flaw, found: &PerFlaw) -> Option<Hit> {
        if found.not_affected || found.fixed_line {
            return None;
        }
        let channel = |number: usize| self.statement(number)?.channel;
        let ends = |wanted: Option<(Text, bool)>| {
            let of_channel = found.inside.iter().filter(move |(n, _)| channel(*n) == wanted);
            of_channel.filter_map(|(_, fixed)| *fixed).max_by(|a, b| self.pair(*a, *b))
        };
        let (fixed, from) = if let Some(fixed) = ends(None) {
            (Some(fixed), None)
        } else if found.past.iter().any(|fix| !self.is_of_an_older_line(*fix, found)) {
            // The installed build carries the fix, whatever else is said about the release.
            return None;
        } else {
            // Free channels before paid ones, then by name.
            let mut channels: Vec<_> =
                found.inside.iter().filter_map(|(n, _)| channel(*n)).collect();
            channels.sort_by_key(|(name, paid)| (*paid, *name));
            let best = channels.into_iter().find_map(|c| Some((ends(Some(c))?, c)));
            (best.map(|(fixed, _)| fixed), best.map(|(_, channel)| channel))
        };
        let inside = || found.inside.iter().filter_map(|(number, _)| self.statement(*number));
        let unfixed = inside().map(|s| s.state).filter(|s| *s != FixState::Fixed).min();
        let state = match fixed {
            Some(_) => FixState::Fixed,
            None => unfixed.unwrap_or(FixState::Affected),
        };
        let latest = fixed.filter(|_| !self.subject.kind.is_system()).and_then(|_| {
            // Other lines of versions may be told by other statements.
            let about = self.entry.statements.iter().filter(|s| s.flaws.contains(flaw));
            let fixes = about.flat_map(|s| &s.ranges).filter_map(|r| r.fixed);
            fixes.max_by(|a, b| self.pair(*a, *b))
        });
        let id = self.entry.flaw(flaw);
        let mut advisories: Vec<SourcedId> = inside()
            .map(|s| SourcedId {
                id: s.advisory.map_or_else(|| id.to_string(), |a| self.entry.text(a).to_owned()),
                source: self.entry.text(s.feed).to_owned(),
            })
            .collect();
        advisories.sort();
        advisories.dedup();
        Some(Hit {
            state,
            fixed: fixed.map(|f| self.entry.text(f).to_owned()),
            latest: latest.map(|f| self.entry.text(f).to_owned()),
            channel: from
                .map(|(name, paid)| Channel { name: self.entry.text(name).to_owned(), paid }),
            severity: inside().filter_map(|s| s.severity).max(),
            advisories,
            reach: self.reach(inside()),
            flaw: id,
        })
    }

    /// Whether a fix lies below the beginning of the line of versions that the installed one belongs to: a topic
    /// of Amazon Linux Extras carries a newer line of what the core has, and what the core mended in its own says
    /// nothing about it.
    fn is_of_an_older_line(&self, fix: Text, found: &PerFlaw) -> bool {
        let lines = found.inside.iter().filter_map(|(number, end)| {
            let statement = self.statement(*number).filter(|s| s.channel.is_some())?;
            let range = statement.ranges.iter().find(|range| range.fixed == *end)?;
            range.introduced.filter(|begin| self.entry.text(*begin) != "0")
        });
        lines.into_iter().any(|begin| self.pair(fix, begin).is_lt())
    }

    /// Whether the program carries one of the functions that any statement names.
    fn reach<'s>(&self, statements: impl Iterator<Item = &'s Statement>) -> Reach {
        let Some(carried) = self.subject.symbols else { return Reach::Unsaid };
        let may_hold = |text: &Text| carried.may_hold(self.entry.text(*text));
        statements
            .filter(|statement| !statement.symbols.is_empty())
            .map(|s| if s.symbols.iter().any(may_hold) { Reach::Present } else { Reach::Absent })
            .max()
            .unwrap_or_default()
    }

    fn statement(&self, number: usize) -> Option<&Statement> {
        self.entry.statements.get(number)
    }
}

fn without_epoch(version: &str) -> &str {
    version.split_once(':').map_or(version, |(_, rest)| rest)
}

/// Orders two versions; where they cannot be compared, by their text, so that the result is the same in
/// every run.
pub(crate) fn higher(scheme: Scheme, a: &str, b: &str) -> Ordering {
    scheme.compare(a, b).unwrap_or_else(|_| a.cmp(b))
}
