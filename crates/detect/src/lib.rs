//! What is unsafe in an image by itself, whatever advisories say: credentials and keys ([`secrets`]), settings
//! against best practice ([`baseline`]) and risky build instructions ([`build`]).
//!
//! Pure: bytes and inventories in, detections out. No file, no clock, no network.

pub mod baseline;
pub mod build;
mod paths;
pub mod secrets;
pub mod texts;
