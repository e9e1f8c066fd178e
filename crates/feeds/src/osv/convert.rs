//! One OSV record as one advisory.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::civil::Date;
use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::{
    Advisory, Affected, CvssRating, FixState, Namespace, PackageKind, Range, Rating, Severity,
};
use serde_json::Value;

use super::{
    ecosystem::place,
    module, ranges,
    record::{self, Record},
    symbols,
};
use crate::Collector;

/// Ids of notices: one notice mends several flaws, which it names in `related`, `upstream` or `aliases`.
/// Records with other ids are about one flaw.
const NOTICES: &[&str] = &[
    "ALBA-",
    "ALEA-",
    "ALSA-",
    "AZL-",
    "DLA-",
    "DSA-",
    "DTSA-",
    "ELSA-",
    "LSN-",
    "MGASA-",
    "OESA-",
    "RHBA-",
    "RHEA-",
    "RHSA-",
    "RLBA-",
    "RLEA-",
    "RLSA-",
    "RXSA-",
    "SUSE-",
    "USN-",
    "openSUSE-",
];

/// Of these, the ones that announce fixes of bugs and new features. They name a CVE where they mend one by
/// the way.
const NOT_SECURITY: &[&str] = &["ALBA-", "ALEA-", "RHBA-", "RHEA-", "RLBA-", "RLEA-"];

/// Prefixes under which a database repeats a flaw of another numbering: `UBUNTU-CVE-2014-9913`.
const REPEATS: &[&str] = &["ALPINE-", "DEBIAN-", "UBUNTU-"];

/// The weakness class "embedded malicious code": what tells malicious packages (`MAL-…`) from flawed ones.
const MALICIOUS: &str = "CWE-506";

/// Who rates, by the prefix of the id.
const RATERS: &[(&str, &str)] = &[
    ("AL", "almalinux"),
    ("ALPINE-", "alpine"),
    ("CGA-", "chainguard"),
    ("DEBIAN-", "debian"),
    ("DLA-", "debian"),
    ("DSA-", "debian"),
    ("GHSA-", "ghsa"),
    ("GO-", "golang"),
    ("MAL-", "openssf"),
    ("PYSEC-", "pypa"),
    ("RHSA-", "redhat"),
    ("RL", "rocky"),
    ("RUSTSEC-", "rustsec"),
    ("SUSE-", "suse"),
    ("UBUNTU-", "ubuntu"),
    ("USN-", "ubuntu"),
    ("openSUSE-", "suse"),
];

pub(super) fn convert(at: &str, record: Record, into: &mut Collector<'_>) {
    let has = |prefixes: &[&str]| prefixes.iter().any(|p| record.id.starts_with(p));
    if record.id.is_empty() || record.id.len() > 256 {
        into.bad(at, "no id, or an impossibly long one");
        return;
    }
    let is_notice = has(NOTICES);
    let (flaws, aliases) = names(&record, is_notice);
    if flaws.is_empty() && has(NOT_SECURITY) {
        into.skip("notice that is not about a flaw");
        return;
    }
    let modified = date(record.modified.as_deref());
    let published = date(record.published.as_deref());
    into.date(published.max(modified));
    let mut ratings = ratings(&record);
    let streams = record.summary.as_deref().map(module::streams).unwrap_or_default();
    let mut affected = Vec::new();
    let mut had_package = false;
    for one in &record.affected {
        let Some(package) = &one.package else {
            into.skip("affected code that is not a package");
            continue;
        };
        had_package = true;
        take(at, one, package, &streams, &mut affected, into);
        if ratings.is_empty() {
            ratings.extend(one.severity.iter().filter_map(|s| rating(&record.id, s)));
        }
    }
    let is_malicious = record.id.starts_with("MAL-");
    if is_malicious {
        // Whoever has it has to act at once; the records rate nothing.
        let severity = Some(Severity::Critical);
        ratings = vec![Rating { source: rater(&record.id).into(), severity, cvss: None }];
    }
    if affected.is_empty() && record.withdrawn.is_none() {
        if !had_package {
            into.skip("record that names no package");
        }
        return;
    }
    let symbols = symbols::of(&record);
    into.record(Advisory {
        id: record.id,
        flaws,
        aliases,
        withdrawn: date(record.withdrawn.as_deref()),
        published,
        modified,
        ratings,
        cwes: if is_malicious { vec![MALICIOUS.into()] } else { cwes(&record.database_specific) },
        title: record.summary,
        description: record.details,
        references: record.references.into_iter().map(|r| r.url).collect(),
        affected: merge(affected),
        symbols,
        ..Advisory::default()
    });
}

/// The flaws of a record and their other names.
fn names(record: &Record, is_notice: bool) -> (Vec<String>, Vec<String>) {
    let plain = |id: &str| {
        let repeated = REPEATS.iter().find_map(|p| id.strip_prefix(p));
        repeated.filter(|r| r.starts_with("CVE-")).unwrap_or(id).to_owned()
    };
    let mut all: Vec<String> = Vec::new();
    let mut add = |id: &str| {
        let id = plain(id);
        if !all.contains(&id) {
            all.push(id);
        }
    };
    add(&record.id);
    record.aliases.iter().chain(&record.upstream).for_each(|id| add(id));
    if is_notice {
        record.related.iter().for_each(|id| add(id));
    }
    all.retain(|id| *id != record.id || id.starts_with("CVE-"));
    let (flaws, others): (Vec<String>, Vec<String>) =
        all.into_iter().partition(|id| id.starts_with("CVE-"));
    if is_notice {
        // What else a notice names are other notices and bug reports, not names of one flaw.
        return (flaws, Vec::new());
    }
    let mut others: Vec<String> = others.into_iter().filter(|id| *id != record.id).collect();
    // A record about a single flaw is itself a name of it: `PYSEC-2021-19`, `GO-2022-0969`.
    let is_name = flaws.len() == 1 && flaws != [plain(&record.id)];
    others.extend(
        is_name.then(|| record.id.clone()).filter(|id| !REPEATS.iter().any(|p| id.starts_with(p))),
    );
    (flaws, others)
}

fn take(
    at: &str,
    one: &record::Affected,
    package: &record::Package,
    streams: &[String],
    affected: &mut Vec<Affected>,
    into: &mut Collector<'_>,
) {
    let Some(mut place) = place(&package.ecosystem) else {
        into.skip("package of an ecosystem that is not supported");
        return;
    };
    if package.name.is_empty() {
        into.bad(at, "a package without a name");
        return;
    }
    if let Some(channel) = &mut place.channel
        && let Some(name) = ubuntu_programme(one, package)
    {
        name.clone_into(&mut channel.name);
    }
    let mut found = Vec::new();
    for range in one.ranges.iter().filter(|r| r.kind != "GIT") {
        match ranges::ranges(&range.events) {
            Ok(more) => found.extend(more),
            Err(message) => {
                into.bad(format!("{at}: {}", package.name), message);
                return;
            }
        }
    }
    // Every version that a range holds is listed as well. Where the order is known the range says it better:
    // what is left are the versions outside of every range, and those that have no place in the order.
    let versions = match Scheme::of_namespace(&place.namespace) {
        Some(scheme) if !found.is_empty() => {
            let is_language = PackageKind::of_language(&place.namespace.ecosystem).is_some();
            let outside = |v: &&String| is_language && !found.iter().any(|r| scheme.holds(r, v));
            one.versions.iter().filter(outside).cloned().collect()
        }
        _ => one.versions.clone(),
    };
    if found.is_empty() && versions.is_empty() {
        into.skip("package without affected versions");
        return;
    }
    let is_fixed = found.iter().any(|r| r.fixed.is_some());
    let bound = one.database_specific.get("last_known_affected_version_range");
    if let Some(bound) = bound.and_then(Value::as_str) {
        ranges::close(&mut found, bound);
    }
    // A modular build whose summary names no stream stays without one: its versions still tell it from the
    // builds outside of modules.
    let is_modular = found.iter().filter_map(|r| r.fixed.as_deref()).any(module::is_modular);
    let modules: Vec<Option<String>> = match streams {
        [_, ..] if is_modular => streams.iter().cloned().map(Some).collect(),
        _ => vec![None],
    };
    for module in modules {
        affected.push(Affected {
            namespace: place.namespace.clone(),
            package: package.name.clone(),
            name_kind: place.name_kind,
            arches: Vec::new(),
            module,
            channel: place.channel.clone(),
            ranges: found.clone(),
            versions: versions.clone(),
            state: if is_fixed { FixState::Fixed } else { FixState::Affected },
            severity: None,
        });
    }
}

/// `esm-infra` or `esm-apps`: Ubuntu says it in the purl (`distro=esm-apps/bionic`, `distro=trusty/esm`).
fn ubuntu_programme<'a>(
    one: &'a record::Affected,
    package: &'a record::Package,
) -> Option<&'a str> {
    let purl = package.purl.as_deref().unwrap_or_default();
    let (_, distro) = purl.split_once("distro=")?;
    let distro = distro.split('&').next().unwrap_or_default();
    if let Some((programme, _)) = distro.split_once('/').filter(|(p, _)| p.starts_with("esm-")) {
        return Some(programme);
    }
    let said = one.ecosystem_specific.get("availability").and_then(Value::as_str);
    said.is_some_and(|s| s.contains("(Apps")).then_some("esm-apps")
}

/// One statement per package. Exporters of RPM distributions repeat a package for each build of it; builds
/// of one version and release that differ only in their module's build context are all fixed, so that the
/// lowest of them is the first fixed one.
fn merge(all: Vec<Affected>) -> Vec<Affected> {
    type Key = (Namespace, String, Option<String>, Option<plimsoll_model::Channel>);
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    let mut merged: Vec<Affected> = Vec::new();
    for one in all {
        let key =
            (one.namespace.clone(), one.package.clone(), one.module.clone(), one.channel.clone());
        let known = places.get(&key).and_then(|&at| merged.get_mut(at));
        let Some(known) = known else {
            places.insert(key, merged.len());
            merged.push(one);
            continue;
        };
        for range in one.ranges {
            if !absorb(&mut known.ranges, &range, &known.namespace) {
                known.ranges.push(range);
            }
        }
        for version in one.versions {
            if !known.versions.contains(&version) {
                known.versions.push(version);
            }
        }
        if one.state == FixState::Fixed {
            known.state = FixState::Fixed;
        }
    }
    merged
}

/// Whether `range` says nothing that `ranges` do not say already.
fn absorb(ranges: &mut [Range], range: &Range, namespace: &Namespace) -> bool {
    for known in ranges {
        if known == range {
            return true;
        }
        let (Some(a), Some(b)) = (&known.fixed, &range.fixed) else { continue };
        let same_build = module::is_modular(a)
            && known.introduced == range.introduced
            && module::without_context(a) == module::without_context(b);
        if same_build {
            let order = Scheme::of_namespace(namespace).and_then(|s| s.compare(b, a).ok());
            if order == Some(Ordering::Less) {
                known.fixed = Some(b.clone());
            }
            return true;
        }
    }
    false
}

fn ratings(record: &Record) -> Vec<Rating> {
    let mut all: Vec<Rating> = Vec::new();
    for rating in record.severity.iter().filter_map(|s| rating(&record.id, s)) {
        if !all.contains(&rating) {
            all.push(rating);
        }
    }
    // GitHub's own word, and the word before the summary of RPM distributions (`Important: …`).
    let word = record.database_specific.get("severity").and_then(Value::as_str);
    let word = word.or_else(|| {
        let summary = record.summary.as_deref()?;
        summary.split_once(": ").map(|(word, _)| word).filter(|_| rater(&record.id) != "osv")
    });
    let severity = word.and_then(|w| w.parse::<Severity>().ok());
    if let Some(severity) = severity.filter(|s| *s != Severity::Unknown) {
        let source = rater(&record.id).to_owned();
        all.push(Rating { source, severity: Some(severity), cvss: None });
    }
    all
}

fn rating(id: &str, given: &record::Severity) -> Option<Rating> {
    let source = rater(id).to_owned();
    if !given.kind.starts_with("CVSS_") {
        let severity = given.score.parse::<Severity>().ok().filter(|s| *s != Severity::Unknown)?;
        return Some(Rating { source, severity: Some(severity), cvss: None });
    }
    let vector = given.score.trim();
    let version = match vector.strip_prefix("CVSS:") {
        Some(rest) => rest.split('/').next().filter(|v| matches!(*v, "3.0" | "3.1" | "4.0"))?,
        None if given.kind == "CVSS_V2" && vector.starts_with("AV:") => "2.0",
        None => return None,
    };
    let cvss = CvssRating { version: version.to_owned(), vector: vector.to_owned() };
    Some(Rating { source, severity: None, cvss: Some(cvss) })
}

fn rater(id: &str) -> &'static str {
    // The longest prefix counts: `ALPINE-` before `AL`.
    let mut fitting = RATERS.iter().filter(|(prefix, _)| id.starts_with(prefix));
    let longest = fitting.by_ref().max_by_key(|(prefix, _)| prefix.len());
    longest.map_or("osv", |(_, rater)| rater)
}

fn cwes(specific: &BTreeMap<String, Value>) -> Vec<String> {
    let ids = specific.get("cwe_ids").and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn date(text: Option<&str>) -> Option<Date> {
    text?.get(..10)?.parse().ok()
}
