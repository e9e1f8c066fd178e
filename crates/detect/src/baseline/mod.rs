//! Settings against best practice in the finished image: accounts, files, services.
//!
//! [`evaluate`] judges an [`plimsoll_model::Inventory`] by the [`Check`]s that [`Parameters`] select. A check says
//! that it fails, passes, has nothing to judge, or cannot decide; the last is a problem of the scan, never silence.

pub mod catalogue;
mod check;
mod checks;
mod document;
mod evaluate;
mod files;
#[cfg(test)]
mod fixture;
pub mod formats;
mod image;
mod notable;
mod parameters;
pub mod passwords;
mod service;
mod services;
#[cfg(test)]
mod tests;

pub use check::{Answer, Check, Hit, Judge, MAX_HITS, ModeRule, Verdict};
pub use document::document;
pub use evaluate::{Outcome, evaluate};
pub use files::FILES;
pub use formats::parse_any;
pub use image::{Image, MAX_TEXTS};
pub use notable::Notable;
pub use parameters::{Catalogue, MAX_PASSWORDS, Parameters, ParametersError};
pub use service::{Bad, Config, Default, Loaded, Service, SettingRule};
