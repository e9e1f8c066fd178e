//! Something that makes an image unsafe to ship.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AppPackage, Channel, Confidence, DependencyScope, Epss, FileIdentity, FixState, Impact, Kev,
    LayerRef, PackageEvidence, PackageKind, Rating, Setting, Severity, Sighting,
};

/// The kinds of risk; the kebab-case name is stable and part of the JSON output.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum RiskKind {
    /// A flaw in an operating-system package.
    SystemVulnerability,
    /// A flaw in an application dependency.
    ApplicationVulnerability,
    /// Configuration against best practice.
    Baseline,
    /// A malicious file, code or behaviour.
    Malware,
    /// A file with sensitive data.
    SensitiveFile,
    /// A risky build instruction.
    BuildInstruction,
}

impl RiskKind {
    /// All of them, in the order in which reports list them.
    pub const ALL: [Self; 6] = [
        Self::Malware,
        Self::SensitiveFile,
        Self::SystemVulnerability,
        Self::ApplicationVulnerability,
        Self::Baseline,
        Self::BuildInstruction,
    ];
}

/// One finding. For a vulnerability there is one per flaw and source package: all its names are merged
/// in `id` and `aliases`, all the packages built from that source stand in `packages`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Finding {
    /// What sort of risk.
    pub kind: RiskKind,
    /// Stable id of the flaw (`CVE-…` where there is one) or of the rule.
    pub id: String,
    /// Other names of the same flaw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The records that say so: advisory ids with the feed they come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<SourcedId>,
    /// The severity that counts: the distribution's first, then the best rating.
    pub severity: Severity,
    /// Whose severity that is: `ubuntu`, `nvd` … Empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub severity_source: String,
    /// How soon to act, and why; set by the assessment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// One line for people.
    pub title: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Everybody's ratings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Rating>,
    /// Highest CVSS base score of the newest version given, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvss_score: Option<f32>,
    /// Weakness classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwes: Vec<String>,
    /// What somebody can do with it, the worst first; set by the assessment. Empty where nothing tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub impact: Vec<Impact>,
    /// First publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub published: Option<Date>,
    /// Known to be exploited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kev: Option<Kev>,
    /// How likely to be exploited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epss: Option<Epss>,
    /// Name of the source package (vulnerabilities only); the package's own name for languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Version of the source package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_version: Option<String>,
    /// The version of this release that mends it; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_version: Option<String>,
    /// The highest version that begins without it, where that is not [`Finding::fixed_version`]: libraries are
    /// mended in several lines of versions at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_fixed_version: Option<String>,
    /// What the maintainers do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_state: Option<FixState>,
    /// Where the fix comes from, if not from the release's default repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_channel: Option<Channel>,
    /// The installed packages that carry the flaw, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<AffectedBinary>,
    /// Path of the file (kinds other than vulnerabilities).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Layer that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerRef>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What only findings in files, settings and build instructions have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<Box<DetectionInfo>>,
    /// What to do.
    pub fix: Fix,
    /// Addresses to read on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Where its handling stands.
    pub status: FindingStatus,
    /// Why it does not count, where someone decided so. A suppressed finding stays in the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<Suppression>,
}

impl Finding {
    /// A finding of which only this much is known.
    #[must_use]
    pub fn new(
        kind: RiskKind,
        id: impl Into<String>,
        severity: Severity,
        title: impl Into<String>,
        fix: Fix,
    ) -> Self {
        Self {
            kind,
            id: id.into(),
            aliases: Vec::new(),
            advisories: Vec::new(),
            severity,
            severity_source: String::new(),
            urgency: None,
            title: title.into(),
            description: None,
            ratings: Vec::new(),
            cvss_score: None,
            cwes: Vec::new(),
            impact: Vec::new(),
            published: None,
            kev: None,
            epss: None,
            package: None,
            installed_version: None,
            fixed_version: None,
            latest_fixed_version: None,
            fix_state: None,
            fix_channel: None,
            packages: Vec::new(),
            path: None,
            layer: None,
            evidence: Vec::new(),
            detection: None,
            fix,
            references: Vec::new(),
            status: FindingStatus::Open,
            suppression: None,
        }
    }
}

/// What only findings in files, settings and build instructions have.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct DetectionInfo {
    /// Class of the rule: `cloud`, `webshell`, `accounts` …
    pub class: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where inside the file it lies, levels joined by `!/`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub inside: String,
    /// The part of the image's configuration it is in: `Env`, `Labels`, `history[3]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_field: Option<String>,
    /// Index of the layer that deleted or overwrote the file: it can still be pulled out of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_by: Option<u32>,
    /// Tells a secret from others without giving it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileIdentity>,
    /// The setting as it is, and as it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<Setting>,
}

/// An id and who uses it.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct SourcedId {
    /// The id.
    pub id: String,
    /// The feed.
    pub source: String,
}

/// An installed package that carries a flaw.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct AffectedBinary {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// What manages it.
    pub kind: PackageKind,
    /// Package URL.
    pub purl: String,
    /// The version of this package that mends it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_version: Option<String>,
    /// Index of the layer that brought it.
    pub layer: u32,
    /// Database or manifest that lists it.
    pub path: String,
    /// Held back from upgrades.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// What only application dependencies have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<AffectedApp>,
}

/// How an affected application dependency is known, where in its file it lies, and who asked for it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct AffectedApp {
    /// What shows that it is there.
    pub evidence: PackageEvidence,
    /// How sure that makes name and version.
    pub confidence: Confidence,
    /// Where inside the file it lies, levels joined by `!/`. Absent where the file itself is the package.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub inside: String,
    /// What it is needed for.
    pub scope: DependencyScope,
    /// Whether the project asks for it itself; absent where nothing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_direct: Option<bool>,
    /// `name@version` of packages that ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_by: Vec<String>,
}

impl From<&AppPackage> for AffectedApp {
    fn from(app: &AppPackage) -> Self {
        Self {
            evidence: app.evidence,
            confidence: app.confidence,
            inside: app.inside.clone(),
            scope: app.scope,
            is_direct: app.is_direct,
            required_by: app.required_by.clone(),
        }
    }
}

/// A piece of evidence; never longer than a line.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Evidence {
    /// Line number, 1-based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, 1-based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Offset in bytes, for what has no lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Masked and capped text.
    pub text: String,
}

impl From<Sighting> for Evidence {
    fn from(sighting: Sighting) -> Self {
        let Sighting { line, column, offset, text } = sighting;
        Self { line, column, offset, text }
    }
}

/// How soon to act.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum UrgencyLevel {
    /// Leave it until other work is done.
    CanWait,
    /// With the next regular update.
    FixLater,
    /// Before shipping.
    FixNow,
}

/// How soon to act, with the reasons spelled out.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Urgency {
    /// The level.
    pub level: UrgencyLevel,
    /// Points on the documented scale, 0 to 100.
    pub score: u8,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// One reason of an urgency.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Reason {
    /// Points it adds or takes away.
    pub points: i8,
    /// In words.
    pub text: String,
}

/// What to do about a finding.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Fix {
    /// Which sort of help this is.
    pub kind: FixKind,
    /// Commands to run, in order: in a container of the image where `kind` is `commands`, in the application's
    /// source tree (and then the image is built anew) where it is `advice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// What the commands change, what to do by hand, or why there is no fix.
    pub advice: String,
}

/// Sorts of [`Fix`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixKind {
    /// The commands do it.
    Commands,
    /// A person has to do what the advice says.
    Advice,
    /// There is none; the advice says why.
    None,
}

/// Where the handling of a finding stands.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// Nobody has handled it.
    #[default]
    Open,
    /// Somebody is at it.
    Fixing,
    /// Gone.
    Fixed,
    /// Accepted by a whitelist.
    Whitelisted,
    /// Set aside.
    Ignored,
    /// Not true.
    FalsePositive,
    /// Being checked again.
    Verifying,
}

/// Why a finding does not count.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Suppression {
    /// What suppressed it.
    pub source: SuppressionSource,
    /// The reason given.
    pub reason: String,
    /// Until when, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Date>,
}

/// Where a [`Suppression`] comes from.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionSource {
    /// `--ignore ID`.
    CommandLine,
    /// An entry of an ignore file: its path and line.
    File(String),
    /// A VEX statement.
    Vex(String),
    /// `--ignore-unfixed`.
    Unfixed,
    /// Below `--severity`.
    BelowSeverity,
    /// It cannot do harm in a container: kernel flaws in packages that hold no kernel.
    NotApplicable,
    /// The file is part of a package of the operating system, as everybody gets it: no secret of this image.
    PackageOwned,
    /// An instruction of the base image, which is mended there.
    BaseImage,
    /// The program holds none of the functions that have the flaw.
    NotReachable,
}
