//! Writes a report in the formats that people and programs read.
//!
//! A format shows what the report holds and decides nothing: urgency, suppression and gates are settled
//! before. It never shows a finding as absent because it is suppressed, and never calls a report clean that
//! is incomplete. Everything that comes out of an image is hostile text: see [`text`].

mod application;
mod detection;
mod format;
mod formats;
pub mod text;
mod verdict;

pub use format::{Format, RenderOptions, WIDTHS};
pub use formats::{all, find, json::json_schema};
pub use verdict::{Verdict, verdict};
