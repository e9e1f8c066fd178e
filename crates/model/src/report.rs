//! The result of a scan, as every output format writes it.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Digest, EndOfLife, Finding, Namespace, PackageFamily, Platform, Problem, RiskKind, Severity,
    UrgencyLevel,
};

/// Version of the report's JSON: the major part is raised when a reader could break.
pub const REPORT_SCHEMA: &str = "1.0";

/// A whole report.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    pub schema_version: String,
    /// Who made it.
    pub tool: Tool,
    /// When, UTC.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// Of what.
    pub image: ReportImage,
    /// The operating system found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<ReportOs>,
    /// The advisories that were used.
    pub database: DatabaseInfo,
    /// The risks that were looked for. Of the others nothing is said.
    #[serde(default)]
    pub looked_for: Vec<RiskKind>,
    /// Other programs that were asked for their opinion; the version names their signatures, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engines: Vec<Tool>,
    /// For what there were advisories, and for what not.
    pub coverage: Vec<Coverage>,
    /// Counts.
    pub summary: Summary,
    /// Findings: worst first, then by package and id. Suppressed ones are among them.
    pub findings: Vec<Finding>,
    /// The combined fix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_plan: Option<FixPlan>,
    /// What could not be scanned.
    pub problems: Vec<Problem>,
}

/// A program: the one that made a report, or one that was asked.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Tool {
    /// `plimsoll`, `ClamAV`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The image that was scanned.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ReportImage {
    /// As the user wrote it.
    pub reference: String,
    /// Which source answered.
    pub source: String,
    /// Manifest digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Configuration digest: the image id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_digest: Option<Digest>,
    /// `repository:tag` names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// `repository@digest` names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repo_digests: Vec<String>,
    /// Platform.
    pub platform: Platform,
    /// Layers, bottom first.
    pub layers: Vec<LayerRef>,
}

/// A layer, as findings and the image name it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct LayerRef {
    /// Place from the bottom, 0-based.
    pub index: u32,
    /// Digest of the stored bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Digest of the uncompressed stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<Digest>,
    /// The instruction that made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created_by: String,
}

/// The operating system of a report.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ReportOs {
    /// Stable id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version.
    pub version: String,
    /// Release key.
    pub release: String,
    /// Code name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codename: Option<String>,
    /// Package manager family.
    pub family: PackageFamily,
    /// The file that says so.
    pub evidence: String,
    /// End of life, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_of_life: Option<EndOfLife>,
    /// Whether that lies in the past: the release no longer gets fixes.
    pub is_end_of_life: bool,
}

/// The advisory database that a scan used.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct DatabaseInfo {
    /// `starter` for the embedded one, else the path.
    pub origin: String,
    /// Schema version of the file.
    pub schema: u32,
    /// When it was built, UTC.
    #[schemars(with = "String")]
    pub built: Timestamp,
    /// Digest of its content.
    pub digest: Digest,
    /// Its feeds.
    pub feeds: Vec<FeedInfo>,
    /// Whether the data of the feeds that matter for this image is too old.
    pub staleness: Staleness,
}

/// One feed of a database.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FeedInfo {
    /// Feed id.
    pub id: String,
    /// Date of its newest data.
    #[schemars(with = "Option<String>")]
    pub date: Option<Date>,
    /// Records taken.
    pub records: u64,
    /// Records that could not be parsed.
    pub skipped: u64,
    /// Licence of the data.
    pub licence: String,
    /// Where it comes from.
    pub source: String,
    /// Which flaws it can know.
    #[serde(default)]
    pub knows: Knowledge,
}

/// Which flaws of packages a feed, or all feeds about a release, can know.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Deserialize,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Knowledge {
    /// Those without a fix, too.
    #[default]
    AllStates,
    /// Only those that were fixed: there may be others that nobody has fixed.
    FixedOnly,
    /// It rates or marks flaws and says nothing about packages.
    RatingsOnly,
}

/// How old the advisories are.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Staleness {
    /// Age in days of the oldest feed that matters for this image; `None` where none does.
    pub age_days: Option<i64>,
    /// The configured limit in days.
    pub limit_days: i64,
    /// Whether the age passes the limit.
    pub is_stale: bool,
    /// What to do about it, for people. Empty where nothing is to be done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice: String,
}

/// Whether one part of the inventory could be judged.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Coverage {
    /// Distribution and release, or language.
    pub namespace: Namespace,
    /// Packages of the image in it.
    pub packages: u64,
    /// The verdict.
    pub state: CoverageState,
    /// Feeds that cover it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<String>,
    /// For people: why not, or since when not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Whether advisories exist for a namespace.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageState {
    /// Advisories were there and were applied.
    Covered,
    /// The database has none for it: no statement is made.
    NotCovered,
    /// There are some, but the release is past its end of life: what came up later is unknown.
    EndOfLife,
}

/// Counts of a report. Suppressed findings count only in `suppressed`.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Summary {
    /// Installed packages.
    pub packages: u64,
    /// Findings that count.
    pub findings: u64,
    /// … by severity, worst first; every severity is listed.
    pub by_severity: Vec<(Severity, u64)>,
    /// … by urgency, most urgent first; every level is listed.
    pub by_urgency: Vec<(UrgencyLevel, u64)>,
    /// … by sort of risk; every sort is listed.
    #[serde(default)]
    pub by_kind: Vec<(RiskKind, u64)>,
    /// … with a fixed version.
    pub fixable: u64,
    /// Known to be exploited.
    pub exploited: u64,
    /// Suppressed findings.
    pub suppressed: u64,
    /// Whether everything could be scanned and judged: no problem that hides something, every namespace covered.
    pub complete: bool,
}

/// One combined fix for the whole image.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FixPlan {
    /// One command line for a running container or a `RUN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Lines for the Dockerfile, in the order that works.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dockerfile: Vec<String>,
    /// What is upgraded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<FixStep>,
    /// What to know before running it: what comes along, restarts, archive repositories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Findings that it mends.
    pub fixes: u64,
    /// Findings that remain, each with the reason, counted: (reason, findings).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remaining: Vec<(String, u64)>,
}

/// One upgrade of a [`FixPlan`].
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FixStep {
    /// Installed package.
    pub package: String,
    /// From this version …
    pub from: String,
    /// … to this one.
    pub to: String,
    /// Ids of the flaws that it mends.
    pub mends: Vec<String>,
}
