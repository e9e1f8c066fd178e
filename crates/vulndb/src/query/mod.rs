//! Looking into a database, for people: what a flaw affects, what is said about a package, which names there are.
//!
//! A scan never comes here. There is no index from flaws to packages, because only people ask that question: all
//! statements are read for it, on every processor at once.

mod names;
mod scan;
mod search;
mod version;

pub use names::MAX_SIMILAR;
pub use search::AffectedPackage;
pub use version::{VersionHit, VersionVerdict};
