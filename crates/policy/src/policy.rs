//! What the user decided, and what is true of the image as a whole.

use jiff::civil::Date;
use plimsoll_model::ImageConfig;

use crate::{FailOn, IgnoreRule, SeverityFilter};

/// Age in days from which advisories count as stale, unless the user says otherwise.
pub const DEFAULT_MAX_AGE_DAYS: i64 = 30;

/// What the user wants to count, and what must fail.
///
/// VEX statements will be a field of their own here: they suppress by the same road as ignore rules
/// (`suppress.rs` holds the order), with [`plimsoll_model::SuppressionSource::Vex`].
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Severities that count (`--severity`).
    pub severities: SeverityFilter,
    /// Whether vulnerabilities without a fixed version do not count (`--ignore-unfixed`).
    pub ignore_unfixed: bool,
    /// What trips the gate (`--fail-on`); any one of them is enough. Empty means that nothing does.
    pub fail_on: Vec<FailOn>,
    /// Findings that somebody decided not to count.
    pub ignores: Vec<IgnoreRule>,
    /// Age in days from which advisories count as stale.
    pub max_age_days: i64,
    /// Whether packages count that only a lock file or manifest names (`--lock-files`); those that are needed for
    /// development only never do.
    pub lock_files: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            severities: SeverityFilter::default(),
            ignore_unfixed: false,
            fail_on: Vec::new(),
            ignores: Vec::new(),
            max_age_days: DEFAULT_MAX_AGE_DAYS,
            lock_files: false,
        }
    }
}

/// What is true of the image and the moment, as far as the assessment needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Context {
    /// The date of the assessment.
    pub today: Date,
    /// Whether the image's operating system no longer gets fixes.
    pub os_end_of_life: bool,
    /// Ports that the image declares: `443/tcp`.
    pub exposed_ports: Vec<String>,
    /// Whether a container of it runs as root unless told otherwise.
    pub runs_as_root: bool,
}

impl Context {
    /// A context that knows the date and nothing else.
    #[must_use]
    pub fn new(today: Date) -> Self {
        Self { today, os_end_of_life: false, exposed_ports: Vec::new(), runs_as_root: false }
    }

    /// A context from an image's configuration.
    #[must_use]
    pub fn of_image(today: Date, os_end_of_life: bool, config: &ImageConfig) -> Self {
        let user = config.user.split(':').next().unwrap_or_default().trim();
        Self {
            today,
            os_end_of_life,
            exposed_ports: config.exposed_ports.clone(),
            runs_as_root: matches!(user, "" | "root")
                || (user.bytes().all(|b| b == b'0') && !user.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_recognised_in_every_spelling() {
        for (user, root) in [
            ("", true),
            ("root", true),
            ("0", true),
            ("0:0", true),
            ("00", true),
            ("root:staff", true),
            ("1000", false),
            ("nobody", false),
            ("10:0", false),
        ] {
            let config = ImageConfig { user: user.into(), ..ImageConfig::default() };
            let context = Context::of_image(jiff::civil::date(2026, 1, 1), false, &config);
            assert_eq!(context.runs_as_root, root, "{user:?}");
        }
    }
}
