//! Fix commands: the exact command of a system's own package manager for a finding or a whole image.

use jiff::civil::Date;
use plimsoll_model::{Finding, Fix, FixKind, FixPlan, OperatingSystem, OwnedPackage};

/// What to do about one finding.
#[must_use]
pub fn finding_fix(os: Option<&OperatingSystem>, finding: &Finding, today: Date) -> Fix {
    let _ = (os, finding, today);
    Fix { kind: FixKind::None, commands: Vec::new(), advice: String::new() }
}

/// One combined fix for the whole image; `None` where there is nothing to fix. `user` is the user that
/// the image's configuration names (empty for root): the Dockerfile lines return to it.
#[must_use]
pub fn plan(
    os: Option<&OperatingSystem>,
    findings: &[&Finding],
    packages: &[OwnedPackage],
    user: &str,
    today: Date,
) -> Option<FixPlan> {
    let _ = (os, findings, packages, user, today);
    None
}
