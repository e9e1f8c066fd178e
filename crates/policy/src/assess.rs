//! From findings to a verdict.

use plimsoll_model::{Finding, RiskKind};

use crate::{Context, FailOn, Policy, impact, suppress, urgency};

/// Findings with urgency and suppression set, and what follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// All findings that went in, worst first, then by package and id.
    pub findings: Vec<Finding>,
    /// Whether the gate trips.
    pub gate: GateVerdict,
    /// What is odd about the policy itself: expired or unused ignore rules, a severity list with a gap.
    pub warnings: Vec<PolicyWarning>,
}

/// Whether, and by what, the gate trips.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GateVerdict {
    /// Whether it does.
    pub tripped: bool,
    /// Each finding that trips it, in the order of the findings.
    pub by: Vec<GateHit>,
}

/// One reason why the gate trips.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GateHit {
    /// Id of the finding; `end-of-life` where it is the operating system itself.
    pub id: String,
    /// Its package, where it has one.
    pub package: Option<String>,
    /// The conditions of `--fail-on` that it meets.
    pub conditions: Vec<FailOn>,
}

/// Something about the policy that its author should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyWarning {
    /// `FILE:LINE` or the flag.
    pub place: String,
    /// What is odd, and what to do.
    pub message: String,
}

impl std::fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The id of a [`GateHit`] that is about the operating system.
const END_OF_LIFE: &str = "end-of-life";

/// Sets impact, urgency, suppression and status of every finding, sorts them, and applies the gate. Removes none.
#[must_use]
pub fn assess(mut findings: Vec<Finding>, policy: &Policy, context: &Context) -> Assessment {
    for finding in &mut findings {
        finding.impact = impact::of(finding);
        finding.urgency = Some(urgency::of(finding, context));
    }
    let mut warnings = suppress::apply(&mut findings, policy, context);
    let gaps = policy.severities.gaps();
    if !gaps.is_empty() {
        let names: Vec<&str> = gaps.iter().map(|s| s.as_str()).collect();
        warnings.push(PolicyWarning {
            place: "--severity".into(),
            message: format!(
                "`{}` leaves out {}; write a floor such as `high+` for a severity and everything worse",
                policy.severities,
                names.join(" and ")
            ),
        });
    }
    findings.sort_by(|a, b| {
        (b.severity, &a.package, &a.path, &a.id).cmp(&(a.severity, &b.package, &b.path, &b.id))
    });
    let gate = gate(&findings, policy, context);
    Assessment { findings, gate, warnings }
}

fn gate(findings: &[Finding], policy: &Policy, context: &Context) -> GateVerdict {
    let mut by = Vec::new();
    if context.os_end_of_life && policy.fail_on.contains(&FailOn::EndOfLife) {
        by.push(GateHit {
            id: END_OF_LIFE.into(),
            package: None,
            conditions: vec![FailOn::EndOfLife],
        });
    }
    for finding in findings.iter().filter(|f| f.suppression.is_none()) {
        let conditions: Vec<FailOn> =
            policy.fail_on.iter().copied().filter(|c| meets(finding, *c)).collect();
        if !conditions.is_empty() {
            by.push(GateHit {
                id: finding.id.clone(),
                package: finding.package.clone(),
                conditions,
            });
        }
    }
    GateVerdict { tripped: !by.is_empty(), by }
}

fn meets(finding: &Finding, condition: FailOn) -> bool {
    match condition {
        FailOn::Severity(floor) => finding.severity >= floor,
        FailOn::Exploited => finding.kev.is_some(),
        FailOn::Urgency(floor) => finding.urgency.as_ref().is_some_and(|u| u.level >= floor),
        FailOn::Kind(RiskKind::SystemVulnerability) => matches!(
            finding.kind,
            RiskKind::SystemVulnerability | RiskKind::ApplicationVulnerability
        ),
        FailOn::Kind(kind) => finding.kind == kind,
        FailOn::Any => true,
        FailOn::EndOfLife => false,
    }
}
