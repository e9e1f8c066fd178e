//! Makes advisories of definitions.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use jiff::civil::Date;
use plimsoll_model::{
    Advisory, Affected, Channel, CvssRating, FixState, NameKind, Range, Rating, Severity,
};

use super::{
    Cve, Definition, Dialect, Scope, Seen, Target,
    criteria::{Clause, Evaluator, Fact},
    document::Document,
};
use crate::Collector;

/// Most rows of one definition: products times packages.
const MAX_ROWS: usize = 100_000;

pub(super) fn write<D: Dialect>(
    dialect: &D,
    file: &str,
    mut document: Document,
    seen: &mut Seen,
    into: &mut Collector<'_>,
) {
    let definitions = std::mem::take(&mut document.definitions);
    let mut evaluator = Evaluator::new(dialect, &document);
    for definition in definitions {
        let scope = match dialect.scope(file, &definition) {
            Ok(scope) => scope,
            Err(reason) => {
                into.skip(reason);
                continue;
            }
        };
        let place = || format!("{file}: {}", definition.id);
        if definition.id.is_empty() {
            into.bad(file, "a definition without an id");
            continue;
        }
        let Some(tree) = &definition.criteria else {
            into.bad(place(), "it has no criteria");
            continue;
        };
        let Ok(clauses) = evaluator.clauses(tree) else {
            into.bad(place(), "its criteria have too many combinations");
            continue;
        };
        let mut rows = Rows {
            dialect,
            definition: &definition,
            scope: &scope,
            list: Vec::new(),
            places: HashMap::new(),
        };
        let mut unknown = false;
        for clause in &clauses {
            unknown |= clause.unknown;
            if clause.unknown || clause.facts.is_empty() {
                continue;
            }
            let targets: Vec<&Target> = match &clause.targets {
                Some(places) => places.iter().filter_map(|p| evaluator.targets.get(*p)).collect(),
                None => scope.targets.iter().collect(),
            };
            rows.add(clause, &targets);
        }
        if rows.list.len() > MAX_ROWS {
            into.bad(place(), "it has too many rows");
            continue;
        }
        if rows.list.is_empty() {
            into.skip(if unknown {
                "definition with criteria that are not understood"
            } else {
                "definition without a package of these releases"
            });
            continue;
        }
        if unknown {
            into.skip("criteria that are not understood");
        }
        let list = without_doubt(rows.list);
        record(D::SOURCE, &definition, list, seen, into);
    }
}

/// Drops "not affected" where the same definition says otherwise of the package in another product of the
/// same release: it would overrule that.
fn without_doubt(mut list: Vec<Affected>) -> Vec<Affected> {
    let place = |a: &Affected| (a.namespace.clone(), a.package.clone(), a.module.clone());
    let others = list.iter().filter(|a| a.state != FixState::NotAffected);
    let doubted: std::collections::HashSet<_> = others.map(place).collect();
    list.retain(|a| a.state != FixState::NotAffected || !doubted.contains(&place(a)));
    list
}

type Key = (Target, Rc<str>, Option<Rc<str>>, Vec<Range>, FixState);

struct Rows<'a, D> {
    dialect: &'a D,
    definition: &'a Definition,
    scope: &'a Scope,
    list: Vec<Affected>,
    places: HashMap<KeyText, usize>,
}

/// [`Range`] has no order and no hash: its text has.
type KeyText = String;

impl<D: Dialect> Rows<'_, D> {
    fn add(&mut self, clause: &Clause, targets: &[&Target]) {
        let Some((package, range, state)) = judged(clause) else { return };
        let module = clause.module.as_deref();
        let state = match state {
            _ if self.scope.unaffected => FixState::NotAffected,
            Some(state) => state,
            None => self.dialect.unfixed(self.definition, &package, module),
        };
        let fixed = range.as_ref().and_then(|r| r.fixed.as_deref());
        let own = self.dialect.channel(fixed, clause.mark);
        let ranges: Vec<Range> = range.into_iter().collect();
        for target in targets {
            let channel: Option<Channel> = target
                .channel
                .clone()
                .or_else(|| own.clone())
                .or_else(|| self.scope.channel.clone());
            let target = Target { namespace: target.namespace.clone(), channel };
            let key: Key =
                (target, Rc::clone(&package), clause.module.clone(), ranges.clone(), state);
            self.row(&key, clause.arches.as_deref().unwrap_or_default());
        }
    }

    fn row(&mut self, key: &Key, arches: &[String]) {
        let text = format!("{key:?}");
        if let Some(row) = self.places.get(&text).and_then(|p| self.list.get_mut(*p)) {
            // No list is all architectures.
            if arches.is_empty() || row.arches.is_empty() {
                row.arches.clear();
            } else {
                let all: BTreeSet<&String> = row.arches.iter().chain(arches).collect();
                row.arches = all.into_iter().cloned().collect();
            }
            return;
        }
        if self.list.len() > MAX_ROWS {
            return;
        }
        self.places.insert(text, self.list.len());
        let (target, package, module, ranges, state) = key;
        self.list.push(Affected {
            namespace: target.namespace.clone(),
            package: package.to_string(),
            name_kind: if D::NAMES_SOURCES { NameKind::Source } else { NameKind::Binary },
            arches: arches.to_vec(),
            module: module.as_deref().map(str::to_owned),
            channel: target.channel.clone(),
            ranges: ranges.clone(),
            versions: Vec::new(),
            state: *state,
            severity: None,
        });
    }
}

/// The package that a clause is about, its range and its state where they tell. Nothing where it is about
/// several packages at once: no row can say that.
fn judged(clause: &Clause) -> Option<(Rc<str>, Option<Range>, Option<FixState>)> {
    let (package, _) = clause.facts.first()?;
    let mut range = Range::default();
    let mut state = None;
    for (name, fact) in &clause.facts {
        if name != package {
            return None;
        }
        match fact {
            Fact::Below(version) => range.fixed = Some(version.to_string()),
            Fact::UpTo(version) => range.last_affected = Some(version.to_string()),
            Fact::From(version) => range.introduced = Some(version.to_string()),
            Fact::Is(is) => state = Some(*is),
            Fact::Installed => {}
        }
    }
    if range.fixed.is_some() {
        state = state.or(Some(FixState::Fixed));
    }
    let range =
        (range != Range::default() && state != Some(FixState::NotAffected)).then_some(range);
    Some((Rc::clone(package), range, state))
}

fn record(
    source: &str,
    definition: &Definition,
    affected: Vec<Affected>,
    seen: &mut Seen,
    into: &mut Collector<'_>,
) {
    let mut flaws: Vec<String> = Vec::new();
    let mut known = BTreeSet::new();
    let named = definition.cves.iter().map(|cve| cve.text.as_str());
    for name in named.chain(definition.references.iter().map(|(_, id)| id.as_str())) {
        if let Some(cve) = cve_id(name)
            && known.insert(cve)
        {
            flaws.push(cve.to_owned());
        }
    }
    if flaws.is_empty()
        && let Some(cve) = cve_id(&definition.title)
    {
        flaws.push(cve.to_owned());
    }
    // Red Hat's errata for bugs that mend a flaw beside them say `None`.
    let severity = Some(&definition.severity).filter(|word| !word.eq_ignore_ascii_case("none"));
    let severity: Option<Severity> = severity.and_then(|word| word.parse().ok());
    let word = severity.filter(|s| *s != Severity::Unknown).map(|severity| Rating {
        source: source.to_owned(),
        severity: Some(severity),
        cvss: None,
    });
    let (mut ratings, mut cwes) = (Vec::new(), Vec::new());
    for cve in &definition.cves {
        // SUSE repeats NVD's ratings beside its own.
        if cve.text.ends_with("at NVD") {
            continue;
        }
        let Some(id) = cve_id(&cve.text) else { continue };
        let (own, weak) = (rated(source, cve), weaknesses(&cve.cwe));
        if flaws.len() == 1 {
            ratings.extend(own);
            cwes.extend(weak);
        } else if !(own.is_empty() && weak.is_empty()) && seen.insert(id.to_owned()) {
            // An erratum for several flaws cannot carry the rating of one of them.
            into.record(Advisory {
                id: id.to_owned(),
                flaws: vec![id.to_owned()],
                published: public(&cve.public),
                ratings: own,
                cwes: weak,
                ..Advisory::default()
            });
        }
    }
    if ratings.iter().all(|r: &Rating| r.severity.is_none()) {
        ratings.splice(0..0, word);
    }
    let id = id(definition, &flaws);
    into.date(definition.updated.or(definition.published));
    into.record(Advisory {
        id,
        flaws,
        published: definition.published,
        modified: definition.updated,
        ratings,
        cwes,
        title: (!definition.title.is_empty()).then(|| definition.title.clone()),
        affected,
        ..Advisory::default()
    });
}

/// The erratum's id where it has one, then the flaw's, then that of the definition.
fn id(definition: &Definition, flaws: &[String]) -> String {
    let is_erratum = |id: &str| {
        let mut parts = id.split(['-', ':']);
        parts.next().is_some_and(|p| !p.is_empty() && p != "CVE")
            && id.len() < 64
            && id.contains('-')
            && id.bytes().any(|b| b.is_ascii_digit())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'.' | b'_'))
    };
    let first =
        definition.title.split_whitespace().next().unwrap_or_default().trim_end_matches(':');
    let prefixes = [
        "RHSA-",
        "RHBA-",
        "RHEA-",
        "ELSA-",
        "ELBA-",
        "SUSE-",
        "openSUSE-",
        "PHSA-",
        "USN-",
        "ANSA-",
        "ALINUX",
    ];
    if is_erratum(first) && prefixes.iter().any(|p| first.starts_with(p)) {
        return first.to_owned();
    }
    match flaws {
        [one] => one.clone(),
        _ => definition
            .references
            .iter()
            .map(|(_, id)| id)
            .find(|id| is_erratum(id))
            .unwrap_or(&definition.id)
            .clone(),
    }
}

/// Finds the id in `Mitre CVE-2004-2771`, `CVE:00001:CVE-2019-16168`, `CVE-2018-1089 at SUSE`.
fn cve_id(text: &str) -> Option<&str> {
    let start = text.find("CVE-").or_else(|| text.find("CAN-"))?;
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
    let id = rest.get(..end)?;
    let digits = id.get(4..)?;
    let (year, number) = digits.split_once('-')?;
    let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    (is_number(year) && is_number(number) && id.len() < 40).then_some(id)
}

fn rated(source: &str, cve: &Cve) -> Vec<Rating> {
    let severity: Option<Severity> = cve.impact.parse().ok().filter(|s| *s != Severity::Unknown);
    let rating = |severity, cvss| Rating { source: source.to_owned(), severity, cvss };
    let mut all: Vec<Rating> = cve
        .cvss
        .iter()
        .filter_map(|text| {
            // A score, a slash, the vector.
            let vector = match text.split_once('/') {
                Some((score, rest)) if score.parse::<f32>().is_ok() => rest,
                _ => text,
            };
            let version = match vector.strip_prefix("CVSS:") {
                Some(rest) => rest.split('/').next()?,
                None if vector.starts_with("AV:") => "2.0",
                None => return None,
            };
            matches!(version, "2.0" | "3.0" | "3.1" | "4.0").then(|| {
                rating(
                    severity,
                    Some(CvssRating { version: version.into(), vector: vector.into() }),
                )
            })
        })
        .collect();
    if all.is_empty() && severity.is_some() {
        all.push(rating(severity, None));
    }
    all
}

/// Finds the classes in `CWE-20`, `CWE-20 CWE-190`, `(CWE-20->CWE-119)`.
fn weaknesses(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let words = words.map(|w| w.trim_end_matches('-'));
    words.filter(|w| w.starts_with("CWE-")).map(str::to_owned).collect()
}

/// `20220520`.
fn public(text: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(part(4..6)?).ok()?, i8::try_from(part(6..8)?).ok()?);
    Date::new(part(0..4)?, month, day).ok()
}
