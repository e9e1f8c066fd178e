//! Why there is no command: no fixed version, a paid channel, no package manager.

use plimsoll_model::{Finding, FixKind, FixState, PackageKind, RiskKind};

use super::{FixContext, tool::Tool, upgrade};

/// Why a finding cannot be mended by a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reason {
    pub(super) kind: FixKind,
    /// A sentence or two for people.
    pub(super) advice: String,
    /// The same for many findings: what a summary counts under.
    pub(super) group: String,
}

impl Reason {
    pub(super) fn new(kind: FixKind, advice: String, group: impl Into<String>) -> Self {
        Self { kind, advice, group: group.into() }
    }
}

/// Why `finding` has no command; `None` where it should have one.
pub(super) fn reason(context: &FixContext<'_>, finding: &Finding) -> Option<Reason> {
    match finding.kind {
        RiskKind::SystemVulnerability => system(context, finding),
        _ => Some(Reason::new(
            FixKind::Advice,
            finding.fix.advice.clone(),
            "it is mended by hand, as its advice says",
        )),
    }
}

fn system(context: &FixContext<'_>, finding: &Finding) -> Option<Reason> {
    let has_version = finding.fixed_version.is_some()
        || finding.packages.iter().any(|p| p.fixed_version.is_some());
    if !has_version {
        return Some(unfixed(context, finding));
    }
    if finding.fix_channel.as_ref().is_some_and(|c| c.paid) {
        return Some(paid(context, finding));
    }
    // Google's distroless images, and those made like them, keep a file for each package and have no apt.
    let distroless = finding
        .packages
        .iter()
        .any(|p| p.kind == PackageKind::Deb && p.path.contains("var/lib/dpkg/status.d"));
    match context.tool {
        _ if distroless && context.packages.is_empty() => Some(rebuild(finding, DISTROLESS)),
        Tool::Missing if distroless => Some(rebuild(finding, DISTROLESS)),
        Tool::Missing => Some(rebuild(finding, "the image has no package manager")),
        Tool::Unknown if context.os.is_some_and(|os| os.id == "bottlerocket") => {
            Some(rebuild(finding, "Bottlerocket has no package manager and is updated as a whole"))
        }
        Tool::Unknown => Some(rebuild(finding, "no package manager is known for this system")),
        _ => None,
    }
}

const DISTROLESS: &str = "a distroless image has no package manager";

fn rebuild(finding: &Finding, why: &str) -> Reason {
    let package = finding.package.as_deref().unwrap_or("the package");
    let version = finding.fixed_version.as_deref().unwrap_or("a fixed version");
    Reason::new(
        FixKind::Advice,
        format!(
            "Rebuild from a newer base image that carries {package} {version} or later, and pin it by digest: \
             {why}."
        ),
        format!("rebuild from a newer base image: {why}"),
    )
}

fn paid(context: &FixContext<'_>, finding: &Finding) -> Reason {
    let channel = finding.fix_channel.as_ref().map_or("", |c| c.name.as_str());
    let ubuntu = context.os.is_some_and(|os| os.id == "ubuntu") || channel.starts_with("esm");
    let (offer, how) = if ubuntu {
        (
            "Ubuntu Pro",
            "attach the image build with `pro attach` (the token as a build secret), then run",
        )
    } else if channel == "elts" {
        ("Freexian's ELTS", "add its repository, then run")
    } else {
        ("a subscription", "enable the subscription's repository, then run")
    };
    let upgrades = upgrade::of_finding(finding);
    let command = upgrades.map(|u| context.tool.script(context, &u).steps.join(" && "));
    let then = match command {
        Ok(command) if !command.is_empty() => format!("{how}: {command}"),
        _ => "or move to a release that still gets public fixes".to_owned(),
    };
    Reason::new(
        FixKind::Advice,
        format!(
            "The fix is only in `{channel}`, which needs {offer}: {then}. Without it, move to a newer release \
             of {}.",
            context.os.map_or("the system", |os| os.name.as_str()),
        ),
        format!("the fix needs {offer} ({channel})"),
    )
}

fn unfixed(context: &FixContext<'_>, finding: &Finding) -> Reason {
    let system = context.system_name();
    let package = finding.package.as_deref().unwrap_or("the package");
    let over =
        context.os.and_then(|os| os.end_of_life.as_ref()).filter(|end| end.is_over(context.today));
    let (advice, group) = match finding.fix_state {
        _ if over.is_some() => (
            format!(
                "{system} stopped getting public fixes on {}: move to a release that is supported.",
                over.map(|end| end.date.to_string()).unwrap_or_default(),
            ),
            "the release no longer gets fixes",
        ),
        Some(FixState::EndOfLife) => (
            format!(
                "{package} is out of support in {system}: move to a newer release, or remove it."
            ),
            "the package is out of support in this release",
        ),
        Some(FixState::WillNotFix) => (
            format!(
                "The maintainers of {system} decided not to mend this in {package}. Remove the package if the \
                 image does not need it, or move to a newer release."
            ),
            "the maintainers will not fix it",
        ),
        Some(FixState::FixDeferred) => (
            format!(
                "The maintainers of {system} put the fix of {package} off; it comes with a later update."
            ),
            "the maintainers put the fix off",
        ),
        Some(FixState::UnderInvestigation) => (
            format!(
                "The maintainers of {system} are still looking at it; {package} may not even be affected."
            ),
            "the maintainers are still looking at it",
        ),
        Some(FixState::NotAffected) => {
            (format!("{package} is not affected."), "the package is not affected")
        }
        Some(FixState::Affected | FixState::Fixed) | None => (
            format!(
                "No fixed version of {package} is out for {system} yet. Remove the package if the image does \
                 not need it, and scan again later."
            ),
            "no fixed version is out yet",
        ),
    };
    Reason::new(FixKind::None, advice, group)
}
