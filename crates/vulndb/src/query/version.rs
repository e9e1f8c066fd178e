//! Which flaws one version of a package has, by the rules of matching.

use plimsoll_ecosystems::version::Scheme;
use plimsoll_model::{
    Channel, FixState, NameKind, Namespace, Package, PackageKind, Severity, SourcedId,
};

use crate::{
    DbError, VulnDb,
    matcher::{self, BuiltBy, Rebuilt, Subject},
    modular::Modularity,
};

/// A flaw that a version has.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionHit {
    /// Primary id.
    pub flaw: String,
    /// What the maintainers do about it.
    pub state: FixState,
    /// The version to install.
    pub fixed: Option<String>,
    /// Where that is, if not in the default repository.
    pub channel: Option<Channel>,
    /// As a scan would report it.
    pub severity: Severity,
    /// Whose severity it is.
    pub severity_source: String,
    /// CVSS score.
    pub score: Option<f32>,
    /// The records that say so.
    pub advisories: Vec<SourcedId>,
}

/// What the statements about a package come to for one version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VersionVerdict {
    /// Whether anything at all is said about a package of this name.
    pub known: bool,
    /// The flaws that it has, in the order of their ids.
    pub hits: Vec<VersionHit>,
    /// Why some statements could not be judged.
    pub undecided: Option<String>,
}

impl VulnDb {
    /// Judges a version of a package as if the distribution had built it for `arch`.
    ///
    /// # Errors
    /// Where a block cannot be read or is damaged.
    pub fn judge_version(
        &self,
        namespace: &Namespace,
        name_kind: NameKind,
        name: &str,
        version: &str,
        arch: Option<&str>,
    ) -> Result<VersionVerdict, DbError> {
        let Some(scheme) = Scheme::of_namespace(namespace) else {
            let known = self.with_entry(namespace, name_kind, name, |_| ())?.is_some();
            let undecided = known.then(|| format!("versions of {namespace} cannot be compared"));
            return Ok(VersionVerdict { known, hits: Vec::new(), undecided });
        };
        let kind = match scheme {
            Scheme::Apk => PackageKind::Apk,
            Scheme::Dpkg => PackageKind::Deb,
            Scheme::Rpm => PackageKind::Rpm,
            Scheme::Pacman => PackageKind::Alpm,
            _ => PackageKind::of_language(&namespace.ecosystem).unwrap_or(PackageKind::Generic),
        };
        let package = Package::new(kind, name, version);
        let subject = Subject {
            kind,
            version,
            arch,
            modularity: Modularity::of(&package),
            builder: BuiltBy::Distribution,
            scheme,
            symbols: None,
            rebuilt: Rebuilt::Not,
            lacks_epoch: false,
        };
        let judged =
            self.with_entry(namespace, name_kind, name, |entry| matcher::judge(entry, &subject))?;
        let Some(judgement) = judged else { return Ok(VersionVerdict::default()) };
        let mut hits = Vec::new();
        for hit in judgement.hits {
            let flaw = hit.flaw.to_string();
            let ratings = self.flaw_record(&flaw)?.map(|record| record.ratings);
            let rated =
                matcher::rate(&namespace.ecosystem, hit.severity, &ratings.unwrap_or_default());
            hits.push(VersionHit {
                flaw,
                state: hit.state,
                fixed: hit.fixed,
                channel: hit.channel,
                severity: rated.severity,
                severity_source: rated.source,
                score: rated.score,
                advisories: hit.advisories,
            });
        }
        let undecided = judgement
            .undecided
            .map(|(count, reason)| format!("{count} statements could not be judged: {reason}"));
        Ok(VersionVerdict { known: true, hits, undecided })
    }
}
