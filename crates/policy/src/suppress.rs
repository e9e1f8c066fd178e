//! Marks the findings that do not count.
//!
//! The order is: ignore rules as given (command line first, because the caller puts them first), then what
//! cannot do harm in a container ([`crate::headers`]), then
//! `--ignore-unfixed`, then `--severity`. What a person decided and gave a reason for wins over a filter.
//! VEX statements take their place between rules and filters.

use std::collections::HashMap;

use plimsoll_model::{
    Finding, FindingStatus, FixState, RiskKind, Severity, Suppression, SuppressionSource,
};

use crate::{Context, IgnoreRule, Policy, PolicyWarning, headers};

pub(crate) fn apply(
    findings: &mut [Finding],
    policy: &Policy,
    context: &Context,
) -> Vec<PolicyWarning> {
    let rules = Rules::new(&policy.ignores, context);
    let mut used = vec![false; policy.ignores.len()];
    for finding in findings.iter_mut() {
        if finding.suppression.is_some() {
            continue;
        }
        let mut first: Option<usize> = None;
        rules.matching(finding, |index| {
            if let Some(flag) = used.get_mut(index) {
                *flag = true;
            }
            first = Some(first.map_or(index, |f| f.min(index)));
        });
        let by_rule = first.and_then(|i| policy.ignores.get(i)).map(IgnoreRule::suppression);
        finding.suppression = by_rule
            .or_else(|| headers::not_applicable(finding))
            .or_else(|| unfixed(finding, policy))
            .or_else(|| below_severity(finding, policy));
        if finding.suppression.is_some() {
            finding.status = FindingStatus::Ignored;
        }
    }
    policy
        .ignores
        .iter()
        .zip(used)
        .filter_map(|(rule, used)| {
            let message = match rule.expires {
                Some(date) if date < context.today => format!(
                    "the ignore rule for {rule} expired on {date} and no longer applies; extend it with a reason or remove it"
                ),
                _ if !used => format!("the ignore rule for {rule} matched nothing; remove it"),
                _ => return None,
            };
            Some(PolicyWarning { place: rule.origin.to_string(), message })
        })
        .collect()
}

/// The rules in force, those with an id found by it: a company's list may hold thousands.
struct Rules<'a> {
    by_id: HashMap<String, Vec<(usize, &'a IgnoreRule)>>,
    without_id: Vec<(usize, &'a IgnoreRule)>,
}

impl<'a> Rules<'a> {
    fn new(rules: &'a [IgnoreRule], context: &Context) -> Self {
        let mut all = Self { by_id: HashMap::new(), without_id: Vec::new() };
        for (index, rule) in rules.iter().enumerate() {
            if rule.is_expired(context.today) {
                continue;
            }
            match &rule.id {
                Some(id) => {
                    all.by_id.entry(id.to_ascii_lowercase()).or_default().push((index, rule));
                }
                None => all.without_id.push((index, rule)),
            }
        }
        all
    }

    fn matching(&self, finding: &Finding, mut found: impl FnMut(usize)) {
        let names = std::iter::once(&finding.id)
            .chain(&finding.aliases)
            .chain(finding.advisories.iter().map(|a| &a.id));
        let by_id = names
            .filter(|_| !self.by_id.is_empty())
            .filter_map(|name| self.by_id.get(&name.to_ascii_lowercase()))
            .flatten();
        for (index, rule) in by_id.chain(&self.without_id) {
            if rule.matches_place(finding) {
                found(*index);
            }
        }
    }
}

fn unfixed(finding: &Finding, policy: &Policy) -> Option<Suppression> {
    let vulnerability =
        matches!(finding.kind, RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability);
    if !policy.ignore_unfixed || !vulnerability || finding.fixed_version.is_some() {
        return None;
    }
    let reason = match finding.fix_state {
        Some(FixState::WillNotFix) => "the maintainers will not mend it",
        Some(FixState::FixDeferred) => "the maintainers put the fix off",
        Some(FixState::EndOfLife) => "no fix will come: the release is past its end of life",
        _ => "no fixed version is out",
    };
    Some(Suppression { source: SuppressionSource::Unfixed, reason: reason.into(), expires: None })
}

fn below_severity(finding: &Finding, policy: &Policy) -> Option<Suppression> {
    if policy.severities.counts(finding.severity) {
        return None;
    }
    let severity = match finding.severity {
        Severity::Unknown => "of unknown severity",
        other => other.as_str(),
    };
    Some(Suppression {
        source: SuppressionSource::BelowSeverity,
        reason: format!("{severity}; only {} counts", policy.severities),
        expires: None,
    })
}
