//! The advisory database: one immutable file, the builder that makes it, the reader, and the matcher that
//! compares an inventory with it.
//!
//! `docs/database.md` describes the format and the rules of matching. This crate parses no feed and reads no
//! image; it meets the feeds only on [`plimsoll_model::Advisory`] and images only on
//! [`plimsoll_model::Inventory`].

mod block;
mod builder;
mod cache;
mod codec;
mod cvss_pack;
pub mod delta;
mod epss;
mod error;
mod flaw;
mod flaw_id;
mod format;
mod frame;
mod matcher;
mod modular;
mod parts;
mod query;
mod reader;
mod row;
mod source;

pub use builder::{BuildOptions, BuildStats, Builder, MAX_NAME_LEN};
pub use error::DbError;
pub use flaw::FlawRecord;
pub use flaw_id::{FlawId, MAX_ID_LEN, Normalized, normalize};
pub use format::{MAX_BLOCK, MAX_ROWS, Meta, NamespaceInfo, SCHEMA};
pub use matcher::{MatchOutcome, cvss_score, match_packages, match_packages_on};
pub use parts::{apply_parts, decode_parts};
pub use query::{AffectedPackage, MAX_SIMILAR, VersionHit, VersionVerdict};
pub use reader::{Verified, VulnDb};
pub use row::{Row, RowRange};

/// What [`plimsoll_model::DatabaseInfo::origin`] says for the embedded database.
pub const STARTER_ORIGIN: &str = "starter";

/// The database that is part of the program, so that a scan works on a fresh machine without a network.
static STARTER: &[u8] = include_bytes!("../starter/plimsoll-starter.db");

/// Opens the embedded database.
///
/// # Errors
/// Where the program was built with a file of another schema.
pub fn starter() -> Result<VulnDb, DbError> {
    VulnDb::from_static(STARTER)
}
