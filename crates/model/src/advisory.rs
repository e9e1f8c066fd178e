//! What is publicly known about a flaw, in one shape for every feed.

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Severity;

/// One record of one feed. `feeds` produces it, `vulndb` stores it; they meet nowhere else.
///
/// A record may rate a flaw without saying what it affects (NVD, KEV, EPSS): then `affected` is empty and
/// the database joins it to the others by the flaw's id.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Advisory {
    /// The record's own id: `CVE-2019-14697`, `DSA-5380-1`, `ALSA-2021:2363`, `GHSA-…`.
    pub id: String,
    /// Id of the feed it comes from: `alpine-secdb`, `debian-tracker` …
    pub feed: String,
    /// The flaws that it is about, each by its best-known id (CVE where there is one). Empty means
    /// that the record is itself the only name of the flaw.
    pub flaws: Vec<String>,
    /// Other names of the same single flaw. Only meaningful where `flaws` has at most one element.
    pub aliases: Vec<String>,
    /// Set when the record was withdrawn: then nothing matches it.
    pub withdrawn: Option<Date>,
    /// First publication.
    pub published: Option<Date>,
    /// Last change.
    pub modified: Option<Date>,
    /// How its sources rate it, each under its own name.
    pub ratings: Vec<Rating>,
    /// Weakness classes: `CWE-787`.
    pub cwes: Vec<String>,
    /// One line. Left out of the starter database, which carries facts only.
    pub title: Option<String>,
    /// Description. Left out of the starter database.
    pub description: Option<String>,
    /// Addresses to read on.
    pub references: Vec<String>,
    /// Which packages, where.
    pub affected: Vec<Affected>,
    /// Known to be exploited.
    pub kev: Option<Kev>,
    /// How likely it is to be exploited.
    pub epss: Option<Epss>,
    /// The functions without which the flaw cannot be reached, by the name of an affected package, as far as
    /// the record names them: `golang.org/x/net/html.Tokenizer.Next`, or the path of a package alone where
    /// any of its functions will do. Of a package without an entry nothing is said.
    #[serde(default)]
    pub symbols: BTreeMap<String, Vec<String>>,
}

/// A rating of a flaw by one source.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Rating {
    /// Who rates: `nvd`, `ubuntu`, `debian`, `almalinux`, `ghsa` …
    pub source: String,
    /// In words, where the source uses words.
    pub severity: Option<Severity>,
    /// As a CVSS vector, where it gives one.
    pub cvss: Option<CvssRating>,
}

/// A CVSS vector. The score is computed from it, never stored apart.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct CvssRating {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// The vector as published: `CVSS:3.1/AV:N/…`, or `AV:N/AC:L/Au:N/…` for version 2.
    pub vector: String,
}

/// Where advisories of one family live: a distribution and release, or a language. Displayed as
/// `alpine:3.9`, `debian:10`, `rocky:9`, `pypi`.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Namespace {
    /// Lower-case: a distribution's id ([`crate::OperatingSystem::id`]) or a purl type.
    pub ecosystem: String,
    /// Release key ([`crate::OperatingSystem::release`]); empty for languages and rolling systems.
    pub release: String,
}

impl Namespace {
    /// Both parts.
    #[must_use]
    pub fn new(ecosystem: impl Into<String>, release: impl Into<String>) -> Self {
        Self { ecosystem: ecosystem.into(), release: release.into() }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ecosystem)?;
        if self.release.is_empty() { Ok(()) } else { write!(f, ":{}", self.release) }
    }
}

/// What a record says about one package in one namespace.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Affected {
    /// Distribution and release, or language.
    pub namespace: Namespace,
    /// Name of the package.
    pub package: String,
    /// Whether that names a source or a binary package.
    pub name_kind: NameKind,
    /// Architectures it holds for; empty means all.
    pub arches: Vec<String>,
    /// `name:stream` of the module it holds for; `None` for packages outside modules.
    pub module: Option<String>,
    /// Which repository or support programme the fix is in, where that is not the default one.
    pub channel: Option<Channel>,
    /// Affected versions; a version is affected if any range holds it. Empty with
    /// [`FixState::NotAffected`], and together with empty `versions` for every other state it means all
    /// versions.
    pub ranges: Vec<Range>,
    /// Affected versions named one by one (OSV).
    pub versions: Vec<String>,
    /// What the maintainers do about it.
    pub state: FixState,
    /// The distribution's severity for this release, where it is more exact than the record's.
    pub severity: Option<Severity>,
}

/// Source or binary package name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum NameKind {
    /// The source package (Debian, Ubuntu, Alpine's origin).
    Source,
    /// The installed package (RPM errata, languages).
    Binary,
}

/// A repository or programme apart from a release's default one.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Channel {
    /// `esm-infra`, `esm-apps`, `elts`, `epel`, `extras` …
    pub name: String,
    /// Whether it needs a subscription.
    pub paid: bool,
}

/// A half-open range of versions in the namespace's own order: from `introduced` (or the beginning) up
/// to, without, `fixed`, or up to and with `last_affected`, or without end.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Range {
    /// First affected version; `None` is the beginning.
    pub introduced: Option<String>,
    /// First version that is no longer affected.
    pub fixed: Option<String>,
    /// Last affected version, where no fixed one is known.
    pub last_affected: Option<String>,
}

impl Range {
    /// Everything before `fixed`.
    #[must_use]
    pub fn before(fixed: impl Into<String>) -> Self {
        Self { fixed: Some(fixed.into()), ..Self::default() }
    }
}

/// What the maintainers say about a flaw in one package of one release.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum FixState {
    /// A fixed version is out.
    Fixed,
    /// Affected, no fix yet.
    Affected,
    /// A fix is put off (Debian `postponed`, Red Hat `fix deferred`, Ubuntu `deferred`).
    FixDeferred,
    /// The maintainers decided not to mend it (Debian `no-dsa`/`ignored`, Red Hat `will not fix`).
    WillNotFix,
    /// The release or package is out of support.
    EndOfLife,
    /// Being looked at (Ubuntu `needs-triage`, Red Hat `under investigation`).
    UnderInvestigation,
    /// Not affected: overrules every range.
    NotAffected,
}

/// An entry of CISA's catalogue of known exploited vulnerabilities.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Kev {
    /// When it was added.
    #[schemars(with = "String")]
    pub added: Date,
    /// Known to be used by ransomware.
    pub ransomware: bool,
}

/// FIRST's Exploit Prediction Scoring System.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Epss {
    /// Probability of exploitation in the next 30 days, 0 to 1.
    pub probability: f32,
    /// Share of all flaws with a lower probability, 0 to 1.
    pub percentile: f32,
    /// Day of the score.
    #[schemars(with = "String")]
    pub date: Date,
}
