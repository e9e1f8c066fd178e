//! The counts of a report.

use plimsoll_model::{
    Coverage, CoverageState, Finding, Problem, RiskKind, Severity, Summary, UrgencyLevel,
};

/// Counts assessed findings. `packages` is the number of installed packages.
#[must_use]
pub fn summarize(
    findings: &[Finding],
    packages: u64,
    coverage: &[Coverage],
    problems: &[Problem],
) -> Summary {
    let counted: Vec<&Finding> = findings.iter().filter(|f| f.suppression.is_none()).collect();
    let count = |test: &dyn Fn(&Finding) -> bool| {
        counted.iter().filter(|f| test(f)).count().try_into().unwrap_or(u64::MAX)
    };
    let total: u64 = findings.len().try_into().unwrap_or(u64::MAX);
    let open = count(&|_| true);
    Summary {
        packages,
        findings: open,
        by_severity: Severity::WORST_FIRST
            .iter()
            .map(|s| (*s, count(&|f| f.severity == *s)))
            .collect(),
        by_urgency: [UrgencyLevel::FixNow, UrgencyLevel::FixLater, UrgencyLevel::CanWait]
            .iter()
            .map(|level| {
                (*level, count(&|f| f.urgency.as_ref().is_some_and(|u| u.level == *level)))
            })
            .collect(),
        by_kind: RiskKind::ALL.iter().map(|kind| (*kind, count(&|f| f.kind == *kind))).collect(),
        fixable: count(&|f| f.fixed_version.is_some()),
        exploited: count(&|f| f.kev.is_some()),
        suppressed: total.saturating_sub(open),
        complete: coverage.iter().all(|c| c.state == CoverageState::Covered)
            && !problems.iter().any(|p| p.kind.makes_incomplete()),
    }
}
