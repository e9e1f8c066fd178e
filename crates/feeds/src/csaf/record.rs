//! Makes advisories of a document.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use plimsoll_model::{
    Advisory, Affected, Channel, CvssRating, FixState, NameKind, Namespace, Range, Rating, Severity,
};

use super::{
    Dialect, Extent, Placed, Status,
    document::{Cvss, Document, Text, Threat, Vulnerability},
    products::Products,
};
use crate::Collector;

/// Most rows of one document.
const MAX_ROWS: usize = 500_000;

/// Most addresses kept of one flaw.
const MAX_REFERENCES: usize = 20;

pub(crate) fn write<D: Dialect>(
    dialect: &D,
    place: &str,
    document: &Document<'_>,
    into: &mut Collector<'_>,
) {
    let tracking = &document.head.tracking;
    let deleted = tracking.status.as_deref() == Some("deleted");
    if tracking.id.is_empty() {
        into.bad(place, "a document without an id");
        return;
    }
    if deleted {
        into.skip("deleted document");
        return;
    }
    let version = document.head.csaf_version.as_deref();
    if !matches!(version, Some("2.0" | "2.1")) {
        let version = version.unwrap_or("none");
        into.bad(place, format!("version {version} of the standard is not known"));
        return;
    }
    let products = match Products::new(&document.product_tree) {
        Ok(products) => products,
        Err(why) => {
            into.bad(place, why);
            return;
        }
    };
    into.date(date(tracking.current_release_date.as_ref()));
    let mut errata = Errata::default();
    for vulnerability in &document.vulnerabilities {
        let Some(flaw) = name(vulnerability, &tracking.id) else {
            into.bad(place, "a vulnerability without an id");
            continue;
        };
        let mut rows = Rows { dialect, products: &products, list: BTreeMap::new(), count: 0 };
        rows.take(vulnerability, document, into);
        if rows.count > MAX_ROWS {
            into.bad(place, "it has too many rows");
            return;
        }
        let mut own = own_record(D::SOURCE, document, vulnerability, &flaw);
        for (id, (published, affected)) in rows.records(&tracking.id) {
            if id == flaw {
                own.affected = affected;
            } else {
                errata.add(id, published, affected, &flaw);
            }
        }
        if own.ratings.is_empty() && own.affected.is_empty() && own.cwes.is_empty() {
            if document.vulnerabilities.len() == 1 && errata.0.is_empty() {
                into.skip("document without a package of these releases");
            }
            continue;
        }
        into.record(own);
    }
    if document.vulnerabilities.is_empty() {
        into.skip("document without a vulnerability");
    }
    errata.write(document, into);
}

/// Its CVE id, or else the first id that it has, or that of the document where it is the only one.
fn name(vulnerability: &Vulnerability<'_>, document: &str) -> Option<String> {
    let cve = vulnerability.cve.as_deref().filter(|id| !id.is_empty());
    let other = || vulnerability.ids.iter().map(|id| &*id.text).find(|id| !id.is_empty());
    let found = cve.or_else(other).unwrap_or(document);
    (!found.chars().any(char::is_whitespace)).then(|| found.to_owned())
}

/// Errata of one document: those that say the same of several flaws are one.
#[derive(Default)]
struct Errata(Vec<Erratum>);

struct Erratum {
    id: String,
    published: Option<Date>,
    affected: Vec<Affected>,
    flaws: Vec<String>,
}

impl Errata {
    fn add(&mut self, id: String, published: Option<Date>, affected: Vec<Affected>, flaw: &str) {
        match self.0.iter_mut().find(|e| e.id == id && e.affected == affected) {
            Some(erratum) => erratum.flaws.push(flaw.to_owned()),
            None => self.0.push(Erratum { id, published, affected, flaws: vec![flaw.to_owned()] }),
        }
    }

    fn write(self, document: &Document<'_>, into: &mut Collector<'_>) {
        let tracking = &document.head.tracking;
        for Erratum { id, published, affected, flaws } in self.0 {
            let is_own = *tracking.id == *id;
            let title = document.head.title.as_ref().filter(|_| is_own);
            let initial = date(tracking.initial_release_date.as_ref()).filter(|_| is_own);
            into.record(Advisory {
                published: published.or(initial),
                modified: date(tracking.current_release_date.as_ref()).filter(|_| is_own),
                title: title.map(|t| t.to_string()),
                id,
                flaws,
                affected,
                ..Advisory::default()
            });
        }
    }
}

fn own_record(
    source: &str,
    document: &Document<'_>,
    vulnerability: &Vulnerability<'_>,
    flaw: &str,
) -> Advisory {
    let tracking = &document.head.tracking;
    let only = document.vulnerabilities.len() == 1;
    let published = date(vulnerability.release_date.as_ref());
    let of_document = date(tracking.initial_release_date.as_ref()).filter(|_| only);
    let title = vulnerability.title.as_deref().filter(|t| !t.is_empty() && *t != flaw);
    let description =
        vulnerability.notes.iter().find(|n| &*n.category == "description").map(|n| n.text.trim());
    let weaknesses = vulnerability.cwe.iter().chain(&vulnerability.cwes);
    Advisory {
        id: flaw.to_owned(),
        flaws: vec![flaw.to_owned()],
        published: published.or(of_document),
        modified: date(tracking.current_release_date.as_ref()).filter(|_| only),
        ratings: ratings(source, document, vulnerability),
        cwes: weaknesses.map(|w| w.id.to_string()).filter(|id| id.starts_with("CWE-")).collect(),
        title: title.map(str::to_owned),
        description: description.filter(|d| !d.is_empty()).map(str::to_owned),
        references: vulnerability
            .references
            .iter()
            .map(|r| r.url.to_string())
            .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
            .take(MAX_REFERENCES)
            .collect(),
        ..Advisory::default()
    }
}

/// The vectors that most products have, and the word.
fn ratings(
    source: &str,
    document: &Document<'_>,
    vulnerability: &Vulnerability<'_>,
) -> Vec<Rating> {
    let mut found: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let scores = vulnerability
        .scores
        .iter()
        .map(|s| (s.products.len(), [&s.cvss_v2, &s.cvss_v3, &s.cvss_v4]));
    let metrics = vulnerability.metrics.iter().map(|m| {
        let content = &m.content;
        (m.products.len(), [&content.cvss_v2, &content.cvss_v3, &content.cvss_v4])
    });
    for (count, vectors) in scores.chain(metrics) {
        for cvss in vectors.into_iter().flatten() {
            if let Some(version) = cvss_version(cvss) {
                *found.entry((version, &cvss.vector)).or_default() += count.max(1);
            }
        }
    }
    let mut best: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for ((version, vector), count) in found {
        let known = best.entry(version).or_insert((count, vector));
        if count > known.0 {
            *known = (count, vector);
        }
    }
    let word = word(document, vulnerability);
    let rating = |cvss| Rating { source: source.to_owned(), severity: word, cvss };
    let mut all: Vec<Rating> = best
        .into_iter()
        .map(|(version, (_, vector))| {
            rating(Some(CvssRating { version: version.to_owned(), vector: vector.to_owned() }))
        })
        .collect();
    if all.is_empty() && word.is_some() {
        all.push(rating(None));
    }
    all
}

fn cvss_version<'c>(cvss: &'c Cvss<'_>) -> Option<&'c str> {
    let version = match cvss.vector.strip_prefix("CVSS:") {
        Some(rest) => rest.split('/').next()?,
        None if cvss.vector.starts_with("AV:") => "2.0",
        None => return None,
    };
    matches!(version, "2.0" | "3.0" | "3.1" | "4.0").then_some(version)
}

/// The impact that most products have; that of the document where it is about this flaw only.
fn word(document: &Document<'_>, vulnerability: &Vulnerability<'_>) -> Option<Severity> {
    let impacts = impacts(vulnerability);
    let count = |t: &Threat<'_>| t.product_ids.as_ref().map_or(0, Vec::len);
    let most = impacts.max_by_key(|(threat, _)| count(threat)).map(|(_, severity)| severity);
    let only = document.vulnerabilities.len() == 1;
    let aggregate = document.head.aggregate_severity.as_ref().filter(|_| only);
    most.or_else(|| aggregate.and_then(|a| severity(&a.text)))
}

fn impacts<'v>(
    vulnerability: &'v Vulnerability<'v>,
) -> impl Iterator<Item = (&'v Threat<'v>, Severity)> {
    let impacts = vulnerability.threats.iter().filter(|t| &*t.category == "impact");
    impacts.filter_map(|t| Some((t, severity(&t.details)?)))
}

fn severity(text: &str) -> Option<Severity> {
    text.trim().parse().ok().filter(|s| *s != Severity::Unknown)
}

fn date(text: Option<&Text<'_>>) -> Option<Date> {
    text?.get(..10)?.parse().ok()
}

/// What maintainers say that they do, in words or by the category of their remedy.
fn state(category: &str, details: &str) -> Option<FixState> {
    // Red Hat's words, which are more exact than its categories.
    Some(match details.trim().to_ascii_lowercase().as_str() {
        "affected" => FixState::Affected,
        "fix deferred" => FixState::FixDeferred,
        "out of support scope" => FixState::EndOfLife,
        "under investigation" => FixState::UnderInvestigation,
        "will not fix" => FixState::WillNotFix,
        _ => match category {
            "no_fix_planned" => FixState::WillNotFix,
            "none_available" | "fix_planned" => FixState::Affected,
            _ => return None,
        },
    })
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    /// The erratum that the row is of; empty for the document.
    erratum: String,
    namespace: Namespace,
    package: String,
    name_kind: NameKind,
    module: Option<String>,
    channel: Option<Channel>,
    state: FixState,
    severity: Option<Severity>,
    /// `introduced`, `fixed`, `last_affected` of each range.
    ranges: Vec<[Option<String>; 3]>,
    versions: Vec<String>,
}

#[derive(Default)]
struct Row {
    arches: BTreeSet<String>,
    all_arches: bool,
    published: Option<Date>,
}

struct Rows<'r, 'd, D> {
    dialect: &'r D,
    products: &'r Products<'d>,
    list: BTreeMap<Key, Row>,
    count: usize,
}

#[derive(Clone, Copy, Default)]
struct Remedy<'v> {
    state: Option<FixState>,
    erratum: Option<&'v str>,
    published: Option<Date>,
}

impl<'d, D: Dialect> Rows<'_, 'd, D> {
    fn take(
        &mut self,
        vulnerability: &'d Vulnerability<'d>,
        document: &Document<'_>,
        into: &mut Collector<'_>,
    ) {
        let products = self.products;
        let mut remedies: HashMap<&str, Remedy<'d>> = HashMap::new();
        let mut of_all = Remedy::default();
        for remediation in &vulnerability.remediations {
            let state = state(&remediation.category, &remediation.details);
            let erratum = self.dialect.erratum(remediation);
            if state.is_none() && erratum.is_none() {
                continue;
            }
            let published = date(remediation.date.as_ref());
            let add = |remedy: &mut Remedy<'d>| {
                remedy.state = remedy.state.or(state);
                if erratum.is_some() {
                    remedy.erratum = erratum;
                    remedy.published = published;
                }
            };
            let (ids, groups) = (remediation.product_ids.as_ref(), remediation.group_ids.as_ref());
            if ids.is_none() && groups.is_none() {
                add(&mut of_all);
            }
            products
                .named(ids, groups)
                .for_each(|product| add(remedies.entry(product).or_default()));
        }
        let usual = word(document, vulnerability);
        let mut severities: HashMap<&str, Severity> = HashMap::new();
        for (threat, severity) in impacts(vulnerability) {
            if Some(severity) != usual {
                let named = products.named(threat.product_ids.as_ref(), threat.group_ids.as_ref());
                severities.extend(named.map(|product| (product, severity)));
            }
        }
        let status = &vulnerability.product_status;
        for (status, products) in [
            (Status::NotAffected, &status.known_not_affected),
            (Status::Fixed, &status.fixed),
            (Status::Fixed, &status.first_fixed),
            (Status::Fixed, &status.recommended),
            (Status::Affected, &status.known_affected),
            (Status::FirstAffected, &status.first_affected),
            (Status::LastAffected, &status.last_affected),
            (Status::UnderInvestigation, &status.under_investigation),
        ] {
            for product in products {
                let remedy = remedies.get(&**product).copied().unwrap_or(of_all);
                let severity = severities.get(&**product).copied();
                if let Err(reason) = self.product(product, status, remedy, severity) {
                    into.skip(reason);
                }
            }
        }
    }

    fn product(
        &mut self,
        id: &str,
        status: Status,
        remedy: Remedy<'_>,
        severity: Option<Severity>,
    ) -> Result<(), &'static str> {
        let parts = self.products.parts(id);
        if parts.is_empty() {
            return Err("statement about a product that the document does not explain");
        }
        for placed in self.dialect.place(&parts, status)? {
            self.row(placed, status, remedy, severity)?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        placed: Placed,
        status: Status,
        remedy: Remedy<'_>,
        severity: Option<Severity>,
    ) -> Result<(), &'static str> {
        let (ranges, versions) = extent(placed.extent, status)?;
        let state = match status {
            Status::NotAffected => FixState::NotAffected,
            Status::Fixed => FixState::Fixed,
            Status::UnderInvestigation => FixState::UnderInvestigation,
            _ => remedy.state.unwrap_or(FixState::Affected),
        };
        let is_fixed = state == FixState::Fixed;
        let key = Key {
            erratum: remedy.erratum.filter(|_| is_fixed).unwrap_or_default().to_owned(),
            namespace: placed.target.namespace,
            package: placed.package,
            name_kind: placed.name_kind,
            module: placed.module,
            channel: placed.target.channel,
            state,
            severity: severity.filter(|_| state != FixState::NotAffected),
            ranges: ranges.into_iter().map(|r| [r.introduced, r.fixed, r.last_affected]).collect(),
            versions,
        };
        self.count += 1;
        if self.count > MAX_ROWS {
            return Ok(());
        }
        let row = self.list.entry(key).or_default();
        row.published = row.published.or(remedy.published);
        match placed.arch {
            Some(arch) if arch != "noarch" => {
                row.arches.insert(arch);
            }
            _ => row.all_arches = true,
        }
        Ok(())
    }

    /// The rows of each record.
    fn records(self, document: &str) -> BTreeMap<String, (Option<Date>, Vec<Affected>)> {
        let mut all: BTreeMap<String, (Option<Date>, Vec<Affected>)> = BTreeMap::new();
        for (key, row) in self.list {
            let id = if key.erratum.is_empty() { document } else { &key.erratum };
            let (published, affected) = all.entry(id.to_owned()).or_default();
            *published = published.or(row.published);
            let everywhere = row.all_arches || D::ARCHES.iter().all(|a| row.arches.contains(*a));
            affected.push(Affected {
                namespace: key.namespace,
                package: key.package,
                name_kind: key.name_kind,
                arches: if everywhere { Vec::new() } else { row.arches.into_iter().collect() },
                module: key.module,
                channel: key.channel,
                ranges: key
                    .ranges
                    .into_iter()
                    .map(|[introduced, fixed, last_affected]| Range {
                        introduced,
                        fixed,
                        last_affected,
                    })
                    .collect(),
                versions: key.versions,
                state: key.state,
                severity: key.severity,
            });
        }
        for (_, affected) in all.values_mut() {
            *affected = self.dialect.settle(std::mem::take(affected));
        }
        all
    }
}

/// The ranges and versions that a statement is about.
fn extent(extent: Extent, status: Status) -> Result<(Vec<Range>, Vec<String>), &'static str> {
    let range = |range| Ok((vec![range], Vec::new()));
    match (status, extent) {
        (Status::Fixed, Extent::All) => Err("fixed product without a version"),
        (Status::Fixed, Extent::Version(fixed)) => range(Range::before(fixed)),
        (Status::Fixed, Extent::Ranges(ranges)) => {
            // A range of fixed versions: what lies before its start has the flaw.
            let starts = ranges.into_iter().filter_map(|r| r.introduced).map(Range::before);
            Ok((starts.collect(), Vec::new()))
        }
        (Status::FirstAffected, Extent::Version(first)) => {
            range(Range { introduced: Some(first), ..Range::default() })
        }
        (Status::LastAffected, Extent::Version(last)) => {
            range(Range { last_affected: Some(last), ..Range::default() })
        }
        (_, Extent::All) => Ok((Vec::new(), Vec::new())),
        (_, Extent::Version(version)) => Ok((Vec::new(), vec![version])),
        (_, Extent::Ranges(ranges)) => Ok((ranges, Vec::new())),
    }
}
