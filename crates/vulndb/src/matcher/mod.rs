//! Compares an inventory with a database. The rules stand in `docs/database.md`; this module knows nothing of
//! single distributions but what their packages' own data says.

mod coverage;
mod judge;
mod rate;
mod rebuild;
mod spread;
mod vendor;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use plimsoll_ecosystems::purl;
use plimsoll_model::{
    AffectedApp, AffectedBinary, Confidence, Coverage, Finding, FindingStatus, Fix, FixKind,
    Inventory, LayerRef, NameKind, Namespace, OwnedPackage, PackageKind, PackageState, Problem,
    ProblemKind, RiskKind, Suppression, SuppressionSource,
};

pub use self::rate::cvss_score;
use self::{
    coverage::Answering,
    judge::{Hit, Judgement, Reach, higher},
    spread::spread,
};
pub(crate) use self::{
    judge::{BuiltBy, Subject, judge},
    rate::rate,
    rebuild::Rebuilt,
};
use crate::{DbError, FlawId, FlawRecord, VulnDb, modular::Modularity};

/// Most problems of one sort that are listed one by one.
const MAX_PROBLEMS: usize = 100;

/// Why a finding does not count whose functions no program holds.
const NOT_REACHABLE: &str =
    "not reachable: the program holds none of the functions that have the flaw";

/// What matching gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchOutcome {
    /// One per flaw and source package, in the order of package, version and id. The fix of each is a
    /// placeholder without advice: what command mends it is not the database's to know.
    pub findings: Vec<Finding>,
    /// For what there were advisories.
    pub coverage: Vec<Coverage>,
    /// What could not be judged.
    pub problems: Vec<Problem>,
}

/// Matches an inventory as of today (UTC).
#[must_use]
pub fn match_packages(db: &VulnDb, inv: &Inventory) -> MatchOutcome {
    let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    match_packages_on(db, inv, today)
}

/// Matches an inventory as of a day, which decides what is past its end of life.
#[must_use]
pub fn match_packages_on(db: &VulnDb, inv: &Inventory, today: Date) -> MatchOutcome {
    let mut matcher = Matcher { db, inv, problems: Vec::new() };
    let builders = matcher.builders();
    let mut coverage = Vec::new();
    let mut found: BTreeMap<(Unit<'_>, FlawId), Found> = BTreeMap::new();
    for (kind, members) in matcher.kinds() {
        let (own, others) = matcher.by_builder(kind, &members, &builders);
        let (answering, covered) = coverage::of_kind(db, inv, kind, own.len() as u64, today);
        coverage.push(coverage::note_set_aside(covered, inv, kind));
        if !answering.is_empty() {
            if !others.is_empty() {
                coverage.push(matcher.others(kind, &others));
            }
            let units = units(inv, &own, &builders).into_iter().collect();
            let parts = spread(units, |units: Vec<(Unit<'_>, Vec<usize>)>| {
                let mut matcher = Matcher { db, inv, problems: Vec::new() };
                let mut found = BTreeMap::new();
                for (unit, members) in units {
                    matcher.unit(&answering, &unit, &members, &mut found);
                }
                (found, matcher.problems)
            });
            // No unit is in two parts.
            for (part, problems) in parts {
                found.extend(part);
                matcher.problems.extend(problems);
            }
        }
    }
    if let Some(os) = &inv.os
        && !matcher.inv.packages.iter().any(|owned| owned.package.kind.is_system())
    {
        // A system without packages: its coverage is still worth saying.
        coverage.push(coverage::of_empty(db, inv, os, today));
    }
    let findings = matcher.findings(found);
    let problems = limited(matcher.problems);
    coverage.sort_by(|a, b| a.namespace.cmp(&b.namespace));
    MatchOutcome { findings, coverage, problems }
}

/// Each problem once, and no more of them than anybody reads.
fn limited(all: Vec<Problem>) -> Vec<Problem> {
    let (mut problems, mut more) = (Vec::new(), 0u64);
    for problem in all {
        if problems.contains(&problem) {
        } else if problems.len() < MAX_PROBLEMS {
            problems.push(problem);
        } else {
            more += 1;
        }
    }
    if more > 0 {
        let more = format!("{more} more packages could not be judged");
        problems.push(Problem::new(ProblemKind::LimitReached, more));
    }
    problems
}

/// Whether a version of an application package says nothing: some orders take any text, and would put it before
/// everything else.
fn is_unknown(version: &str) -> bool {
    !version.bytes().any(|c| c.is_ascii_digit()) || version.contains("${")
}

/// What is judged as one: the packages built from one source at one version. The first fields are the
/// order of findings.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Unit<'a> {
    source: &'a str,
    version: &'a str,
    kind_name: &'static str,
    module: Option<&'a str>,
    built_by: BuiltBy,
}

/// A flaw found in a unit, so far.
#[derive(Debug)]
struct Found {
    kind: PackageKind,
    answering: Answering,
    hit: Hit,
    /// Whether every row was about a binary package.
    by_binary: bool,
    /// Place in the inventory, to the fixed version of that very package.
    members: BTreeMap<usize, Option<String>>,
    /// Which members can be reached; several feeds may speak of one flaw, and few name functions.
    reach: BTreeMap<usize, Reach>,
}

struct Matcher<'a> {
    db: &'a VulnDb,
    inv: &'a Inventory,
    problems: Vec<Problem>,
}

fn units<'a>(
    inv: &'a Inventory,
    members: &[usize],
    builders: &HashMap<usize, BuiltBy>,
) -> BTreeMap<Unit<'a>, Vec<usize>> {
    let mut units: BTreeMap<Unit<'a>, Vec<usize>> = BTreeMap::new();
    for number in members {
        let Some(OwnedPackage { package, .. }) = inv.packages.get(*number) else { continue };
        let unit = Unit {
            source: package.source_name(),
            version: package.source_version(),
            kind_name: package.kind.purl_type(),
            module: package.module_stream(),
            built_by: builders.get(number).copied().unwrap_or(BuiltBy::Distribution),
        };
        units.entry(unit).or_default().push(*number);
    }
    units
}

impl<'a> Matcher<'a> {
    fn kinds(&self) -> BTreeMap<PackageKind, Vec<usize>> {
        let mut kinds: BTreeMap<PackageKind, Vec<usize>> = BTreeMap::new();
        for (number, owned) in self.inv.packages.iter().enumerate() {
            let members = kinds.entry(owned.package.kind).or_default();
            if owned.set_aside.is_none() {
                members.push(number);
            }
        }
        kinds
    }

    /// Which of a kind's packages the system's advisories speak of, and which they do not. EPEL's builds have
    /// advisories where a feed about EPEL is in the database.
    fn by_builder(
        &self,
        kind: PackageKind,
        members: &[usize],
        builders: &HashMap<usize, BuiltBy>,
    ) -> (Vec<usize>, Vec<usize>) {
        if !kind.is_system() {
            return (members.to_vec(), Vec::new());
        }
        let has_epel = self.db.meta().feeds.iter().any(|feed| feed.id.contains("epel"));
        members.iter().partition(|member| match builders.get(member) {
            None | Some(BuiltBy::Distribution) => true,
            Some(BuiltBy::Epel) => has_epel,
            Some(BuiltBy::Other) => false,
        })
    }

    fn others(&self, kind: PackageKind, members: &[usize]) -> Coverage {
        let packages = members.iter().filter_map(|n| self.inv.packages.get(*n));
        let names: BTreeSet<&str> = packages.map(|owned| owned.package.name.as_str()).collect();
        coverage::of_others(kind, &names, members.len() as u64)
    }

    /// Packages that others than the distribution built.
    fn builders(&self) -> HashMap<usize, BuiltBy> {
        let Some(os) = &self.inv.os else { return HashMap::new() };
        if !vendor::hints_hold(&self.inv.packages, os) {
            return HashMap::new();
        }
        let built_by = |owned: &OwnedPackage| {
            if vendor::is_epel(&owned.package, os) {
                BuiltBy::Epel
            } else if vendor::is_foreign(&owned.package, os) {
                BuiltBy::Other
            } else {
                BuiltBy::Distribution
            }
        };
        let all = self.inv.packages.iter().enumerate().map(|(n, owned)| (n, built_by(owned)));
        all.filter(|(_, built_by)| *built_by != BuiltBy::Distribution).collect()
    }

    fn unit(
        &mut self,
        answering: &[Answering],
        unit: &Unit<'a>,
        members: &[usize],
        found: &mut BTreeMap<(Unit<'a>, FlawId), Found>,
    ) {
        // What the first who answers says that a package does not have.
        let mut cleared: HashMap<usize, BTreeSet<FlawId>> = HashMap::new();
        for (turn, one) in answering.iter().enumerate() {
            let Some(info) = self.db.coverage(&one.namespace) else { continue };
            // What is said about a source and about one of its binaries belongs together.
            let both = info.source_rows > 0 && info.binary_rows > 0;
            let kinds = (info.source_rows > 0, info.binary_rows > 0);
            let judged = self.judged(one, kinds, unit, members, answering.len() > 1);
            for (numbers, name_kind, judgement) in &judged {
                for hit in &judgement.hits {
                    let taken_back = |number: &usize| {
                        let other_name = judged.iter().any(|(others, kind, other)| {
                            kind != name_kind && others.contains(number) && other.clears(hit)
                        });
                        (both && other_name)
                            || cleared.get(number).is_some_and(|flaws| flaws.contains(&hit.flaw))
                            || self.repeats(hit, *number, answering.get(turn + 1..))
                    };
                    let left: Vec<usize> =
                        numbers.iter().copied().filter(|n| !taken_back(n)).collect();
                    self.add(one, unit, &left, *name_kind, hit.clone(), found);
                }
            }
            for (numbers, _, judgement) in judged {
                for number in numbers {
                    let flaws = judgement.cleared.iter().map(|(_, flaw)| flaw.clone());
                    cleared.entry(number).or_default().extend(flaws);
                }
            }
        }
    }

    /// Whether a hit is an announcement without a flaw's name that repeats an erratum of those who answer later,
    /// who do name its flaws.
    fn repeats(&self, hit: &Hit, number: usize, later: Option<&[Answering]>) -> bool {
        let FlawId::Other(id) = &hit.flaw else { return false };
        let later = later.unwrap_or_default();
        let original = (!later.is_empty()).then(|| rebuild::original(id)).flatten();
        let (Some(original), Some(owned)) = (original, self.inv.packages.get(number)) else {
            return false;
        };
        let package = &owned.package;
        later.iter().any(|answering| {
            let names = |kind, name: &str| {
                let named = self.db.with_entry(&answering.namespace, kind, name, |entry| {
                    entry.texts.contains(&original.as_str())
                });
                matches!(named, Ok(Some(true)))
            };
            names(NameKind::Binary, &package.name) || names(NameKind::Source, package.source_name())
        })
    }

    /// What one namespace says about the packages of a unit.
    fn judged(
        &mut self,
        answering: &Answering,
        (by_source, by_binary): (bool, bool),
        unit: &Unit<'a>,
        members: &[usize],
        joined: bool,
    ) -> Vec<(Vec<usize>, NameKind, Judgement)> {
        let inv = self.inv;
        let packages = || members.iter().filter_map(|n| Some((*n, &inv.packages.get(*n)?.package)));
        let mut judged = Vec::new();
        let clear = joined || (by_source && by_binary);
        if by_source {
            // Statements can be limited to architectures, and members can differ in theirs.
            let mut by_arch: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
            for (number, package) in packages() {
                by_arch.entry(package.arch.as_deref()).or_default().push(number);
            }
            // The name of a source RPM has no epoch; a binary of the same version tells it.
            let rpm = |p: &plimsoll_model::Package| {
                p.kind == PackageKind::Rpm && !unit.version.contains(':')
            };
            let with_epoch = packages().map(|(_, p)| p).filter(|p| rpm(p)).find(|p| {
                p.version.split_once(':').map_or(p.version.as_str(), |(_, v)| v) == unit.version
            });
            for (arch, numbers) in by_arch {
                let Some((_, package)) = packages().find(|(n, _)| numbers.contains(n)) else {
                    continue;
                };
                let subject = Subject {
                    kind: package.kind,
                    version: with_epoch.map_or(unit.version, |p| p.version.as_str()),
                    arch,
                    modularity: Modularity::of(package),
                    builder: unit.built_by,
                    scheme: answering.scheme,
                    rebuilt: answering.rebuilt,
                    lacks_epoch: rpm(package) && with_epoch.is_none(),
                    symbols: None,
                };
                let judgement = self.judge(
                    &answering.namespace,
                    NameKind::Source,
                    unit.source,
                    &subject,
                    clear,
                );
                judged.push((numbers, NameKind::Source, judgement));
            }
        }
        if by_binary {
            for (number, package) in packages() {
                let subject = Subject {
                    kind: package.kind,
                    version: &package.version,
                    arch: package.arch.as_deref(),
                    modularity: Modularity::of(package),
                    builder: unit.built_by,
                    scheme: answering.scheme,
                    rebuilt: answering.rebuilt,
                    lacks_epoch: false,
                    symbols: package.app.as_ref().and_then(|app| app.symbols.as_ref()),
                };
                let namespace = &answering.namespace;
                let judgement =
                    self.judge(namespace, NameKind::Binary, &package.name, &subject, clear);
                judged.push((vec![number], NameKind::Binary, judgement));
            }
        }
        judged
    }

    fn judge(
        &mut self,
        namespace: &Namespace,
        kind: NameKind,
        name: &str,
        subject: &Subject<'_>,
        clear: bool,
    ) -> Judgement {
        if !subject.kind.is_system() && is_unknown(subject.version) {
            self.unknown_version(namespace, kind, name, subject.version);
            return Judgement::default();
        }
        let judge = if clear { judge::judge_and_clear } else { judge };
        let judged = self.db.with_entry(namespace, kind, name, |entry| judge(entry, subject));
        let judgement = match judged {
            Ok(judgement) => judgement.unwrap_or_default(),
            Err(error) => {
                self.unreadable(&format!("advisories about {name}"), &error);
                Judgement::default()
            }
        };
        if let Some((count, reason)) = &judgement.undecided {
            let version = subject.version;
            self.problem(
                ProblemKind::CannotTell,
                format!(
                    "{name} {version} could not be compared with {count} versions of its \
                     advisories: {reason}"
                ),
            );
        }
        judgement
    }

    /// A package without a usable version is worth a word only where something is known about it.
    fn unknown_version(
        &mut self,
        namespace: &Namespace,
        kind: NameKind,
        name: &str,
        version: &str,
    ) {
        match self.db.with_entry(namespace, kind, name, |_| ()) {
            Ok(None) => {}
            Ok(Some(())) => {
                let message = match version {
                    "" => format!("{name} has no version, so its advisories could not be judged"),
                    _ => format!("{name} {version} is no version that could be judged"),
                };
                self.problem(ProblemKind::CannotTell, message);
            }
            Err(error) => self.unreadable(&format!("advisories about {name}"), &error),
        }
    }

    fn unreadable(&mut self, what: &str, error: &DbError) {
        self.problem(ProblemKind::Unreadable, format!("{what} could not be read: {error}"));
    }

    fn problem(&mut self, kind: ProblemKind, message: String) {
        self.problems.push(Problem::new(kind, message));
    }

    fn add(
        &self,
        answering: &Answering,
        unit: &Unit<'a>,
        numbers: &[usize],
        name_kind: NameKind,
        hit: Hit,
        found: &mut BTreeMap<(Unit<'a>, FlawId), Found>,
    ) {
        let members = numbers.iter().filter_map(|number| {
            let package = &self.inv.packages.get(*number)?.package;
            // The fix of a source package is the binary's where both have the same version.
            let same = name_kind == NameKind::Binary || package.version == unit.version;
            Some((*number, package.kind, hit.fixed.clone().filter(|_| same)))
        });
        let members: Vec<_> = members.collect();
        let Some((_, kind, _)) = members.first() else { return };
        let key = (*unit, hit.flaw.clone());
        let entry = found.entry(key).or_insert_with(|| Found {
            kind: *kind,
            answering: answering.clone(),
            hit: Hit { advisories: Vec::new(), ..hit.clone() },
            by_binary: true,
            members: BTreeMap::new(),
            reach: BTreeMap::new(),
        });
        entry.by_binary &= name_kind == NameKind::Binary;
        // The fix that the system itself names can be installed there; those of others are built otherwise.
        let other = entry.answering.namespace != answering.namespace;
        let settled = |known: Option<String>, more: Option<String>| match known {
            Some(known) if other => Some(known),
            known => highest(answering, known, more),
        };
        for (number, _, fixed) in members {
            let reach = entry.reach.entry(number).or_default();
            *reach = (*reach).max(hit.reach);
            let known = entry.members.entry(number).or_default();
            *known = settled(known.take(), fixed);
        }
        let merged = &mut entry.hit;
        let fixed = settled(merged.fixed.take(), hit.fixed.clone());
        if fixed == hit.fixed && fixed.is_some() {
            merged.channel = hit.channel;
        }
        // An unfixed binary does not take back the fix of another one, which is then named.
        merged.state = merged.state.min(hit.state);
        merged.fixed = fixed;
        merged.latest = highest(answering, merged.latest.take(), hit.latest);
        merged.severity = merged.severity.max(hit.severity);
        merged.advisories.extend(hit.advisories);
    }

    fn findings(&mut self, found: BTreeMap<(Unit<'a>, FlawId), Found>) -> Vec<Finding> {
        let ids: BTreeSet<String> = found.keys().map(|(_, flaw)| flaw.to_string()).collect();
        let records = self.records(ids.into_iter().collect());
        let matcher = &*self;
        let parts =
            spread(found.into_iter().collect(), |part: Vec<((Unit<'_>, FlawId), Found)>| {
                let mut urls = HashMap::new();
                let finding = |((unit, flaw), found): ((Unit<'_>, FlawId), Found)| {
                    let id = flaw.to_string();
                    let record = records.get(&id);
                    matcher.finding(unit, id, found, record, &mut urls)
                };
                part.into_iter().map(finding).collect::<Vec<_>>()
            });
        parts.into_iter().flatten().collect()
    }

    /// What is known about these flaws, which are in order: neighbours come out of the same block. Unpacking the
    /// blocks is most of what findings cost, so all processors do it.
    fn records(&mut self, ids: Vec<String>) -> HashMap<String, FlawRecord> {
        let db = self.db;
        let parts = spread(ids, |ids: Vec<String>| {
            let read = |id: String| {
                let record = db.flaw_record(&id);
                (id, record)
            };
            ids.into_iter().map(read).collect::<Vec<_>>()
        });
        let mut records = HashMap::new();
        for (id, record) in parts.into_iter().flatten() {
            match record {
                Ok(Some(record)) => {
                    records.insert(id, record);
                }
                Ok(None) => {}
                Err(error) => self.unreadable(&format!("what is known about {id}"), &error),
            }
        }
        records
    }

    fn finding(
        &self,
        unit: Unit<'_>,
        id: String,
        found: Found,
        record: Option<&FlawRecord>,
        urls: &mut HashMap<usize, String>,
    ) -> Finding {
        let empty = FlawRecord::default();
        let known = record.unwrap_or(&empty);
        let namespace = &found.answering.namespace;
        let rated = rate(&namespace.ecosystem, found.hit.severity, &known.ratings);
        let Hit { state, fixed, latest, channel, mut advisories, .. } = found.hit;
        let latest = latest.filter(|latest| fixed.as_ref() != Some(latest));
        advisories.sort();
        advisories.dedup();
        let suppression =
            found.reach.values().all(|reach| *reach == Reach::Absent).then(|| Suppression {
                source: SuppressionSource::NotReachable,
                reason: NOT_REACHABLE.to_owned(),
                expires: None,
            });
        let layer =
            found.members.keys().filter_map(|n| Some(self.inv.packages.get(*n)?.layer)).min();
        let mut packages: Vec<AffectedBinary> = found
            .members
            .into_iter()
            .filter_map(|(number, fixed)| self.binary(number, fixed, urls))
            .collect();
        packages.sort();
        // Rows about binaries name their versions, which a source's can differ from (RPM's has no epoch).
        let same = |p: &&AffectedBinary| packages.iter().all(|q| q.version == p.version);
        let binary = packages.first().filter(|_| found.by_binary).filter(same);
        let installed = binary.map_or_else(|| unit.version.to_owned(), |p| p.version.clone());
        Finding {
            kind: if found.kind.is_system() {
                RiskKind::SystemVulnerability
            } else {
                RiskKind::ApplicationVulnerability
            },
            title: known.title.clone().unwrap_or_else(|| format!("{id} in {}", unit.source)),
            id,
            aliases: known.aliases.clone(),
            advisories,
            severity: rated.severity,
            severity_source: rated.source,
            urgency: None,
            description: known.description.clone(),
            ratings: known.ratings.clone(),
            cvss_score: rated.score,
            cwes: known.cwes.clone(),
            impact: Vec::new(),
            published: known.published,
            kev: known.kev.clone(),
            epss: known.epss.clone(),
            package: Some(unit.source.to_owned()),
            installed_version: Some(installed),
            fixed_version: fixed,
            latest_fixed_version: latest,
            fix_state: Some(state),
            fix_channel: channel,
            packages,
            path: None,
            layer: layer.and_then(|layer| self.layer(layer)),
            evidence: Vec::new(),
            detection: None,
            fix: Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() },
            references: known.references.clone(),
            status: match suppression {
                Some(_) => FindingStatus::Ignored,
                None => FindingStatus::Open,
            },
            suppression,
        }
    }

    fn binary(
        &self,
        number: usize,
        fixed_version: Option<String>,
        urls: &mut HashMap<usize, String>,
    ) -> Option<AffectedBinary> {
        let OwnedPackage { package, path, layer, .. } = self.inv.packages.get(number)?;
        let url = urls.entry(number).or_insert_with(|| purl(package, self.inv.os.as_ref()));
        let mut application = package.app.as_deref().map(AffectedApp::from);
        // No registry says which program a name means: advisory and image only agree on how it is usually called.
        if let Some(app) = application.as_mut().filter(|_| package.kind == PackageKind::Generic) {
            app.confidence = app.confidence.max(Confidence::Medium);
        }
        Some(AffectedBinary {
            name: package.name.clone(),
            version: package.version.clone(),
            arch: package.arch.clone(),
            kind: package.kind,
            purl: url.clone(),
            fixed_version,
            layer: *layer,
            path: path.clone(),
            held: package.state == PackageState::Held,
            application,
        })
    }

    fn layer(&self, index: u32) -> Option<LayerRef> {
        let layer = self.inv.layers.get(usize::try_from(index).ok()?)?;
        Some(LayerRef {
            index,
            digest: layer.blob,
            diff_id: layer.diff_id,
            created_by: layer.created_by.clone(),
        })
    }
}

fn highest(answering: &Answering, a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if higher(answering.scheme, &a, &b).is_lt() { b } else { a }),
        (a, b) => a.or(b),
    }
}
