//! What a set of findings means for whoever ships the image: how soon to act ([`assess`]), which findings
//! somebody decided not to count, whether a gate trips, and with which code the program ends.
//!
//! Pure functions: no file, no clock, no network. The caller reads files and knows the date. Suppression
//! never removes a finding; it marks it and says why.

mod assess;
mod cvss_vector;
#[cfg(test)]
mod documented;
mod exit;
mod fail_on;
mod headers;
mod ignore;
mod impact;
mod policy;
mod severities;
mod staleness;
mod summary;
mod suppress;
mod urgency;

pub use assess::{Assessment, GateHit, GateVerdict, PolicyWarning, assess};
pub use exit::ExitCode;
pub use fail_on::{FailOn, FailOnError, parse_fail_on};
pub use ignore::{
    IgnoreFileError, IgnoreRule, MAX_IGNORE_BYTES, MAX_IGNORE_RULES, ParsedIgnores, RuleOrigin,
    parse_ignore_lines, parse_ignore_yaml,
};
pub use policy::{Context, DEFAULT_MAX_AGE_DAYS, Policy};
pub use severities::{SeverityFilter, SeverityFilterError};
pub use staleness::staleness;
pub use summary::summarize;
pub use urgency::{FIX_LATER_FROM, FIX_NOW_FROM};
