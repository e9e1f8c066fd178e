//! The engine: reads an image's layers once, keeps what they mean, merges that into an inventory, and turns
//! an inventory into a report.
//!
//! Synchronous; the only crate that starts threads for scanning. It extracts nothing to disk and knows no
//! file format but tar: formats are the analysers' business.

pub mod analyzers;
mod budget;
pub mod cache;
mod checks;
mod evaluate;
mod layer;
pub mod limits;
pub mod merge;
mod options;
mod retrieve;
mod scan;
pub mod tar;

pub use analyzers::AnalyzerSet;
pub use budget::{Budget, Lease};
pub use cache::CacheDir;
pub use checks::{Checks, Scanner};
pub use evaluate::{Outcome, evaluate};
pub use layer::walk_bytes;
pub use merge::merge;
pub use options::{Progress, ScanOptions};
pub use retrieve::{NotRetrieved, WantedFile, retrieve};
pub use scan::{ScanError, scan_image};
