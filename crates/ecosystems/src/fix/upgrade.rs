//! Which installed package goes to which version.

use std::collections::BTreeMap;

use plimsoll_model::{AffectedBinary, Finding, FixKind, PackageKind};

use super::{no_fix::Reason, shell::is_safe};
use crate::version::Scheme;

/// One installed package that is to be upgraded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Upgrade {
    pub(super) name: String,
    pub(super) arch: Option<String>,
    pub(super) kind: PackageKind,
    pub(super) from: String,
    pub(super) to: Target,
    pub(super) held: bool,
    /// The source package.
    pub(super) source: String,
    /// Flaws that it mends.
    pub(super) mends: Vec<String>,
}

/// Where an upgrade goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// This version of the package itself.
    Version(String),
    /// The newest, because only the version of the source is known, and the package's own differs from it.
    Newest { source_version: String },
}

impl Upgrade {
    /// The package's own version, where it is known.
    pub(super) fn version(&self) -> Option<&str> {
        match &self.to {
            Target::Version(version) => Some(version),
            Target::Newest { .. } => None,
        }
    }

    /// For people: the version, or that of the source.
    pub(super) fn goal(&self) -> &str {
        match &self.to {
            Target::Version(version) | Target::Newest { source_version: version } => version,
        }
    }
}

/// The upgrades that mend `finding`, or why none can be named.
pub(super) fn of_finding(finding: &Finding) -> Result<Vec<Upgrade>, Reason> {
    let source_version = finding.fixed_version.as_deref();
    let mut out = Vec::new();
    for binary in &finding.packages {
        let Some(to) = target(finding, binary, source_version) else {
            return Err(Reason::new(
                FixKind::None,
                format!("no fixed version of {} is known", quoted(&binary.name)),
                "some of its packages have no fixed version",
            ));
        };
        let upgrade = Upgrade {
            name: binary.name.clone(),
            arch: binary.arch.clone(),
            kind: binary.kind,
            from: binary.version.clone(),
            to,
            held: binary.held,
            source: finding.package.clone().unwrap_or_else(|| binary.name.clone()),
            mends: vec![finding.id.clone()],
        };
        let words = [Some(upgrade.name.as_str()), upgrade.arch.as_deref(), Some(upgrade.goal())];
        if !words.into_iter().flatten().all(is_safe) {
            return Err(Reason::new(
                FixKind::Advice,
                format!(
                    "No command is given: the name or version of package {} contains characters that no \
                     package may have. Upgrade it by hand, and ask where it comes from.",
                    quoted(&binary.name),
                ),
                "the name or version of a package is not valid",
            ));
        }
        out.push(upgrade);
    }
    if out.is_empty() {
        return Err(Reason::new(
            FixKind::Advice,
            format!(
                "Upgrade {} to {}.",
                quoted(finding.package.as_deref().unwrap_or_default()),
                quoted(source_version.unwrap_or_default()),
            ),
            "no installed package is named",
        ));
    }
    Ok(combined(out))
}

/// `text` made safe to print.
fn quoted(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    format!("`{kept}`")
}

fn target(
    finding: &Finding,
    binary: &AffectedBinary,
    source_version: Option<&str>,
) -> Option<Target> {
    if let Some(own) = &binary.fixed_version {
        return Some(match is_rebuild(&binary.version) && !is_rebuild(own) {
            true => Target::Newest { source_version: own.clone() },
            false => Target::Version(own.clone()),
        });
    }
    let source_version = source_version?.to_owned();
    let installed_source = finding.installed_version.as_deref().unwrap_or(&binary.version);
    // The fixed version is one of the source. A binary normally has its source's version; where it does
    // not today (linux-libc-dev, gcc-defaults), no one can tell what it will be.
    // CentOS's own rebuilds are numbered otherwise than what they rebuild, which is what is known.
    if is_rebuild(&binary.version) && !is_rebuild(&source_version) {
        return Some(Target::Newest { source_version });
    }
    let same = binary.version == installed_source
        || (binary.kind == PackageKind::Deb
            && without_rebuild(&binary.version) == installed_source)
        || binary.kind == PackageKind::Rpm;
    Some(if same { Target::Version(source_version) } else { Target::Newest { source_version } })
}

/// Whether CentOS changed the package when it rebuilt it: `97.el7.centos.5`.
fn is_rebuild(version: &str) -> bool {
    version.contains(".centos")
}

/// A Debian version without the `+b1` of a rebuild for one architecture; the next upload has none.
fn without_rebuild(version: &str) -> &str {
    match version.rsplit_once("+b") {
        Some((rest, number))
            if !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => version,
    }
}

/// One upgrade for each package and architecture, to the highest version asked for.
pub(super) fn combined(upgrades: impl IntoIterator<Item = Upgrade>) -> Vec<Upgrade> {
    let mut out: BTreeMap<(String, Option<String>), Upgrade> = BTreeMap::new();
    for new in upgrades {
        match out.get_mut(&(new.name.clone(), new.arch.clone())) {
            None => {
                out.insert((new.name.clone(), new.arch.clone()), new);
            }
            Some(old) => {
                if is_higher(new.kind, &new.to, &old.to) {
                    old.to = new.to;
                }
                old.held |= new.held;
                old.mends.extend(new.mends);
            }
        }
    }
    for upgrade in out.values_mut() {
        upgrade.mends.sort();
        upgrade.mends.dedup();
    }
    out.into_values().collect()
}

fn is_higher(kind: PackageKind, new: &Target, old: &Target) -> bool {
    let higher = |new: &str, old: &str| {
        let order = Scheme::of_kind(kind).map(|scheme| scheme.compare(new, old));
        matches!(order, Some(Ok(order)) if order.is_gt())
    };
    match (new, old) {
        (Target::Version(new), Target::Version(old))
        | (Target::Newest { source_version: new }, Target::Newest { source_version: old }) => {
            higher(new, old)
        }
        // The newest mends whatever a certain version mends.
        (Target::Newest { .. }, Target::Version(_)) => true,
        (Target::Version(_), Target::Newest { .. }) => false,
    }
}

/// `Upgrades openssl 1.0-1 → 1.0-2, libssl1.1 1.0-1 → 1.0-2.`
pub(super) fn summary(upgrades: &[Upgrade]) -> String {
    let mut parts: Vec<String> = upgrades
        .iter()
        .take(SHOWN_UPGRADES)
        .map(|u| {
            let from: String = u.from.chars().filter(|c| !c.is_control()).take(80).collect();
            match &u.to {
                Target::Version(to) => format!("{} {from} → {to}", u.name),
                Target::Newest { source_version } => {
                    format!("{} {from} → the build of {} {source_version}", u.name, u.source)
                }
            }
        })
        .collect();
    if let Some(more) = upgrades.len().checked_sub(SHOWN_UPGRADES + 1) {
        parts.push(format!("{} more", more + 1));
    }
    format!("Upgrades {}.", parts.join(", "))
}

/// How many upgrades a sentence names.
const SHOWN_UPGRADES: usize = 6;
