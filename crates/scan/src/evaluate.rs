//! From an inventory to a report. The image is not needed: a stored inventory can be judged anew whenever
//! advisories change.

mod checks;
mod detections;
#[cfg(feature = "malware")]
mod packages;

use std::{borrow::Cow, collections::BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use plimsoll_detect::secrets::{RuleSet, redact};
use plimsoll_ecosystems::fix::FixContext;
use plimsoll_model::{
    Coverage, CoverageState, DatabaseInfo, DependencyScope, FeedInfo, Finding, Inventory,
    InventoryLayer, LayerRef, REPORT_SCHEMA, Report, ReportImage, ReportOs, RiskKind, SetAside,
    Staleness, Tool,
};
#[cfg(feature = "malware")]
use plimsoll_model::{PlacedDetection, PlacedIdentity, Problem, ProblemKind};
use plimsoll_policy::{Context, GateVerdict, Policy, PolicyWarning, assess, staleness, summarize};
use plimsoll_vulndb::{MatchOutcome, VulnDb, match_packages_on};

use crate::{Checks, Scanner};

/// The feed of digests of malware.
#[cfg(feature = "malware")]
const MALWARE_FEED: &str = "malware-hashes";

/// Risks that the advisories about packages tell of.
const BY_PACKAGES: &[RiskKind] = &[
    RiskKind::SystemVulnerability,
    RiskKind::ApplicationVulnerability,
    #[cfg(feature = "malware")]
    RiskKind::Malware,
];

/// A report, and what follows from it for whoever asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Whether the gate (`--fail-on`) trips.
    pub gate: GateVerdict,
    /// What is odd about the policy itself.
    pub warnings: Vec<PolicyWarning>,
}

/// Judges `inventory` by the advisories of `db`, by `checks` and by `policy`, as of `now`. What was not looked for
/// when the layers were read cannot be judged later.
#[must_use]
pub fn evaluate(
    inventory: &Inventory,
    db: &VulnDb,
    checks: &Checks,
    policy: &Policy,
    now: Timestamp,
) -> Outcome {
    let today = now.to_zoned_datetime(TimeZone::UTC).date();
    let dated = dated(inventory, db);
    let rules = checks.secret_rules().unwrap_or_else(RuleSet::builtin);
    let redacted = redacted(&dated, &rules);
    let inventory = redacted.as_ref().unwrap_or(&dated);
    // History is as it was built, so that checks see what is wrong with it; what they quote is redacted by them.
    let checked = checks::judge(inventory, checks, &rules);
    let widened = policy.lock_files.then(|| with_lock_files(inventory));
    let inventory = widened.as_ref().unwrap_or(inventory);
    let mut looked_up = Vec::new();
    let mut looked_for = checks.kinds();
    looked_for.retain(|kind| inventory.looked_for.contains(kind));
    let MatchOutcome { mut findings, mut coverage, problems: found } =
        if looked_for.iter().any(|kind| BY_PACKAGES.contains(kind)) {
            match_packages_on(db, inventory, today)
        } else {
            MatchOutcome::default()
        };
    #[cfg(feature = "malware")]
    if looked_for.contains(&RiskKind::Malware) {
        packages::name_malicious(&mut findings);
    }
    if !checks.has(Scanner::Vulnerability) {
        findings.retain(|finding| looked_for.contains(&finding.kind));
        coverage.clear();
    }
    findings.extend(
        detections::findings(inventory).into_iter().filter(|f| looked_for.contains(&f.kind)),
    );
    #[cfg(feature = "malware")]
    if looked_for.contains(&RiskKind::Malware) {
        let known = known_malware(inventory, db, &mut looked_up);
        findings.extend(known.iter().map(|placed| detections::finding(inventory, placed)));
    }
    findings.extend(checked.findings);
    let os = inventory.os.as_ref();
    let is_end_of_life =
        os.and_then(|os| os.end_of_life.as_ref()).is_some_and(|end| end.is_over(today));
    let fixes = FixContext::new(os, &inventory.packages, today);
    for finding in findings.iter_mut().filter(|finding| finding.detection.is_none()) {
        finding.fix = fixes.finding_fix(finding);
    }
    let context = Context::of_image(today, is_end_of_life, &inventory.config);
    let assessment = assess(findings, policy, &context);
    let findings = assessment.findings;
    let counted: Vec<&Finding> = findings.iter().filter(|f| f.suppression.is_none()).collect();
    let fix_plan = fixes.plan(&counted, &inventory.config.user);
    let mut problems = inventory.problems.clone();
    problems.extend(found);
    problems.extend(checked.problems);
    problems.extend(looked_up);
    let packages = inventory.packages.len().try_into().unwrap_or(u64::MAX);
    let report = Report {
        schema_version: REPORT_SCHEMA.into(),
        tool: Tool { name: "plimsoll".into(), version: env!("CARGO_PKG_VERSION").into() },
        created: now,
        image: image(inventory),
        os: os.map(|os| ReportOs {
            id: os.id.clone(),
            name: os.name.clone(),
            version: os.version.clone(),
            release: os.release.clone(),
            codename: os.codename.clone(),
            family: os.family,
            evidence: os.evidence.clone(),
            end_of_life: os.end_of_life.clone(),
            is_end_of_life,
        }),
        database: DatabaseInfo { staleness: age(db, &coverage, today, policy), ..db.info() },
        summary: summarize(&findings, packages, &coverage, &problems),
        looked_for,
        engines: checks.engines(),
        coverage,
        findings,
        fix_plan,
        problems,
    };
    Outcome { report, gate: assessment.gate, warnings: assessment.warnings }
}

/// The inventory with the end of life that the database tells, where that is another one than the program's.
fn dated<'a>(inventory: &'a Inventory, db: &VulnDb) -> Cow<'a, Inventory> {
    let Some(os) = &inventory.os else { return Cow::Borrowed(inventory) };
    let end_of_life = db.end_of_life(os);
    if end_of_life == os.end_of_life {
        return Cow::Borrowed(inventory);
    }
    let os = plimsoll_model::OperatingSystem { end_of_life, ..os.clone() };
    Cow::Owned(Inventory { os: Some(os), ..inventory.clone() })
}

/// Programs that a list of known malware names. A database without such a list is not asked.
#[cfg(feature = "malware")]
fn known_malware(
    inventory: &Inventory,
    db: &VulnDb,
    problems: &mut Vec<Problem>,
) -> Vec<PlacedDetection> {
    if !db.meta().feeds.iter().any(|feed| feed.id == MALWARE_FEED) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for PlacedIdentity { path, layer, hidden_by, identity } in &inventory.identities {
        let Ok(digest) = format!("sha256:{}", identity.sha256).parse() else { continue };
        match db.known_malware(&digest) {
            Ok(Some(family)) => {
                let known = plimsoll_malware::digests::known(identity, path, *layer, &family);
                found.extend(known.map(|known| PlacedDetection { hidden_by: *hidden_by, ..known }));
            }
            Ok(None) => {}
            Err(error) => {
                let message = format!("the list of known malware cannot be read: {error}");
                problems.push(Problem::new(ProblemKind::Unreadable, message));
                break;
            }
        }
    }
    found
}

/// The inventory with instructions that hold no secret, where one does: they stand in every report.
fn redacted(inventory: &Inventory, rules: &RuleSet) -> Option<Inventory> {
    let shown: Vec<Option<String>> =
        inventory.layers.iter().map(|layer| redact(rules, &layer.created_by)).collect();
    if shown.iter().all(Option::is_none) {
        return None;
    }
    let mut inventory = inventory.clone();
    for (layer, shown) in inventory.layers.iter_mut().zip(shown) {
        layer.created_by = shown.unwrap_or_else(|| std::mem::take(&mut layer.created_by));
    }
    Some(inventory)
}

/// The inventory with what lock files and manifests name, except what is needed for development only.
fn with_lock_files(inventory: &Inventory) -> Inventory {
    let mut inventory = inventory.clone();
    for owned in &mut inventory.packages {
        let scope = owned.package.app.as_ref().map(|app| app.scope);
        if owned.set_aside == Some(SetAside::NotInstalled)
            && scope != Some(DependencyScope::Development)
        {
            owned.set_aside = None;
        }
    }
    inventory
}

/// Age of the oldest feed that covers a part of this image. Feeds of other systems do not matter.
fn age(db: &VulnDb, coverage: &[Coverage], today: Date, policy: &Policy) -> Staleness {
    let used: BTreeSet<&str> = coverage
        .iter()
        .filter(|covered| covered.state != CoverageState::NotCovered)
        .flat_map(|covered| covered.feeds.iter().map(String::as_str))
        .collect();
    let feeds = &db.meta().feeds;
    let dates = |wanted: &dyn Fn(&FeedInfo) -> bool| {
        feeds.iter().filter(|feed| wanted(feed)).filter_map(|feed| feed.date).min()
    };
    staleness(dates(&|feed| used.contains(feed.id.as_str())), today, policy.max_age_days)
}

fn image(inventory: &Inventory) -> ReportImage {
    let image = &inventory.image;
    ReportImage {
        reference: image.reference.clone(),
        source: image.source.clone(),
        digest: image.digest,
        config_digest: image.config_digest,
        tags: image.tags.clone(),
        repo_digests: image.repo_digests.clone(),
        platform: image.platform.clone(),
        layers: (0u32..)
            .zip(&inventory.layers)
            .map(|(index, InventoryLayer { blob, diff_id, created_by, .. })| LayerRef {
                index,
                digest: *blob,
                diff_id: *diff_id,
                created_by: created_by.clone(),
            })
            .collect(),
    }
}
