//! What the feeds of languages share: sets of versions as statements about a package.

use plimsoll_ecosystems::requirement::VersionSet;
use plimsoll_model::{Affected, FixState, NameKind, Namespace, PackageKind, Rating, Severity};

/// A package of which the versions in `set` have the flaw. `None` where that is no version at all.
pub(crate) fn affected(
    kind: PackageKind,
    package: &str,
    set: &VersionSet,
    patched: Option<&VersionSet>,
) -> Option<Affected> {
    let ranges = set.ranges(patched);
    let is_fixed = ranges.iter().any(|range| range.fixed.is_some());
    (!ranges.is_empty()).then(|| Affected {
        namespace: Namespace::new(kind.purl_type(), ""),
        package: package.to_owned(),
        name_kind: NameKind::Binary,
        arches: Vec::new(),
        module: None,
        channel: None,
        ranges,
        versions: Vec::new(),
        state: if is_fixed { FixState::Fixed } else { FixState::Affected },
        severity: None,
    })
}

/// A score without its vector, as a word.
pub(crate) fn scored(source: &str, score: f64) -> Option<Rating> {
    let severity = (0.0..=10.0).contains(&score).then(|| Severity::from_cvss_score(score))?;
    let rated = severity != Severity::Unknown;
    rated.then(|| Rating { source: source.to_owned(), severity: Some(severity), cvss: None })
}

/// Files whose path ends like this, however deep the folder lies that an archive puts them in.
pub(crate) fn tail<const N: usize>(path: &str) -> Option<[&str; N]> {
    let mut parts = path.rsplit('/');
    let mut found = [""; N];
    for slot in found.iter_mut().rev() {
        *slot = parts.next().filter(|p| !p.is_empty())?;
    }
    Some(found)
}
