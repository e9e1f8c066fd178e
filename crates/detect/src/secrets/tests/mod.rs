#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod analyzer;
mod filters;
mod quality;
mod rules;
