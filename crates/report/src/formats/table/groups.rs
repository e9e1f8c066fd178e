//! Findings that belong under one heading: of one package and version, or of one path.

use std::{cmp::Ordering, collections::BTreeMap};

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::{Finding, FixState, RiskKind};

use crate::detection;

/// The findings of one heading, worst first.
pub(super) struct Group<'a> {
    pub(super) findings: Vec<&'a Finding>,
}

/// All groups, worst first.
pub(super) fn group<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let name = detection::subject(finding);
        let kind = finding.packages.first().map(|p| p.kind.purl_type());
        let key = (name, &finding.installed_version, kind, finding.kind);
        groups.entry(key).or_default().push(finding);
    }
    let mut groups: Vec<Group<'_>> = groups
        .into_values()
        .map(|mut findings| {
            findings.sort_by_key(|f| (std::cmp::Reverse(rank(f)), &f.id));
            Group { findings }
        })
        .collect();
    // The map has them by name; the sort is stable.
    groups.sort_by_key(|g| {
        let first = g.findings.first();
        let section = first.map(|f| section(f.kind));
        (section, std::cmp::Reverse(first.map(|f| rank(f))))
    });
    groups
}

/// Place of the section of a sort of risk. Vulnerabilities share one: the worst package comes first, whoever
/// manages it.
pub(super) fn section(kind: RiskKind) -> usize {
    let kind = match kind {
        RiskKind::ApplicationVulnerability => RiskKind::SystemVulnerability,
        other => other,
    };
    RiskKind::ALL.iter().position(|other| *other == kind).unwrap_or(RiskKind::ALL.len())
}

fn rank(finding: &Finding) -> impl Ord {
    (finding.urgency.as_ref().map(|u| (u.level, u.score)), finding.severity)
}

impl Group<'_> {
    /// The version that mends every finding that can be mended: the highest. `None` where there is none,
    /// or the versions cannot be put in order.
    pub(super) fn fixed_version(&self) -> Option<&str> {
        let scheme = self
            .findings
            .iter()
            .find_map(|f| f.packages.first())
            .and_then(|p| Scheme::of_kind(p.kind));
        let mut highest: Option<&str> = None;
        for version in self.findings.iter().filter_map(|f| f.fixed_version.as_deref()) {
            highest = match highest {
                None => Some(version),
                Some(other) if other == version => Some(other),
                Some(other) => match scheme?.compare(version, other).ok()? {
                    Ordering::Greater => Some(version),
                    _ => Some(other),
                },
            };
        }
        highest
    }

    /// What the heading says about a fix that there is not, where that is the same for all.
    pub(super) fn no_fix(&self) -> Option<&'static str> {
        let first = no_fix(self.findings.first()?);
        self.findings
            .iter()
            .all(|f| f.fixed_version.is_none() && no_fix(f) == first)
            .then_some(first)
            .flatten()
    }
}

/// Why a vulnerability has no fixed version, in a few words.
pub(super) fn no_fix(finding: &Finding) -> Option<&'static str> {
    let vulnerability =
        matches!(finding.kind, RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability);
    if !vulnerability || finding.fixed_version.is_some() {
        return None;
    }
    Some(match finding.fix_state {
        Some(FixState::WillNotFix) => "will not be fixed",
        Some(FixState::FixDeferred) => "fix put off",
        Some(FixState::EndOfLife) => "no fix: end of life",
        Some(FixState::UnderInvestigation) => "being looked at",
        _ => "no fix yet",
    })
}
