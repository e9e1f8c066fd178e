//! The data that every other crate of Plimsoll speaks: what a layer holds, what an image holds, what is
//! known about flaws, what was found, and the interface of an analyser.
//!
//! This crate imports nothing of ours and does no file or network I/O. Types that are persisted
//! ([`LayerFacts`], [`Inventory`], [`Advisory`], [`Report`]) carry a schema version. The first three are
//! stored with a non-self-describing format, so their fields are never skipped when serialised; the
//! report is JSON for people and machines, so its empty fields are.

mod advisory;
mod analyzer;
mod application;
mod capped;
mod detection;
mod digest;
mod facts;
mod finding;
mod image;
mod impact;
mod inventory;
mod os;
mod package;
mod paths;
mod problem;
mod report;
mod severity;

pub use advisory::{
    Advisory, Affected, Channel, CvssRating, Epss, FixState, Kev, NameKind, Namespace, Range,
    Rating,
};
pub use analyzer::{Analyzer, AnalyzerId, FileError, FileMeta, Fingerprint, LayerFile, Want};
pub use application::{
    AppPackage, Confidence, DependencyScope, MAX_REQUIRED_BY, PackageEvidence, SetAside, SymbolSet,
};
pub use capped::{CappedReader, CappedText, read_capped};
pub use detection::{
    Detection, FileIdentity, ImageText, NotableFile, PlacedDetection, PlacedIdentity, Setting,
    Sighting,
};
pub use digest::{Digest, DigestError};
pub use facts::{Fact, FileFact, LAYER_FACTS_SCHEMA, LayerFacts, Whiteout};
pub use finding::{
    AffectedApp, AffectedBinary, DetectionInfo, Evidence, Finding, FindingStatus, Fix, FixKind,
    Reason, RiskKind, SourcedId, Suppression, SuppressionSource, Urgency, UrgencyLevel,
};
pub use image::{
    Compression, HistoryEntry, ImageConfig, ImageManifest, LayerDesc, LayerKind, Platform,
    PlatformError,
};
pub use impact::Impact;
pub use inventory::{INVENTORY_SCHEMA, ImageIdentity, Inventory, InventoryLayer, OwnedPackage};
pub use os::{EndOfLife, OperatingSystem, PackageFamily};
pub use package::{Package, PackageKind, PackageState, SourcePackage};
pub use paths::{EntryKind, PathEntry, PathIndex, PathIndexBuilder, normalize_path};
pub use problem::{Problem, ProblemKind};
pub use report::{
    Coverage, CoverageState, DatabaseInfo, FeedInfo, FixPlan, FixStep, Knowledge, LayerRef,
    REPORT_SCHEMA, Report, ReportImage, ReportOs, Staleness, Summary, Tool,
};
pub use severity::{Severity, SeverityError};
